from __future__ import annotations

import os
import time

DIGITS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_PAIRS = [a + b for a in DIGITS for b in DIGITS]


def ulid(now_ms: int, random: bytes) -> str:
    """48 bits of milliseconds and 80 random bits in Crockford's base32, 26 characters. Sorts by time."""
    value = ((now_ms & (2**48 - 1)) << 80) | int.from_bytes(random[:10], "big")
    pairs = _PAIRS
    return "".join([pairs[(value >> shift) & 1023] for shift in range(120, -1, -10)])


def new_ulid() -> str:
    return ulid(time.time_ns() // 1_000_000, os.urandom(10))
