"""A value as JSON that nothing can change any more, and what JSON could not carry."""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass
from typing import Any, Dict, List, Optional, Sequence, Tuple

from ._draft import Json
from ._plain import NotKept, Plain, plain_form
from ._record import es_number

MAX_NOTES = 8
#: Larger values are not kept: a whole record takes at most 1 MiB on the wire, in base64.
MAX_VALUE_CHARS = 262_144
#: The format allows 64; a value lies a few levels deep in its record.
MAX_DEPTH = 48
MAX_SAFE = 2**53 - 1
#: More bits than the digits that Python itself turns into text.
_MAX_INT_BITS = 14_000

_SURROGATE = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True)
class Snapshot:
    value: Json
    #: What was changed or dropped, with its path. At most MAX_NOTES.
    notes: Tuple[str, ...]
    #: False where the value is not kept at all (too large, a stream): `value` is then None.
    kept: bool
    #: About how long the value is as JSON text.
    chars: int


class _Missing:
    pass


#: The member is left out.
_MISSING = _Missing()


def snapshot(value: Any, max_chars: int = MAX_VALUE_CHARS) -> Snapshot:
    """Copies `value` into plain JSON. Never raises and never runs longer than the value's size allows."""
    walk = _Walk(max_chars)
    try:
        copied = walk.copy(value, "")
    except NotKept as error:
        return Snapshot(None, (f"not kept: {error}",), False, 0)
    except Exception:
        return Snapshot(None, ("not kept: reading it threw",), False, 0)
    return Snapshot(None if copied is _MISSING else copied, tuple(walk.notes), True, max_chars - walk.left)


def not_kept(why: str) -> Snapshot:
    return Snapshot(None, (f"not kept: {why}",), False, 0)


def well_formed(text: str) -> str:
    """Text without lone surrogates: canonical JSON and UTF-8 refuse them."""
    return text if text.isascii() else _SURROGATE.sub("\ufffd", text)


def utf16_length(text: str) -> int:
    """Length as JavaScript counts it, so that both SDKs draw the same limits."""
    if text.isascii():
        return len(text)
    return len(text) + sum(1 for char in text if ord(char) > 0xFFFF)


class _Walk:
    def __init__(self, max_chars: int) -> None:
        self.notes: List[str] = []
        self.parents: List[int] = []
        self.left = max_chars

    def note(self, path: str, what: str) -> None:
        if len(self.notes) < MAX_NOTES:
            self.notes.append(f"{what} at {path or 'the root'}")

    def spend(self, chars: int) -> None:
        self.left -= chars
        if self.left < 0:
            raise NotKept("larger than one value may be")

    def copy(self, value: Any, path: str) -> Any:
        kind = type(value)
        if kind is str:
            return self.text(value, path)
        if value is None or kind is bool:
            self.spend(5)
            return value
        if kind is int:
            return self.integer(value, path)
        if kind is float:
            return self.number(value, path)
        if kind is bytes:
            self.note(path, "bytes kept as base64")
            self.spend((len(value) + 2) // 3 * 4)
            return base64.b64encode(value).decode("ascii")
        return self.nested(value, kind, path)

    def text(self, text: str, path: str) -> str:
        self.spend(utf16_length(text) + 2 if len(text) <= self.left else len(text) + 2)
        clean = well_formed(text)
        if clean is not text and clean != text:
            self.note(path, "a lone surrogate replaced")
        return clean

    def integer(self, value: int, path: str) -> Json:
        self.spend(8)
        if -MAX_SAFE <= value <= MAX_SAFE:
            return value
        if value.bit_length() > _MAX_INT_BITS:
            self.note(path, "an integer of too many digits dropped")
            return None
        self.note(path, "an integer beyond 2^53-1 kept as text")
        return self.text(str(value), path)

    def number(self, value: float, path: str) -> Json:
        self.spend(8)
        if value != value or value in (float("inf"), float("-inf")):
            said = "NaN" if value != value else "Infinity" if value > 0 else "-Infinity"
            self.note(path, f"{said} kept as null")
            return None
        if abs(value) > MAX_SAFE and value.is_integer():
            self.note(path, "an integer beyond 2^53-1 kept as text")
            return es_number(value)
        return value if value != 0 else 0

    def nested(self, value: Any, kind: type, path: str) -> Any:
        if id(value) in self.parents:
            self.note(path, "a circular reference dropped")
            return _MISSING
        if len(self.parents) >= MAX_DEPTH:
            self.note(path, "nesting too deep, dropped")
            return None
        self.parents.append(id(value))
        if kind is dict:
            copied: Any = self.members(value, path)
        elif kind is list or kind is tuple:
            copied = self.items(value, path)
        elif kind is set or kind is frozenset:
            self.note(path, "a set kept as a sorted list")
            copied = self.ordered(value, path)
        else:
            copied = self.exotic(value, kind, path)
        self.parents.pop()
        return copied

    def items(self, items: Sequence[Any], path: str) -> List[Json]:
        self.spend(2 + len(items))
        out: List[Json] = []
        for i, item in enumerate(items):
            copied = self.copy(item, f"{path}/{i}")
            out.append(None if copied is _MISSING else copied)
        return out

    def ordered(self, items: Any, path: str) -> List[Json]:
        """Sets have another order in every process; the record must not."""
        copied = self.items(list(items), path)
        return sorted(copied, key=_sort_key)

    def members(self, members: Dict[Any, Any], path: str) -> Dict[str, Json]:
        out: Dict[str, Json] = {}
        for name, member in list(members.items()):
            key = name if type(name) is str else self.key(name, path)
            if key is None:
                continue
            self.spend(utf16_length(key) + 4 if len(key) <= self.left else len(key) + 4)
            clean = well_formed(key)
            copied = self.copy(member, f"{path}/{clean}")
            if copied is not _MISSING:
                out[clean] = copied
        return out

    def key(self, name: Any, path: str) -> Optional[str]:
        plain = name.value if type(name) is Plain else plain_form(name)[0] if not _is_atom(name) else name
        if type(plain) is str:
            return plain
        if not _is_atom(plain):
            self.note(path, f"a member named by a {type(name).__name__} dropped")
            return None
        self.note(path, "member names kept as text")
        return "null" if plain is None else str(plain).lower() if type(plain) is bool else str(plain)[:1000]

    def exotic(self, value: Any, kind: type, path: str) -> Any:
        form = (value.value, value.note, value.dropped) if kind is Plain else plain_form(value)
        plain, note, dropped = form
        if note is not None:
            self.note(path, note)
        return _MISSING if dropped else self.copy(plain, path)


def _is_atom(value: Any) -> bool:
    return value is None or type(value) in (str, int, float, bool)


def _sort_key(value: Json) -> Tuple[str, str]:
    return type(value).__name__, repr(value)
