"""A profile of RFC 9901 §4.2: the disclosure string itself is the preimage of its digest."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any, Iterable, List, NamedTuple, Tuple

from .base import base64url_ascii, from_base64url, sha256, to_base64url
from .errors import RecordError
from .jcs import canonicalize, parse_strict

SALT_BYTES = 16
#: RFC 6901 §3, without control characters; the whole document ("") is not a field.
_POINTER = re.compile(r"(?:/(?:[^~/\x00-\x1f\x7f]|~[01])*)+")


@lru_cache(4096)
def is_pointer(path: str) -> bool:
    return _POINTER.fullmatch(path) is not None


def assert_pointer(path: str) -> None:
    if not is_pointer(path):
        expected = "an RFC 6901 pointer such as /decision/outcome"
        raise RecordError("record.path", f"{path!a} is not a field path", at=path, expected=expected)


def escape_token(token: str) -> str:
    return token.replace("~", "~0").replace("/", "~1")


def unescape_token(token: str) -> str:
    return token.replace("~1", "/").replace("~0", "~")


def make_disclosure(path: str, value: Any, salt: bytes) -> Tuple[str, str]:
    """(disclosure, digest). `salt`: 16 fresh bytes from a CSPRNG; it alone keeps a short value from being guessed."""
    assert_pointer(path)
    if len(salt) != SALT_BYTES:
        raise RecordError("record.disclosure.salt", "a salt is 16 bytes", at=path, got=f"{len(salt)} bytes")
    text = canonicalize([to_base64url(salt), path, value], safe_integers=True)
    disclosure = base64url_ascii(text.encode("utf-8"))
    return disclosure.decode("ascii"), to_base64url(sha256(disclosure))


def digest_of(disclosure: str) -> str:
    return to_base64url(sha256(disclosure.encode("ascii")))


class ReadDisclosure(NamedTuple):
    salt: str
    path: str
    value: Any


def read_disclosure(disclosure: str) -> ReadDisclosure:
    """Reads what any producer wrote: JSON spacing and escapes are free, ambiguity is not."""
    try:
        text = from_base64url(disclosure).decode("utf-8")
    except UnicodeDecodeError:
        raise RecordError("record.utf8", "bytes are not well-formed UTF-8") from None
    parsed = parse_strict(text, safe_integers=True)
    if not isinstance(parsed, list) or len(parsed) != 3:
        raise RecordError("record.disclosure.shape", "a disclosure is a JSON array of salt, path and value")
    salt, path, value = parsed
    if not isinstance(salt, str) or len(from_base64url(salt)) != SALT_BYTES:
        raise RecordError("record.disclosure.salt", "the salt of a disclosure is 16 bytes in base64url")
    if not isinstance(path, str):
        raise RecordError("record.disclosure.shape", "the path of a disclosure is a string")
    assert_pointer(path)
    return ReadDisclosure(salt, path, value)


def disclose_fields(fields: Iterable[Tuple[str, Any]], salts: bytes) -> Tuple[dict[str, str], List[str]]:
    """Digests for the entry's `fields`, and the disclosures in the order given. `salts`: 16 bytes a field."""
    digests: dict[str, str] = {}
    disclosures: List[str] = []
    for i, (path, value) in enumerate(fields):
        disclosure, digest = make_disclosure(path, value, salts[i * SALT_BYTES : (i + 1) * SALT_BYTES])
        disclosures.append(disclosure)
        digests[path] = digest
    return digests, disclosures
