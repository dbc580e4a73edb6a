"""The credit policy: points (more points, more risk) and one term rule. The same as that of the example in TypeScript."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from .applicants import Accounts

_CHECKING = {"little": 3, "moderate": 2}
_SAVINGS = {"little": 2, "moderate": 1, "NA": 1}
_HOUSING = {"rent": 1, "free": 1}
_JOB = {0: 2, 1: 1}


@dataclass(frozen=True)
class Policy:
    """R-07: a longer term is never approved without a person."""

    term_limit: int = 24
    #: Purposes with a limit of their own.
    segment_limits: dict[str, int] = field(default_factory=dict)
    approve_up_to: int = 5
    decline_from: int = 8

    def limit_for(self, purpose: str) -> int:
        return self.segment_limits.get(purpose, self.term_limit)


@dataclass(frozen=True)
class Assessment:
    outcome: str
    score: int
    points: dict[str, int]
    limit: int
    over_term: bool


def assess(application: dict[str, Any], accounts: Accounts, policy: Policy) -> Assessment:
    points = {
        "checking": _CHECKING.get(accounts["checking"], 0),
        "savings": _SAVINGS.get(accounts["savings"], 0),
        "amount": sum(application["amount"] > bound for bound in (2500, 5000, 10_000)),
        "duration": sum(application["duration"] > bound for bound in (18, 36)),
        "housing": _HOUSING.get(application["housing"], 0),
        "job": _JOB.get(application["job"], 0),
    }
    score = sum(points.values())
    limit = policy.limit_for(application["purpose"])
    over_term = application["duration"] > limit
    return Assessment(_outcome(score, over_term, policy), score, points, limit, over_term)


def _outcome(score: int, over_term: bool, policy: Policy) -> str:
    if score >= policy.decline_from:
        return "decline"
    if score <= policy.approve_up_to:
        return "refer" if over_term else "approve"
    return "decline" if over_term else "refer"
