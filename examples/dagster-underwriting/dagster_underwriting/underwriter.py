"""The agent: an ordinary function, wrapped. Dagster is nowhere in it."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

from tenet_ghost import ghost

from .applicants import Accounts, accounts
from .scorecard import Assessment, Policy, assess

NAME = "underwriter-py"


@cache
def _register() -> dict[str, Accounts]:
    return accounts()


@ghost.tool("credit_bureau.lookup", effect="read", key="applicant")
def look_up(applicant: str) -> Accounts:
    return _register()[applicant]


def underwriter(version: str, policy: Policy | None = None) -> Callable[[dict[str, Any]], dict[str, Any]]:
    """One version of the agent."""
    rules = policy or Policy()

    @ghost.agent(
        name=NAME,
        version=version,
        type="loan.approve",
        goal="decide on a consumer credit application",
        key="application.id",
        subject="application.id",
        split_inputs=["amount", "purpose"],
        outcome="status",
        reasons="reasons",
        confidence="confidence",
    )
    def decide(application: dict[str, Any]) -> dict[str, Any]:
        assessment = assess(application, look_up(application["id"]), rules)
        return {
            "id": application["id"],
            "status": assessment.outcome,
            "confidence": _confidence(assessment, rules),
            "reasons": _reasons(application, assessment),
        }

    return decide


def _confidence(assessment: Assessment, policy: Policy) -> float:
    margin = min(abs(assessment.score - policy.approve_up_to - 0.5), abs(assessment.score - policy.decline_from + 0.5))
    return min(0.99, round(0.6 + 0.1 * margin, 2))


def _reasons(application: dict[str, Any], assessment: Assessment) -> list[str]:
    """The principal one first."""
    heaviest = sorted(assessment.points.items(), key=lambda item: -item[1])[:3]
    stated = [f"{name} adds {points} points." for name, points in heaviest if points > 0]
    if application["duration"] > Policy().term_limit:
        side = "over" if assessment.over_term else "within"
        term = application["duration"]
        stated.insert(0, f"The term of {term} months is {side} the limit of {assessment.limit} months in rule R-07.")
    return [*stated, f"The score is {assessment.score}."]
