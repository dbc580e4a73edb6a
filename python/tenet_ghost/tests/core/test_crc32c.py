from __future__ import annotations

import os

from hypothesis import given
from hypothesis import strategies as st

from tenet_ghost._spool.crc32c import _by_table, crc32c


def test_published_values() -> None:
    assert crc32c(b"") == 0
    assert crc32c(b"123456789") == 0xE3069283
    # RFC 3720, B.4
    assert crc32c(bytes(32)) == 0x8A9136AA
    assert crc32c(b"\xff" * 32) == 0x62A8AB43
    assert crc32c(bytes(range(32))) == 0x46DD794E


@given(st.binary(max_size=4000))
def test_folding_gives_what_the_table_gives(data: bytes) -> None:
    assert crc32c(data) == _by_table(data, 0xFFFFFFFF) ^ 0xFFFFFFFF


def test_every_length_and_long_messages() -> None:
    noise = os.urandom(70_000)
    for size in [*range(400), 4095, 4096, 8210, 8211, 8212, 8213, 16_500, 70_000]:
        assert crc32c(noise[:size]) == _by_table(noise[:size], 0xFFFFFFFF) ^ 0xFFFFFFFF, size
