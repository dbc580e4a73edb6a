"""frame = u32le length ‖ u32le crc32c(bytes) ‖ bytes. Spool format, §2."""

from __future__ import annotations

import struct
from typing import Union

from .crc32c import crc32c

MAGIC = b"TNTSPL1\n"
FRAME_HEAD_BYTES = 8
MAX_FRAME_BYTES = 2_097_152
_HEAD = struct.Struct("<II")


def encode_frame(data: bytes) -> bytes:
    return _HEAD.pack(len(data), crc32c(data)) + data


def decode_frame(data: bytes, offset: int) -> Union[bytes, str]:
    """
    The content of the frame at `offset`; else why there is none: "short" (the bytes end within it), "length" or "crc". A length of 0
    is bad: a file system that lost a tail leaves zeros, and the checksum of nothing is zero too.
    """
    start = offset + FRAME_HEAD_BYTES
    if start > len(data):
        return "short"
    length, crc = _HEAD.unpack_from(data, offset)
    if length == 0 or length > MAX_FRAME_BYTES:
        return "length"
    if start + length > len(data):
        return "short"
    content = data[start : start + length]
    return content if crc32c(content) == crc else "crc"
