"""RFC 4648 §4 and §5, strict: exact padding, no white space, unused bits zero. One text per value. And ids."""

from __future__ import annotations

import base64
import binascii
import hashlib

from .errors import RecordError

#: From so many bytes on hashlib lets other threads run.
_HASHED_HELD = 2048
_TO_URL = bytes.maketrans(b"+/", b"-_")
_DIGITS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def to_base64(data: bytes) -> str:
    return binascii.b2a_base64(data, newline=False).decode("ascii")


def sha256(data: bytes) -> bytes:
    """
    In pieces for which hashlib keeps the interpreter: to let go of it costs a writer 5 ms beside a caller that computes, for the 2 us
    that hashing a record takes.
    """
    if len(data) < _HASHED_HELD or len(data) > _HASHED_HELD * 32:
        return hashlib.sha256(data).digest()
    hashed = hashlib.sha256()
    for at in range(0, len(data), _HASHED_HELD - 1):
        hashed.update(data[at : at + _HASHED_HELD - 1])
    return hashed.digest()


def base64url_ascii(data: bytes) -> bytes:
    """The characters as bytes, for callers that hash them."""
    return binascii.b2a_base64(data, newline=False).rstrip(b"=").translate(_TO_URL)


def to_base64url(data: bytes) -> str:
    return base64url_ascii(data).decode("ascii")


def from_base64(text: str) -> bytes:
    try:
        data = base64.b64decode(text.encode("ascii"), validate=True)
    except (ValueError, UnicodeEncodeError):
        data = None
    if data is None or to_base64(data) != text:
        raise RecordError("record.base64", "text is not canonical base64")
    return data


def from_base64url(text: str) -> bytes:
    try:
        data = base64.b64decode(text.encode("ascii") + b"=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (ValueError, UnicodeEncodeError):
        data = None
    if data is None or to_base64url(data) != text:
        raise RecordError("record.base64url", "text is not canonical base64url")
    return data


def to_base32(data: bytes, chars: int) -> str:
    """Crockford's base32, most significant bit first, the first `chars` characters; for ids only."""
    bits = chars * 5
    value = int.from_bytes(data, "big")
    have = len(data) * 8
    value = value >> (have - bits) if have >= bits else value << (bits - have)
    return "".join([_DIGITS[(value >> shift) & 31] for shift in range(bits - 5, -1, -5)])


def kid_of(public_key: bytes) -> str:
    """A name to look a key up by, not a proof of it."""
    return "k_" + to_base32(hashlib.sha256(public_key).digest(), 26)
