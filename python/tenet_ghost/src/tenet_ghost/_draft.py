"""Shapes that cross rooms, as plain JSON. Member names are those of the record format, the same in every language."""

from __future__ import annotations

from typing import Any, Dict, List, TypedDict, Union

#: A JSON value. Not recursive, so that mypy reads it on Python 3.9.
Json = Union[None, bool, int, float, str, List[Any], Dict[str, Any]]


class Link(TypedDict):
    rel: str
    id: str


class Field(TypedDict):
    """RFC 6901 pointer into the record and its value."""

    path: str
    value: Json


class _Alternative(TypedDict):
    action: str


class Alternative(_Alternative, total=False):
    target: str
    score: float
    reason: str


class _RuleResult(TypedDict):
    id: str
    fired: bool


class RuleResult(_RuleResult, total=False):
    detail: str


class CallError(TypedDict):
    code: str
    message: str


class _TapeEntry(TypedDict):
    v: int
    n: int
    kind: str
    name: str
    effect: str
    key: str
    args: Json
    startedMs: float
    durMs: float


class TapeEntry(_TapeEntry, total=False):
    """One call on the tape. `n` counts call starts, from 1. Times are milliseconds."""

    result: Json
    error: CallError


class _Intent(TypedDict):
    goal: str
    origin: str
    session: str


class Intent(_Intent, total=False):
    parent: str
    constraints: List[str]


class _Context(TypedDict):
    inputs: Json


class Context(_Context, total=False):
    externalVersions: Dict[str, str]


class _Decision(TypedDict):
    outcome: str


class Decision(_Decision, total=False):
    confidence: float
    rules: List[RuleResult]


class _Provenance(TypedDict):
    agent: str
    version: str
    sdk: str


class Provenance(_Provenance, total=False):
    codeDigest: str
    model: str
    promptVersion: str
    lineage: Dict[str, Any]


class Grade(TypedDict):
    grade: str
    reasons: List[str]


class DecisionRecord(TypedDict):
    """The seven layers of a decision."""

    intent: Intent
    context: Context
    reasoning: List[str]
    alternatives: List[Alternative]
    decision: Decision
    provenance: Provenance
    tape: List[TapeEntry]
    grade: Grade


class _Draft(TypedDict):
    kind: str
    type: str
    id: str
    agent: str
    links: List[Link]
    occurredAt: str


class Draft(_Draft, total=False):
    """
    A finished record as plain JSON, not yet sealed. `agent` is name@version, `occurredAt` RFC 3339 UTC with milliseconds.
    Content is either `record` (with `splitInputs`) or `fields`.
    """

    subject: str
    record: DecisionRecord
    splitInputs: List[str]
    fields: List[Field]
