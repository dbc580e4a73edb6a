"""Frame 0 of a segment. Claims of whoever wrote it: what counts are the signatures of the records. Spool format, §3."""

from __future__ import annotations

from typing import Any, Optional, TypedDict, cast

from .._record import MAX_SAFE, RecordError, canonicalize, from_base64url, parse_canonical
from .errors import SpoolError

SEAL_ALG = "X25519-HKDF-SHA256-A256GCM"


class SegmentSeal(TypedDict):
    alg: str
    epk: str
    kid: str


class SegmentHeader(TypedDict):
    created: str
    format: int
    kid: str
    log: str
    producer: str
    seal: Optional[SegmentSeal]
    segment: int


_MEMBERS = {"created", "format", "kid", "log", "producer", "seal", "segment"}


def encode_header(header: SegmentHeader) -> bytes:
    return canonicalize(header).encode("utf-8")


def decode_header(data: bytes) -> SegmentHeader:
    """Strict: canonical, closed, every member of its type."""
    try:
        value = parse_canonical(data.decode("utf-8"))
    except (RecordError, UnicodeDecodeError):
        raise SpoolError("spool.header", "the header is not canonical JSON") from None
    if not isinstance(value, dict) or set(value) != _MEMBERS:
        raise SpoolError("spool.header", f"the header has the members {', '.join(sorted(_MEMBERS))} and no other")
    if not all(_is_short_text(value[name]) for name in ("created", "kid", "log", "producer")):
        raise SpoolError("spool.header", "created, kid, log and producer are short texts")
    if type(value["format"]) is not int or value["format"] != 1:
        raise SpoolError("spool.header", f"format {value['format']!r} is not known here")
    if type(value["segment"]) is not int or not 1 <= value["segment"] <= MAX_SAFE:
        raise SpoolError("spool.header", "segment is an integer from 1")
    if value["seal"] is not None:
        _assert_seal(value["seal"])
    return cast(SegmentHeader, value)


def _assert_seal(seal: Any) -> None:
    if not isinstance(seal, dict) or set(seal) != {"alg", "epk", "kid"} or not all(map(_is_short_text, seal.values())):
        raise SpoolError("spool.header", "seal has the members alg, epk and kid, short texts, and no other")
    if seal["alg"] != SEAL_ALG:
        raise SpoolError("spool.header", f"seal.alg is not {SEAL_ALG}")
    try:
        epk = from_base64url(seal["epk"])
    except RecordError:
        raise SpoolError("spool.header", "seal.epk is not canonical base64url") from None
    if len(epk) != 32:
        raise SpoolError("spool.header", "seal.epk is 32 bytes")


def _is_short_text(value: Any) -> bool:
    return isinstance(value, str) and 1 <= len(value) <= 400
