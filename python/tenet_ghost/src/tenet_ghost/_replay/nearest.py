"""The recorded call that comes closest to one that is not on the tape, and what differs: for the person who reads the refusal."""

from __future__ import annotations

from typing import Any, List, Optional, Sequence

from .._draft import Json, TapeEntry
from .._record import canonicalize

_MAX_COMPARED = 200
_MAX_DIFFERENCES = 3
_MAX_SHOWN = 60
_MAX_TEXT = 400


def nearest_call(entries: Sequence[TapeEntry], kind: str, name: str, args: Json) -> Optional[str]:
    same = [entry for entry in entries if entry["kind"] == kind and entry["name"] == name][:_MAX_COMPARED]
    if not same:
        names = list(dict.fromkeys(entry["name"] for entry in entries if entry["kind"] in ("tool", "model")))
        if not names:
            return None
        return _clip(f"nothing of that name was recorded; recorded: {', '.join(names)}", _MAX_TEXT)
    found = [(_differences(entry["args"], args), entry) for entry in same]
    differences, entry = min(found, key=lambda one: one[0].count)
    what = "; ".join(differences.shown) or "the arguments are equal, the key is not"
    return _clip(f"call {entry['n']} with key {_clip(entry['key'], _MAX_SHOWN)}: {what}", _MAX_TEXT)


class _Differences:
    def __init__(self) -> None:
        self.count = 0
        self.shown: List[str] = []


class _Absent:
    pass


_ABSENT = _Absent()


def _differences(recorded: Json, asked: Json) -> _Differences:
    found = _Differences()
    _compare(recorded, asked, "", found)
    return found


def _compare(recorded: Any, asked: Any, path: str, found: _Differences) -> None:
    if found.count > 500 or (type(recorded) is type(asked) and recorded == asked):
        return
    if isinstance(recorded, dict) and isinstance(asked, dict):
        for key in dict.fromkeys([*recorded, *asked]):
            _compare(recorded.get(key, _ABSENT), asked.get(key, _ABSENT), f"{path}/{key}", found)
        return
    if isinstance(recorded, list) and isinstance(asked, list):
        for i in range(max(len(recorded), len(asked))):
            left = recorded[i] if i < len(recorded) else _ABSENT
            right = asked[i] if i < len(asked) else _ABSENT
            _compare(left, right, f"{path}/{i}", found)
        return
    if _is_number(recorded) and _is_number(asked) and recorded == asked:
        # 1 and 1.0 are one number in JSON.
        return
    found.count += max(_leaves(recorded, 0), _leaves(asked, 0))
    if len(found.shown) < _MAX_DIFFERENCES:
        found.shown.append(f"{path or 'value'} was {_show(recorded)}, now {_show(asked)}")


def _is_number(value: Any) -> bool:
    return type(value) in (int, float)


def _leaves(value: Any, depth: int) -> int:
    if depth >= 8 or not isinstance(value, (dict, list)):
        return 1
    members = value.values() if isinstance(value, dict) else value
    return 1 + sum(_leaves(member, depth + 1) for member in members)


def _show(value: Any) -> str:
    return "absent" if value is _ABSENT else _clip(canonicalize(value), _MAX_SHOWN)


def _clip(text: str, length: int) -> str:
    return text if len(text) <= length else text[: length - 1] + "…"
