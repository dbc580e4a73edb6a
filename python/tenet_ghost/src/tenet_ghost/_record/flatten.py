"""A record as the fields that get their own salted digest. FORMAT, §2.1."""

from __future__ import annotations

import hashlib
from typing import Any, Iterable, List, Mapping, Sequence, Tuple

from .base import to_base32
from .disclosure import escape_token
from .errors import RecordError
from .jcs import MAX_SAFE, canonicalize

MAX_FIELDS = 256
FieldList = List[Tuple[str, Any]]

_PARTS = {
    "intent": ("goal", "origin", "session", "parent", "constraints"),
    "context": ("inputs", "externalVersions"),
    "decision": ("outcome", "confidence", "rules"),
    "provenance": ("agent", "version", "codeDigest", "model", "promptVersion", "sdk", "lineage"),
}
_LAYERS = ("intent", "context", "reasoning", "alternatives", "decision", "provenance", "tape", "grade")


def flatten_record(record: Mapping[str, Any], split_inputs: Sequence[str] = ()) -> FieldList:
    """
    In a fixed order. Only names of the schema appear in paths: the keys of a map may be personal data and stay inside its value,
    except inputs named in `split_inputs`. An empty list is still a field, so "there was none" can be told from "withheld".
    """
    _assert_members(record, _LAYERS, "")
    fields: FieldList = []
    _add_parts(fields, "intent", record["intent"])
    _add_context(fields, record["context"], split_inputs)
    reasoning_at = len(fields)
    fields.append(("/alternatives", record["alternatives"]))
    _add_parts(fields, "decision", record["decision"])
    _add_parts(fields, "provenance", record["provenance"])
    fields.append(("/grade", record["grade"]))
    free = MAX_FIELDS - len(fields)
    if free < 2:
        expected = f"at most {MAX_FIELDS} fields"
        raise RecordError("record.fields", "too many split inputs for one record", expected=expected)
    reasoning, tape = _split_lists(record["reasoning"], record["tape"], free)
    fields[reasoning_at:reasoning_at] = reasoning
    fields.extend(tape)
    return fields


def _split_lists(reasoning: Sequence[Any], tape: Sequence[Any], free: int) -> Tuple[FieldList, FieldList]:
    """The longer list collapses into one field first; the other only if that is not enough."""
    steps, calls = len(reasoning), len(tape)
    split_steps, split_calls = steps > 0, calls > 0
    if max(1, steps) + max(1, calls) > free:
        if calls >= steps:
            split_calls = False
            split_steps = split_steps and max(1, steps) + 1 <= free
        else:
            split_steps = False
            split_calls = split_calls and max(1, calls) + 1 <= free
    as_steps: FieldList = (
        [(f"/reasoning/{i}", text) for i, text in enumerate(reasoning)] if split_steps else [("/reasoning", reasoning)]
    )
    return as_steps, _tape_fields(tape) if split_calls else [("/tape", tape)]


def _tape_fields(tape: Sequence[Any]) -> FieldList:
    seen = set()
    fields: FieldList = []
    for call in tape:
        n = call["n"]
        if type(n) is not int or not 1 <= n <= MAX_SAFE or n in seen:
            message = "the calls on a tape are numbered from 1, each once"
            raise RecordError("record.tape", message, at="/tape", got=str(n))
        seen.add(n)
        fields.append((f"/tape/{n:04d}", call))
    return fields


def _add_parts(fields: FieldList, layer: str, value: Mapping[str, Any]) -> None:
    parts = _PARTS[layer]
    _assert_members(value, parts, f"/{layer}")
    fields.extend((f"/{layer}/{part}", value[part]) for part in parts if part in value)


def _add_context(fields: FieldList, context: Mapping[str, Any], split: Sequence[str]) -> None:
    _assert_members(context, _PARTS["context"], "/context")
    inputs = context["inputs"]
    if split and isinstance(inputs, dict):
        wanted = set(split)
        fields.extend((f"/context/inputs/{escape_token(key)}", item) for key, item in inputs.items() if key in wanted)
        inputs = {key: item for key, item in inputs.items() if key not in wanted}
    fields.append(("/context/inputs", inputs))
    if "externalVersions" in context:
        fields.append(("/context/externalVersions", context["externalVersions"]))


def _assert_members(value: Mapping[str, Any], known: Iterable[str], at: str) -> None:
    for key in value:
        if key not in known:
            message = f"the record has a member the schema does not know: {at}/{key}"
            raise RecordError("record.unknown_field", message, at=f"{at}/{key}")


def decision_id(tenant: str, agent: str, version: str, session: str, key: str) -> str:
    """The same step, the same id."""
    text = canonicalize([tenant, agent, version, session, key])
    return "dec_" + to_base32(hashlib.sha256(text.encode("utf-8")).digest(), 26)
