"""Reads a folder whose owner is gone. Nothing before the first damage is lost. Spool format, §7."""

from __future__ import annotations

import contextlib
import json
import os
import re
import struct
from pathlib import Path
from typing import Callable, Iterator, List, Optional, Tuple

from .crc32c import crc32c
from .errors import SpoolError
from .folder import SpoolFolder, SpoolSegment
from .frame import FRAME_HEAD_BYTES, decode_frame
from .header import SegmentHeader
from .lock import LOCK, Owner, age_of, is_dead, read_lock, take_over
from .segment import read_head, read_segment

_PRODUCER = re.compile(r"prd_[0-9A-HJKMNP-TV-Z]{26}")
_SEGMENT = re.compile(r"([0-9]{6,})\.seg")
_HEAD_BYTES = 4096
#: Magic, frame and the members of a header alone take more.
_SHORTEST_HEAD_BYTES = 100

Say = Callable[[str, str], None]


def segment_files(folder: Path) -> List[Tuple[int, Path]]:
    found = ((_SEGMENT.fullmatch(name), name) for name in os.listdir(folder))
    return sorted((int(match[1]), folder / name) for match, name in found if match is not None)


def abandoned(root: Path) -> List[Path]:
    """Folders that look as if nobody owned them, oldest first."""
    found: List[Path] = []
    for name in sorted(os.listdir(root)):
        if _PRODUCER.fullmatch(name) is None:
            continue
        with contextlib.suppress(OSError):
            held = read_lock(root / name / LOCK)
            if held is None or is_dead(held, age_of(root / name)):
                found.append(root / name)
    return found


def orphans(root: Path, log: str, kid: str, owner: Owner, say: Say) -> Iterator[SpoolFolder]:
    """Takes over what dead processes left here for the same log and record key."""
    for path in abandoned(root):
        try:
            if not _is_ours(path, log, kid) or not take_over(path, owner):
                continue
            yield recover(path, say)
        except OSError as error:
            say("ghost.spool", f"{path} could not be taken over: {error}")


def recover(path: Path, say: Say) -> SpoolFolder:
    folder = SpoolFolder(path, own=False)
    acked_segment, acked_offset = _read_acked(path)
    files = segment_files(path)
    for at, (number, file) in enumerate(files):
        if number < acked_segment:
            file.unlink()
            continue
        hint = acked_offset if number == acked_segment else 0
        segment = _recover_segment(number, file, at == len(files) - 1, hint, say)
        if segment is not None:
            folder.segments.append(segment)
    return folder


def _recover_segment(number: int, file: Path, last: bool, hint: int, say: Say) -> Optional[SpoolSegment]:
    data = file.read_bytes()
    try:
        read = read_segment(data)
    except SpoolError as error:
        if last and len(data) < _SHORTEST_HEAD_BYTES:
            # Its owner ended while it was made.
            file.unlink()
            return None
        say("ghost.spool_damaged", f"{file} has no readable header ({error}): moved to torn-{number}.bin")
        os.replace(file, file.with_name(f"torn-{number}.bin"))
        return None
    if read.damage is not None:
        cut = data[read.end :]
        if not (last and read.damage == "short" and not _is_more_than_torn(cut)):
            say(
                "ghost.spool_damaged",
                f"{file} is damaged at {read.end} ({read.damage}): {len(cut)} bytes moved to torn-{number}.bin",
            )
            with os.fdopen(os.open(file.with_name(f"torn-{number}.bin"), os.O_WRONLY | os.O_CREAT, 0o600), "wb") as out:
                out.write(cut)
                out.flush()
                os.fsync(out.fileno())
        os.truncate(file, read.end)
    start = read.frames[0].offset if read.frames else read.end
    segment = SpoolSegment(file, read.header, read.header_bytes, start)
    segment.end = read.end
    segment.count = len(read.frames)
    segment.open = False
    for frame in read.frames:
        # Only to where a frame ends: anything else is not a hint that was written by a spool.
        if frame.end == hint:
            segment.settle(read.frames[: frame.index])
    return segment


def _is_more_than_torn(tail: bytes) -> bool:
    """
    A tail that ends within its frame was never written whole, unless its checksum fits all that is left, or a whole frame lies in it:
    then its length was damaged.
    """
    if len(tail) > FRAME_HEAD_BYTES and crc32c(tail[FRAME_HEAD_BYTES:]) == struct.unpack_from("<I", tail, 4)[0]:
        return True
    return any(not isinstance(decode_frame(tail, at), str) for at in range(1, len(tail) - FRAME_HEAD_BYTES))


def _is_ours(path: Path, log: str, kid: str) -> bool:
    """What no header tells the owner of: it is tidied up where it holds nothing, and its damage is moved aside."""
    header = _first_header(path)
    if header is not None:
        return header["log"] == log and header["kid"] == kid
    return bool(segment_files(path)) or all(name.startswith(("acked", "lock")) for name in os.listdir(path))


def _first_header(path: Path) -> Optional[SegmentHeader]:
    for _, file in segment_files(path):
        with contextlib.suppress(SpoolError, OSError), open(file, "rb") as data:
            return read_head(data.read(_HEAD_BYTES))[0]
    return None


def _read_acked(path: Path) -> Tuple[int, int]:
    try:
        value = json.loads((path / "acked").read_text())
        segment, offset = value["segment"], value["offset"]
    except (OSError, ValueError, KeyError, TypeError):
        return 0, 0
    return (segment, offset) if isinstance(segment, int) and isinstance(offset, int) else (0, 0)
