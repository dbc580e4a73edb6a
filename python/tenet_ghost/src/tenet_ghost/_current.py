"""The decision under way, found by context."""

from __future__ import annotations

from typing import Any, Mapping, Optional, Sequence, Union

from ._draft import Alternative, RuleResult
from ._scope import Scope, current_scope


class Current:
    """In a replay clock and ids are those of the recording, and randomness is drawn from the run's seed."""

    __slots__ = ("_scope",)

    def __init__(self, scope: Scope) -> None:
        self._scope = scope

    def now(self) -> float:
        """Milliseconds since the epoch."""
        return self._scope.run.now()

    def random(self) -> float:
        """In [0, 1)."""
        return self._scope.run.random()

    def id(self) -> str:
        return self._scope.run.id()

    def step(self, text: str) -> None:
        """Appends a reasoning step."""
        self._scope.notebook.step(text)

    def alternative(self, alternative: Union[Alternative, Mapping[str, Any]]) -> None:
        self._scope.notebook.alternative(alternative)

    def decide(
        self,
        outcome: str,
        confidence: Optional[float] = None,
        rules: Optional[Sequence[Union[RuleResult, Mapping[str, Any]]]] = None,
        reasoning: Optional[Sequence[str]] = None,
    ) -> None:
        """Said twice, the last one stands."""
        options = {"confidence": confidence, "rules": rules, "reasoning": reasoning}
        self._scope.notebook.decide(outcome, options)


def current() -> Optional[Current]:
    scope = current_scope()
    return None if scope is None else Current(scope)
