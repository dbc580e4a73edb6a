from __future__ import annotations

import hashlib
from functools import reduce
from typing import Any, Dict, List, Mapping, Optional, Sequence, Tuple, cast

from .._draft import DecisionRecord, Draft, Grade, TapeEntry
from .._record import canonicalize, to_base64url
from .paths import NOWHERE, At, descend, is_pointer, segments_of, use_at
from .rules import Rules
from .walk import Tally, Walk

#: Stands for "the canonical arguments" until these are redacted.
KEY_OF_ARGUMENTS = ""
_MAX_KEY_CHARS = 512
_CORRECTED = "/correction/fields"

#: Texts that agent, author or world wrote. Names and ids of the format stay: links and queries live by them.
_PARTS = (
    ("intent", ("goal", "constraints")),
    ("context", ("inputs", "externalVersions")),
    ("decision", ("outcome", "confidence", "rules")),
    ("provenance", ("lineage",)),
    ("grade", ("reasons",)),
)


class Redactor:
    """
    Takes out of records what must not leave the process. Pure: a draft that has nothing to hide comes back as it is, and what was
    redacted once is left alone. Capture and replay apply it before calls are matched.
    """

    def __init__(self, rules: Rules) -> None:
        self._rules = rules

    def draft(self, draft: Draft) -> Draft:
        # What a producer says of its own capture holds counts and names of policies.
        if draft["kind"] == "capture":
            return draft
        return self._fields(draft) if "fields" in draft else self._record(draft)

    def call(self, args: Any, key: str, n: Optional[int] = None) -> Tuple[Any, str]:
        """Arguments and key of a call, as the tape will have them. `n`: its place on the tape, where that is known."""
        at = self._at("tape", "" if n is None else str(n - 1))
        return _call_in(Walk(self._rules, Tally()), args, key, at)

    def value(self, value: Any, path: Sequence[str]) -> Any:
        """One value as it may lie in a record at `path`."""
        return Walk(self._rules, Tally()).value(value, self._at(*path))

    def restore(self, value: Any) -> Any:
        """Puts values back that this process has the key for."""
        pseudonyms = self._rules.pseudonyms
        if pseudonyms is None:
            return value
        if isinstance(value, str):
            revealed = pseudonyms.reveal(value)
            return value if revealed is None else revealed
        if isinstance(value, list):
            return [self.restore(item) for item in value]
        if isinstance(value, dict):
            return {key: self.restore(item) for key, item in value.items()}
        return value

    def _at(self, *segments: str) -> At:
        return reduce(descend, segments, self._rules.root)

    def _fields(self, draft: Draft) -> Draft:
        walk = Walk(self._rules, Tally())
        before = draft["fields"]
        after = [self._field(walk, field["path"], field["value"]) for field in before]
        if all(value is field["value"] for value, field in zip(after, before)):
            return draft
        fields = [{"path": field["path"], "value": value} for value, field in zip(after, before)]
        return cast(Draft, {**draft, "fields": fields})

    def _field(self, walk: Walk, path: str, value: Any) -> Any:
        if path != _CORRECTED:
            return walk.value(value, self._at(*segments_of(path)))
        if not isinstance(value, dict):
            return walk.value(value, NOWHERE)
        # A correction's members are paths of the decision it is about: what may not be read there may not be read here.
        after = {name: self._corrected(walk, name, item) for name, item in value.items()}
        return value if all(after[name] is item for name, item in value.items()) else after

    def _corrected(self, walk: Walk, path: str, value: Any) -> Any:
        segments = segments_of(path) if is_pointer(path) else [path]
        return walk.member(segments[-1], value, self._at(*segments))

    def _record(self, draft: Draft) -> Draft:
        tally = Tally()
        record = draft["record"]
        redacted = _redact_record(record, Walk(self._rules, tally), self._rules.root)
        if tally.redacted + tally.pseudonyms > 0:
            redacted = cast(DecisionRecord, {**redacted, "grade": _lowered(redacted["grade"], tally)})
        return draft if redacted is record else cast(Draft, {**draft, "record": redacted})


def key_of_arguments(args: Any) -> str:
    text = canonicalize(args)
    if len(text) <= _MAX_KEY_CHARS and _utf16_length(text) <= _MAX_KEY_CHARS:
        return text
    return f"sha256:{to_base64url(hashlib.sha256(text.encode('utf-8')).digest())}"


def _utf16_length(text: str) -> int:
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2


def _call_in(walk: Walk, args: Any, key: str, at: At) -> Tuple[Any, str]:
    after = walk.value(args, descend(at, "args"))
    key_at = descend(at, "key")
    # A key that the arguments made, here or before: it goes with them.
    may_be_theirs = after is not args or use_at(key_at) is not None
    if key == KEY_OF_ARGUMENTS or (may_be_theirs and key == key_of_arguments(args)):
        return after, key_of_arguments(after)
    return after, walk.value(key, key_at)


def _redact_record(record: DecisionRecord, walk: Walk, root: At) -> DecisionRecord:
    before = cast(Dict[str, Any], record)
    changes: Dict[str, Any] = {}
    for name, members in _PARTS:
        at = descend(root, name)
        part = before[name]
        changed = {member: walk.value(part[member], descend(at, member)) for member in members if member in part}
        changes[name] = _merged(part, changed)
    for name in ("reasoning", "alternatives"):
        changes[name] = walk.value(before[name], descend(root, name))
    changes["tape"] = _redact_tape(record["tape"], walk, descend(root, "tape"))
    return cast(DecisionRecord, _merged(before, changes))


def _redact_tape(tape: List[TapeEntry], walk: Walk, at: At) -> List[TapeEntry]:
    after = [_redact_entry(entry, walk, descend(at, str(i))) for i, entry in enumerate(tape)]
    return tape if all(one is other for one, other in zip(after, tape)) else after


def _redact_entry(entry: TapeEntry, walk: Walk, at: At) -> TapeEntry:
    args, key = _call_in(walk, entry["args"], entry["key"], at)
    changes: Dict[str, Any] = {"args": args, "key": key}
    if "result" in entry:
        changes["result"] = walk.value(entry["result"], descend(at, "result"))
    if "error" in entry:
        changes["error"] = walk.value(entry["error"], descend(at, "error"))
    return cast(TapeEntry, _merged(cast(Dict[str, Any], entry), changes))


def _merged(whole: Mapping[str, Any], changes: Mapping[str, Any]) -> Any:
    """`whole` itself where nothing is different."""
    for name, value in changes.items():
        if value is not whole[name] and not (type(value) is str and value == whole[name]):
            return {**whole, **changes}
    return whole


def _lowered(grade: Grade, tally: Tally) -> Grade:
    reasons = list(grade["reasons"])
    if tally.redacted > 0:
        reasons.append(f"redacted: {tally.redacted} values ({', '.join(sorted(tally.names))})")
    if tally.pseudonyms > 0:
        reasons.append(f"pseudonyms: {tally.pseudonyms} values (a replay with the key has them back)")
    lower = "B" if tally.redacted > 0 and grade["grade"] == "A" else grade["grade"]
    return {"grade": lower, "reasons": reasons}
