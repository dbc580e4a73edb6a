"""Segment files as bytes, and the body that posts their frames. Spool format, §2 and §5."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Iterable, List, NamedTuple, Optional, Tuple

from .errors import SpoolError
from .frame import FRAME_HEAD_BYTES, MAGIC, decode_frame, encode_frame
from .header import SegmentHeader, decode_header, encode_header

SPOOL_CONTENT_TYPE = "application/vnd.tenet.spool"


@dataclass(frozen=True)
class Frame:
    #: From 1: frame 0 is the header.
    index: int
    #: Of the frame in the file.
    offset: int
    #: The submission's JSON line, or what it was sealed to.
    data: bytes

    @property
    def end(self) -> int:
        return self.offset + FRAME_HEAD_BYTES + len(self.data)


class Segment(NamedTuple):
    header: SegmentHeader
    #: Content of frame 0: what sealed frames are bound to.
    header_bytes: bytes
    frames: List[Frame]
    #: End of the last whole frame.
    end: int
    #: What ends the reading before the end of the bytes: "short", "length", "crc", or None.
    damage: Optional[str]


def start_of_segment(header: SegmentHeader) -> bytes:
    return MAGIC + encode_frame(encode_header(header))


def read_head(data: bytes) -> Tuple[SegmentHeader, bytes, int]:
    """Header, its bytes, and where frame 1 begins."""
    if not data.startswith(MAGIC):
        raise SpoolError("spool.magic", "this is not a spool segment")
    header_bytes = decode_frame(data, len(MAGIC))
    if isinstance(header_bytes, str):
        raise SpoolError("spool.frame", f"the header's frame is damaged ({header_bytes})")
    return decode_header(header_bytes), header_bytes, len(MAGIC) + FRAME_HEAD_BYTES + len(header_bytes)


def read_segment(data: bytes) -> Segment:
    """As far as it is whole. Raises where it has no readable header."""
    header, header_bytes, end = read_head(data)
    frames: List[Frame] = []
    while end < len(data):
        content = decode_frame(data, end)
        if isinstance(content, str):
            return Segment(header, header_bytes, frames, end, content)
        frames.append(Frame(len(frames) + 1, end, content))
        end = frames[-1].end
    return Segment(header, header_bytes, frames, end, None)


def encode_posted(header_bytes: bytes, frames: Iterable[Frame]) -> bytes:
    parts = [MAGIC, encode_frame(header_bytes)]
    for frame in frames:
        parts.append(struct.pack("<I", frame.index))
        parts.append(encode_frame(frame.data))
    return b"".join(parts)
