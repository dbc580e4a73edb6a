from __future__ import annotations

from typing import Dict, List, NamedTuple, Optional, Sequence, Tuple

from .._draft import TapeEntry
from .._redact import Redactor
from .._redact.redactor import KEY_OF_ARGUMENTS, key_of_arguments

_DANGER = {"pure": 0, "read": 1, "write": 2, "irreversible": 3, "unknown": 4}


class Match(NamedTuple):
    entry: TapeEntry
    #: Every entry of this call was used already; the last one answers again.
    again: bool


class TapePool:
    """
    The recorded tape and the calls pooled with it, matched by kind, name and key in any order. Equal calls are served in their
    order on the tape. The recorded part is the prefix of rising call numbers.
    """

    def __init__(self, recorded: Sequence[TapeEntry], redactor: Redactor) -> None:
        entries = [_redacted(entry, i, redactor) for i, entry in enumerate(recorded)]
        self.entries = entries
        self._by_call: Dict[Tuple[str, str, str], List[Tuple[int, TapeEntry]]] = {}
        self._used: Dict[Tuple[str, str, str], int] = {}
        self._effects: Dict[str, str] = {}
        self._recorded = _recorded_length(entries)
        self._furthest = -1
        #: The first call that came in another order than it was recorded in.
        self.disorder: Optional[str] = None
        for at, entry in enumerate(entries):
            self._by_call.setdefault((entry["kind"], entry["name"], entry["key"]), []).append((at, entry))
            if entry["kind"] == "tool":
                self._effects[entry["name"]] = _worse(self._effects.get(entry["name"]), entry["effect"])

    def take(self, kind: str, name: str, key: str) -> Optional[Match]:
        call = (kind, name, key)
        slots = self._by_call.get(call)
        if slots is None:
            return None
        used = self._used.get(call, 0)
        self._used[call] = used + 1
        at, entry = slots[min(used, len(slots) - 1)]
        if used < len(slots):
            self._note_order(at, entry)
        return Match(entry, used >= len(slots))

    def effect_of(self, name: str, declared: str) -> str:
        """
        The more dangerous of what the code declares and what was recorded: a version that calls a write a read does not get to
        run it.
        """
        return _worse(self._effects.get(name), declared)

    def unused(self) -> List[str]:
        """Recorded tool calls that nothing asked for, `pure` ones aside: those are run and not looked up."""
        return [
            entry["name"]
            for call, slots in self._by_call.items()
            for at, entry in slots[self._used.get(call, 0) :]
            if at < self._recorded and entry["kind"] == "tool" and entry["effect"] != "pure"
        ]

    def _note_order(self, at: int, entry: TapeEntry) -> None:
        if at >= self._recorded:
            return
        if at < self._furthest and entry["kind"] != "random" and self.disorder is None:
            self.disorder = entry["name"]
        self._furthest = max(self._furthest, at)


def _redacted(entry: TapeEntry, i: int, redactor: Redactor) -> TapeEntry:
    """A tape from before a rule was made is read as if it had been recorded under it; else nothing on it would match."""
    args, key = redactor.call(entry["args"], entry["key"], i + 1)
    if args is not entry["args"] and entry["key"] == key_of_arguments(entry["args"]):
        key = redactor.call(args, KEY_OF_ARGUMENTS, i + 1)[1]
    if args is entry["args"] and key == entry["key"]:
        return entry
    changed: TapeEntry = {**entry, "args": args, "key": key}
    return changed


def _worse(known: Optional[str], effect: str) -> str:
    return known if known is not None and _DANGER.get(known, 4) > _DANGER.get(effect, 4) else effect


def _recorded_length(entries: Sequence[TapeEntry]) -> int:
    last = 0
    for length, entry in enumerate(entries):
        if entry["n"] <= last:
            return length
        last = entry["n"]
    return len(entries)
