"""What a call was made with: what matches it, and what the tape keeps of it."""

from __future__ import annotations

import base64
import hashlib
import os
from dataclasses import dataclass
from typing import Any, Dict, List, Sequence, Tuple, Union

from ._draft import Json
from ._freeze import Frozen, settle
from ._record import canonicalize
from ._redact import Redactor
from ._redact.redactor import KEY_OF_ARGUMENTS
from ._snapshot import MAX_VALUE_CHARS, Snapshot, snapshot, utf16_length, well_formed

#: Longer keys are named by digest: the arguments themselves are on the tape already.
MAX_KEY_CHARS = 512
#: Arguments beyond what is taped still make a key: two large requests are told apart by their digests.
MAX_KEYED_CHARS = 8_388_608
#: Arguments given by name that could as well have no position.
KWARGS = "$kwargs"


@dataclass(frozen=True)
class Arguments:
    key: str
    args: Json
    chars: int
    notes: Tuple[str, ...]


class NoKey:
    """Why the tool's own key function gave none."""

    __slots__ = ("note",)

    def __init__(self, note: str) -> None:
        self.note = note


#: What the tool's own key function gave: text, why there is none, or None where there is no such function.
OwnKey = Union[None, str, NoKey]


def bounded(text: str) -> str:
    if utf16_length(text) <= MAX_KEY_CHARS:
        return text
    digest = hashlib.sha256(text.encode("utf-8")).digest()
    return "sha256:" + base64.urlsafe_b64encode(digest).decode("ascii").rstrip("=")


def frozen_arguments(frozen: Frozen, own: OwnKey) -> Arguments:
    """
    Of a call that was captured. The key of arguments is made once they are redacted; arguments that can't be read get one that
    nothing matches.
    """
    return _arguments(settle(frozen, MAX_KEYED_CHARS), own, f"tape.not_kept#{os.urandom(16).hex()}")


def live_arguments(raw: Any, own: OwnKey, redactor: Redactor) -> Arguments:
    """Of a call in a replay: it is refused where its arguments can't be read, never answered by the answer of another."""
    taken = _arguments(snapshot(raw, MAX_KEYED_CHARS), own, "tape.not_kept")
    args, key = redactor.call(taken.args, taken.key)
    return Arguments(key, args, taken.chars, taken.notes)


def _arguments(taken: Snapshot, own: OwnKey, unreadable: str) -> Arguments:
    small = taken.kept and taken.chars <= MAX_VALUE_CHARS
    notes: List[str] = list(taken.notes)
    key = own if isinstance(own, str) else None
    if key is None:
        key = KEY_OF_ARGUMENTS if small else bounded(canonicalize(taken.value)) if taken.kept else unreadable
    if isinstance(own, NoKey):
        notes.append(own.note)
    if taken.kept and not small:
        notes.append("larger than is taped: matched by digest")
    return Arguments(key, taken.value if small else [], taken.chars if small else 0, tuple(notes))


def declared_key(mapper: Any, args: Sequence[Any], kwargs: Dict[str, Any]) -> OwnKey:
    """CAPTURE, "Matching": the declared key comes first. Never raises."""
    try:
        key = mapper(*args, **kwargs) if kwargs else mapper(*args)
        if type(key) is str and 0 < len(key) <= MAX_KEY_CHARS and key.isascii():
            return key
        if isinstance(key, str):
            text = str.__str__(key)
            return bounded(well_formed(text)) if text else NoKey("the declared key is empty")
        if type(key) is int:
            return str(key)
        if type(key) is float:
            return canonicalize(snapshot(key).value)
        return NoKey(f"the declared key is of type {type(key).__name__}")
    except Exception:
        return NoKey("the declared key threw")


def positional(parameters: Sequence[str], args: Tuple[Any, ...], kwargs: Dict[str, Any]) -> Tuple[Any, ...]:
    """One form for `f(1, b=2)` and `f(1, 2)`: what has a position is brought there, the rest follows as one member."""
    if not kwargs:
        return args
    rest = dict(kwargs)
    placed = list(args)
    for name in parameters[len(args) :]:
        if name not in rest:
            break
        placed.append(rest.pop(name))
    return (*placed, {KWARGS: rest}) if rest else tuple(placed)
