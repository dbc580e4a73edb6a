"""
CAPTURE, "Randomness": draw i = top 53 bits of HMAC-SHA-256(seed, u64be(i)) / 2^53, from i = 0, the same in every language. Ids come
from HMAC(seed, "id" ‖ u64be(i)), so that an id more or less shifts no draw.
"""

from __future__ import annotations

import hashlib
import hmac
import re

_SEED = re.compile(r"[0-9a-f]{64}")


class Draws:
    def __init__(self, seed: str) -> None:
        if _SEED.fullmatch(seed) is None:
            raise TypeError("a replay seed is 64 hexadecimal digits")
        self._seed = bytes.fromhex(seed)
        self._numbers = 0
        self._ids = 0

    def random(self) -> float:
        mac = self._mac(b"", self._numbers)
        self._numbers += 1
        return (int.from_bytes(mac[:8], "big") >> 11) / 2**53

    def id(self) -> str:
        """RFC 9562 version 8: the bits are ours."""
        made = bytearray(self._mac(b"id", self._ids)[:16])
        self._ids += 1
        made[6] = (made[6] & 0x0F) | 0x80
        made[8] = (made[8] & 0x3F) | 0x80
        text = made.hex()
        return "-".join((text[:8], text[8:12], text[12:16], text[16:20], text[20:]))

    def _mac(self, label: bytes, i: int) -> bytes:
        return hmac.new(self._seed, label + i.to_bytes(8, "big"), hashlib.sha256).digest()
