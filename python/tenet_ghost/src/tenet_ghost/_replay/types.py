"""The agent worker contract as this package sees it. Member names of JSON are those of the contract."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Callable, Dict, List, Mapping, Optional, TypedDict

from .._draft import Alternative, Json, TapeEntry
from .._redact import Redactor


@dataclass(frozen=True)
class LanePolicy:
    #: "tape" or "live"
    model: str
    live_reads: bool
    #: "fresh" or "strict"
    randomness: str
    timeout_ms: float
    max_result_bytes: int

    @staticmethod
    def read(policy: Mapping[str, Any]) -> LanePolicy:
        return LanePolicy(
            str(policy["model"]),
            policy["liveReads"] is True,
            str(policy["randomness"]),
            float(policy["timeoutMs"]),
            int(policy["maxResultBytes"]),
        )


class ReplayItem(TypedDict):
    decision: str
    input: Json
    tape: List[TapeEntry]
    #: hex, 32 bytes
    seed: str
    occurredAt: str


class _Refusal(TypedDict):
    code: str
    message: str


class Refusal(_Refusal, total=False):
    tool: str
    key: str
    nearest: str


class ProposedAction(TypedDict):
    name: str
    key: str
    args: Json
    effect: str


class ReplayResult(TypedDict):
    decision: str
    #: done, refused, failed, timeout, invalid
    status: str
    outcome: Optional[str]
    confidence: Optional[float]
    reasoning: List[str]
    alternatives: List[Alternative]
    proposedActions: List[ProposedAction]
    calls: Dict[str, int]
    usage: Dict[str, float]
    refusal: Optional[Refusal]
    liveCalls: List[TapeEntry]
    findings: List[str]
    durMs: float


@dataclass(frozen=True)
class Price:
    """Of a million tokens, in the currency of the gate's `--max-cost`."""

    prompt: float
    completion: float


@dataclass(frozen=True)
class LiveModel:
    """The lane's own model."""

    base_url: str
    api_key: str
    price: Optional[Price] = None


@dataclass(frozen=True)
class ReplayOptions:
    #: Needed for lanes with a live model. Without it the agent's own client settings stand.
    model: Optional[LiveModel] = None
    #: Asked before each live model call; false ends the re-run with `replay.budget`.
    take_model_call: Optional[Callable[[], bool]] = None
    #: The rules that the recorded decisions were redacted by; secrets alone where none is given.
    redactor: Optional[Redactor] = None
    #: Told when the model endpoint itself failed: milliseconds after which it wants to be asked again, where it said so.
    on_model_unavailable: Optional[Callable[[Optional[float]], None]] = None


def empty_result(decision: str, status: str, code: str, message: str, dur_ms: float = 0) -> ReplayResult:
    """The row of a decision of which nothing more is known."""
    return {
        "decision": decision,
        "status": status,
        "outcome": None,
        "confidence": None,
        "reasoning": [],
        "alternatives": [],
        "proposedActions": [],
        "calls": {"served": 0, "run": 0, "refused": 0, "model": 0},
        "usage": {"promptTokens": 0, "completionTokens": 0, "cost": 0},
        "refusal": {"code": code, "message": message},
        "liveCalls": [],
        "findings": [],
        "durMs": dur_ms,
    }
