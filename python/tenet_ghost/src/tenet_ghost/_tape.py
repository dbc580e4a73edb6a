"""The tape of one decision as the record holds it, made by the writer thread from the calls that the caller kept."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, List, Mapping, Optional, Sequence, Tuple, cast

from ._call import Call
from ._call_key import Arguments, frozen_arguments
from ._draft import Json, TapeEntry
from ._freeze import settle
from ._record import canonicalize
from ._snapshot import MAX_VALUE_CHARS, utf16_length

#: Of the 1 MiB that a record may take on the wire, in base64 and beside its inputs and reasoning.
MAX_TAPE_CHARS = 393_216
_MAX_DAMAGES = 8

#: Codes of entries whose answer is not on the tape; replay refuses the call instead of guessing.
NOT_KEPT = "tape.not_kept"
UNFINISHED = "tape.unfinished"


@dataclass(frozen=True)
class Tape:
    entries: List[TapeEntry]
    #: What on this tape is not what the agent saw.
    damages: List[str]
    #: Calls that found no room.
    lost: int
    #: Calls that had started and not ended.
    open: int
    #: Calls whose result could not be kept.
    not_kept: int


@dataclass(frozen=True)
class TapeState:
    """A tape between two processes."""

    entries: Sequence[TapeEntry]
    damages: Sequence[str]
    lost: int
    not_kept: int

    @staticmethod
    def read(state: Mapping[str, Any]) -> TapeState:
        return TapeState(
            state["entries"], state.get("damages", []), int(state.get("lost", 0)), int(state.get("notKept", 0))
        )


class TapeMaker:
    def __init__(self, started: int, ended: int) -> None:
        self._started = started
        self._ended = ended
        self._chars = 0
        self.entries: List[TapeEntry] = []
        self.damages: List[str] = []
        self.lost = 0
        self.open = 0
        self.not_kept = 0

    def resume(self, state: TapeState) -> None:
        """Takes up what was taped in another process."""
        for entry in state.entries:
            self._chars += _size_of(cast(Json, entry))
            self.entries.append(entry)
            if entry.get("error", {}).get("code") == UNFINISHED:
                self.damage(f"{entry['name']} had not ended when the decision was suspended")
        for damage in state.damages:
            self.damage(damage)
        self.lost += state.lost
        self.not_kept += state.not_kept

    def add(self, call: Call) -> None:
        given = frozen_arguments(call.args, call.key)
        room = utf16_length(given.key) + given.chars + 64
        if self._chars + room > MAX_TAPE_CHARS:
            self.lost += 1
            return
        self._chars += room
        where = "request" if call.what.kind == "model" else "arguments"
        for note in given.notes:
            self.damage(f"{where} of {call.what.name}: {note}")
        self.entries.append(self._entry(call, given))

    def _entry(self, call: Call, given: Arguments) -> TapeEntry:
        started = self._ms(call.started - self._started)
        entry: TapeEntry = {
            "v": 1,
            "n": len(self.entries) + 1,
            "kind": call.what.kind,
            "name": call.what.name,
            "effect": call.what.effect,
            "key": given.key,
            "args": given.args,
            "startedMs": started,
            "durMs": 0,
        }
        if not call.ended_by(self._ended):
            self.open += 1
            entry["error"] = {"code": UNFINISHED, "message": "the call had not ended when the decision was made"}
            return entry
        entry["durMs"] = self._ms(call.ended - call.started)
        if call.error is not None:
            entry["error"] = {"code": call.error["code"], "message": call.error["message"]}
        else:
            self._answer(call, entry)
        return entry

    def _answer(self, call: Call, entry: TapeEntry) -> None:
        taken = settle(call.result, min(MAX_TAPE_CHARS - self._chars, MAX_VALUE_CHARS))
        if not taken.kept:
            why = taken.notes[0]
            self.damage(f"result of {call.what.name} {why}")
            entry["error"] = {"code": NOT_KEPT, "message": why}
            self.not_kept += 1
            return
        self._chars += _size_of(taken.value)
        for note in taken.notes:
            self.damage(f"result of {call.what.name}: {note}")
        entry["result"] = taken.value

    def damage(self, what: str) -> None:
        if len(self.damages) < _MAX_DAMAGES and what not in self.damages:
            self.damages.append(what)

    @staticmethod
    def _ms(nanoseconds: int) -> float:
        return max(0, nanoseconds) // 1000 / 1000


def make_tape(calls: Sequence[Call], started: int, ended: int, lost: int, resumed: Optional[TapeState] = None) -> Tape:
    maker = TapeMaker(started, ended)
    if resumed is not None:
        maker.resume(resumed)
    for call in calls:
        maker.add(call)
    return Tape(maker.entries, maker.damages, maker.lost + lost, maker.open, maker.not_kept)


def _size_of(value: Json) -> int:
    return utf16_length(value) if isinstance(value, str) else utf16_length(canonicalize(value))


def models_of(models: Sequence[Tuple[str, str]]) -> List[Tuple[str, str]]:
    """Each pair of model asked and model answered once, in order."""
    return list(dict.fromkeys(models))


def last_answered(models: Sequence[Tuple[str, str]]) -> Optional[str]:
    return models[-1][1] if models and models[-1][1] != "" else None
