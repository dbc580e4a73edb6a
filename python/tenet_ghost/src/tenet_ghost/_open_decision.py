"""A decision that is begun here and decided by whoever holds its token, in this process or another. Never raises into the caller."""

from __future__ import annotations

import copy
import inspect
import time
import uuid
from random import SystemRandom
from typing import Any, Callable, Mapping, Optional, Sequence, TypeVar, Union

from ._capture import Opened, begin, hand_over, report
from ._client import Problem
from ._draft import Alternative, RuleResult
from ._freeze import freeze
from ._notebook import message_of
from ._options import AgentOptions
from ._read_decision import NO_MAPPERS, collect_into
from ._scope import Scope, await_inside, current_scope, inside_scope
from ._shared import shared
from ._token import NOT_ALONE, read_token, reopen, token_of

T = TypeVar("T")
_Rules = Sequence[Union[RuleResult, Mapping[str, Any]]]


class OpenDecision:
    """The hands on a decision that is not made yet. With nothing behind them code goes on as if there were a decision."""

    def __init__(self, opened: Optional[Opened], around: Optional[Scope] = None) -> None:
        self._opened = opened
        self._around = around
        #: The decision's id, as its record will have it.
        self.decision = "" if opened is None else opened.decision_id()

    @property
    def token(self) -> str:
        """Everything so far, redacted, as text to keep until the decision goes on."""
        try:
            return "" if self._opened is None else token_of(self._opened)
        except Exception as error:
            report(error)
            return ""

    def suspend(self) -> str:
        """The token. What these hands do afterwards is not in it."""
        return self.token

    def now(self) -> float:
        scope = self._scope
        return time.time_ns() // 1_000_000 if scope is None else scope.run.now()

    def random(self) -> float:
        scope = self._scope
        return SystemRandom().random() if scope is None else scope.run.random()

    def id(self) -> str:
        scope = self._scope
        return str(uuid.uuid4()) if scope is None else scope.run.id()

    def step(self, text: str) -> None:
        if self._opened is not None:
            self._opened.scope.notebook.step(text)

    def alternative(self, alternative: Union[Alternative, Mapping[str, Any]]) -> None:
        if self._opened is not None:
            self._opened.scope.notebook.alternative(alternative)

    def run(self, fn: Callable[[], T]) -> T:
        """Runs code as part of the decision: what it calls is taped. What it says by `decide` is recorded when it ends."""
        opened = self._opened
        if opened is None:
            return fn()
        result = inside_scope(opened.scope, fn)
        if inspect.isawaitable(result):
            return self._observe(opened, result)  # type: ignore[return-value]
        self._end(opened)
        return result  # type: ignore[no-any-return]

    async def _observe(self, opened: Opened, awaitable: Any) -> Any:
        result = await await_inside(opened.scope, awaitable)
        self._end(opened)
        return result

    def _end(self, opened: Opened) -> None:
        if opened.scope.notebook.decided is not None:
            _record(opened)

    def decide(
        self,
        outcome: str,
        confidence: Optional[float] = None,
        rules: Optional[_Rules] = None,
        reasoning: Optional[Sequence[str]] = None,
    ) -> Optional[str]:
        """Makes the record. Said twice, by whatever holders of a token, it is one decision: the first to arrive stands. Its id."""
        opened = self._opened
        if opened is None:
            return None
        options = {"confidence": confidence, "rules": rules, "reasoning": reasoning}
        opened.scope.notebook.decide(outcome, options)
        return _record(opened)

    @property
    def _scope(self) -> Optional[Scope]:
        return self._around if self._opened is None else self._opened.scope


def _record(opened: Opened) -> Optional[str]:
    client = opened.client
    identity = opened.decision_id()
    try:
        # A copy: these hands may decide again before the writer has come to this one.
        made = copy.copy(opened)
        collect_into(made, NO_MAPPERS, None, opened.scope.notebook, mapped=False)
        if made.outcome is None or made.outcome.strip() == "":
            what = f"{opened.options.agent}: no outcome was given"
            client.refuse(Problem("record.no_outcome", what, id=identity))
            return None
        hand_over(made)
        return identity
    except Exception as error:
        report(error)
        return None


def open_decision(options: AgentOptions, inputs: Any) -> OpenDecision:
    scope = current_scope()
    if scope is not None and scope.run.mode == "replay":
        # The run around it answers calls, and nothing is recorded.
        return OpenDecision(None, scope)
    try:
        opened = begin(options, None, freeze(inputs), (), {})
        opened.not_alone = NOT_ALONE
        return OpenDecision(opened)
    except Exception as error:
        return _failed(error)


def resume_decision(token: str) -> OpenDecision:
    scope = current_scope()
    if scope is not None and scope.run.mode == "replay":
        return OpenDecision(None, scope)
    try:
        return OpenDecision(reopen(read_token(token), shared.current_client()))
    except Exception as error:
        return _failed(error)


def _failed(error: Exception) -> OpenDecision:
    shared.current_client().problem(Problem("ghost.open", message_of(error)))
    return OpenDecision(None)
