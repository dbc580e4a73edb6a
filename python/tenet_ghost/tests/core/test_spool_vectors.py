from __future__ import annotations

import base64
import json
from pathlib import Path

import pytest
from conftest import GHOST_VECTORS
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from tenet_ghost._spool.errors import SpoolError
from tenet_ghost._spool.header import encode_header
from tenet_ghost._spool.seal import segment_opener
from tenet_ghost._spool.segment import read_segment

pytestmark = pytest.mark.skipif(not GHOST_VECTORS.exists(), reason=f"no vectors at {GHOST_VECTORS}")


@pytest.mark.parametrize("name", ["spool-plain", "spool-sealed"])
def test_segments_of_the_other_language_are_read(name: str) -> None:
    about = json.loads((GHOST_VECTORS / f"{name}.json").read_text())
    data = (GHOST_VECTORS / f"{name}.seg").read_bytes()
    segment = read_segment(data)
    assert segment.damage is None and segment.end == len(data)
    assert segment.header == about["header"]
    assert encode_header(segment.header) == segment.header_bytes
    lines = [frame.data for frame in segment.frames]
    if segment.header["seal"] is not None:
        key = X25519PrivateKey.from_private_bytes(base64.b64decode(about["sealKey"]["privateKey"]))
        opened = segment_opener(key, segment.header["seal"], segment.header_bytes)
        lines = [opened(frame.index, frame.data) for frame in segment.frames]
    assert [line.decode() for line in lines] == about["lines"]


def test_every_flipped_byte_is_noticed_and_costs_nothing_before_it(tmp_path: Path) -> None:
    data = (GHOST_VECTORS / "spool-plain.seg").read_bytes()
    whole = read_segment(data)
    for at in range(len(data)):
        changed = data[:at] + bytes([data[at] ^ 0x20]) + data[at + 1 :]
        try:
            read = read_segment(changed)
        except SpoolError:
            assert at < whole.frames[0].offset
            continue
        before = [frame for frame in whole.frames if frame.end <= at]
        assert read.frames == before and read.damage is not None
