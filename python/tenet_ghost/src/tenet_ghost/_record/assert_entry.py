"""The profile of S, stricter than JCS: closed members, integers only, canonical encodings. FORMAT, §3."""

from __future__ import annotations

import re
import unicodedata
from datetime import datetime
from typing import Any, Dict, Optional, Pattern

from .disclosure import is_pointer
from .errors import RecordError
from .flatten import MAX_FIELDS
from .jcs import MAX_SAFE

MAX_LINKS = 64
ENTRY_KINDS = frozenset(
    [
        "decision",
        "effect",
        "override",
        "correction",
        "capture",
        "key",
        "erasure",
        "run",
        "profile",
        "verdict",
        "drift",
        "waiver",
        "hold",
        "approval",
        "report",
        "access",
        "agent",
        "epoch",
    ]
)

# Names and ids reach terminals, paths and notes: printable ASCII without space, or text without control characters.
_ID = re.compile(r"[\x21-\x7e]{1,200}")
_LOG = re.compile(r"[a-z0-9](?:[a-z0-9.:-]*[a-z0-9])?/[a-z0-9][a-z0-9-]{0,62}")
_KID = re.compile(r"[A-Za-z0-9_.-]{1,64}")
_REL = re.compile(r"[a-z][a-z0-9-]{0,63}")
_DIGEST = re.compile(r"[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]")
_TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{3}Z")
_ROOT = re.compile(r"[A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]=")

_REQUIRED: Dict[str, type] = {
    "v": int,
    "log": str,
    "kind": str,
    "type": str,
    "id": str,
    "agent": str,
    "links": list,
    "producer": dict,
    "occurred_at": str,
    "fields": dict,
}
_OPTIONAL: Dict[str, type] = {"after": dict, "subject": str}
_PRODUCER: Dict[str, type] = {"id": str, "kid": str, "seq": int}


def assert_entry(value: Any) -> None:
    _shape(value, _REQUIRED, _OPTIONAL, "")
    if value["v"] != 1:
        raise _refusal("/v", "1", value["v"])
    _text("/log", value["log"], _LOG, "host/tenant in lower case")
    if value["kind"] not in ENTRY_KINDS:
        raise _refusal("/kind", "a kind of entry", value["kind"])
    _name("/type", value["type"])
    _text("/id", value["id"], _ID, "1 to 200 printable ASCII characters without space")
    _name("/agent", value["agent"])
    if "subject" in value:
        _text("/subject", value["subject"], _ID, "1 to 200 printable ASCII characters without space")
    _time(value["occurred_at"])
    _links(value["links"])
    _producer(value["producer"])
    if "after" in value:
        _after(value["after"])
    _fields(value["fields"])


def is_id(text: str) -> bool:
    return _ID.fullmatch(text) is not None


def is_name(text: str) -> bool:
    """1 to 200 characters, no control, format, line or paragraph separator characters."""
    if not 1 <= len(text) <= 200:
        return False
    if text.isascii():
        return text.isprintable()
    return not any(unicodedata.category(char) in ("Cc", "Cf", "Zl", "Zp") for char in text)


def _refusal(at: str, expected: str, got: Any) -> RecordError:
    message = f"the entry's {at} does not fit the format: expected {expected}"
    return RecordError("record.entry", message, at=at, expected=expected, got=str(got)[:200])


def _shape(value: Any, required: Dict[str, type], optional: Dict[str, type], at: str) -> None:
    if type(value) is not dict:
        raise _refusal(at, "an object", type(value).__name__)
    for key, item in value.items():
        kind: Optional[type] = required.get(key) or optional.get(key)
        if kind is None:
            raise _refusal(f"{at}/{key}", "no such member", "an unknown member")
        if type(item) is not kind:
            raise _refusal(f"{at}/{key}", kind.__name__, type(item).__name__)
    for key in required:
        if key not in value:
            raise _refusal(f"{at}/{key}", "a member", "nothing")


def _text(at: str, value: str, pattern: Pattern[str], expected: str) -> None:
    if pattern.fullmatch(value) is None:
        raise _refusal(at, expected, value)


def _name(at: str, value: str) -> None:
    if not is_name(value):
        raise _refusal(at, "1 to 200 characters without control or format characters", value)


def _time(value: str) -> None:
    exists = _TIME.fullmatch(value) is not None
    if exists:
        try:
            # Year 0 exists for ECMAScript and not here; nothing was decided in it.
            datetime.fromisoformat(value[:-1])
        except ValueError:
            exists = False
    if not exists:
        raise _refusal("/occurred_at", "an existing instant as YYYY-MM-DDThh:mm:ss.sssZ", value)


def _links(links: Any) -> None:
    if len(links) > MAX_LINKS:
        raise _refusal("/links", f"at most {MAX_LINKS} links", len(links))
    for i, link in enumerate(links):
        _shape(link, {"rel": str, "id": str}, {}, f"/links/{i}")
        _text(f"/links/{i}/rel", link["rel"], _REL, "a lower-case word")
        _text(f"/links/{i}/id", link["id"], _ID, "1 to 200 printable ASCII characters without space")


def _producer(producer: Any) -> None:
    _shape(producer, _PRODUCER, {"prev": str}, "/producer")
    _text("/producer/id", producer["id"], _ID, "1 to 200 printable ASCII characters without space")
    _text("/producer/kid", producer["kid"], _KID, "a key id")
    seq = producer["seq"]
    if not 1 <= seq <= MAX_SAFE:
        raise _refusal("/producer/seq", "an integer from 1", seq)
    if (seq == 1) == ("prev" in producer):
        raise _refusal("/producer/prev", "a prev after seq 1 and none at it", producer.get("prev"))
    if "prev" in producer:
        _text("/producer/prev", producer["prev"], _DIGEST, "32 bytes in base64url")


def _after(after: Any) -> None:
    _shape(after, {"size": int, "root": str}, {}, "/after")
    if not 1 <= after["size"] <= MAX_SAFE:
        raise _refusal("/after/size", "an integer from 1", after["size"])
    _text("/after/root", after["root"], _ROOT, "32 bytes in base64")


def _fields(fields: Any) -> None:
    if len(fields) > MAX_FIELDS:
        raise _refusal("/fields", f"at most {MAX_FIELDS} fields", len(fields))
    for path, digest in fields.items():
        if not is_pointer(path):
            raise _refusal("/fields", "RFC 6901 pointers as member names", path)
        if type(digest) is not str or _DIGEST.fullmatch(digest) is None:
            raise _refusal(f"/fields{path}", "32 bytes in base64url", digest)
