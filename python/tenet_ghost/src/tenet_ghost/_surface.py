"""The object that users call."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from typing import (
    Any,
    Callable,
    Iterator,
    List,
    Mapping,
    Optional,
    Sequence,
    TypeVar,
    Union,
    overload,
)

from ._agent import AgentMetadata, wrap_agent
from ._client import FlushResult, GhostStats
from ._configured import Configured
from ._current import Current, current
from ._decide import decide_within
from ._draft import Alternative, Link, RuleResult, TapeEntry
from ._finished import record_finished
from ._inputs import signature_of
from ._linked import Linked
from ._open_decision import OpenDecision, open_decision, resume_decision
from ._openai import wrap_openai
from ._options import AgentOptions
from ._paths import Mapper, input_mapper, result_mapper
from ._read_decision import NO_MAPPERS, Mappers
from ._scope import ambient
from ._shared import shared
from ._tool import DeclaredTool, wrap_tool

F = TypeVar("F", bound=Callable[..., Any])
T = TypeVar("T")

_Rules = Sequence[Union[RuleResult, Mapping[str, Any]]]
_Alternatives = Sequence[Union[Alternative, Mapping[str, Any]]]


class Ghost(Configured, Linked):
    def agent(
        self,
        *,
        name: str,
        version: str,
        type: Optional[str] = None,
        goal: Union[str, Callable[..., str], None] = None,
        outcome: Optional[Mapper] = None,
        reasons: Optional[Mapper] = None,
        confidence: Optional[Mapper] = None,
        alternatives: Optional[Mapper] = None,
        rules: Optional[Mapper] = None,
        key: Optional[Mapper] = None,
        subject: Optional[Mapper] = None,
        split_inputs: Sequence[str] = (),
        model: Optional[str] = None,
        prompt_version: Optional[str] = None,
        code_digest: Optional[str] = None,
    ) -> Callable[[F], F]:
        """
        Wraps the function that decides; parameters, result and errors stay its own. Mappers see what it returned, `key` and
        `subject` what it was given; a text is a path ("status", "applicant.id"). `type` defaults to the name. Without an
        outcome mapper the result itself, or its member outcome, decision or status, is the decision.
        """

        def wrap(fn: F) -> F:
            _, parameters = signature_of(fn)
            options = AgentOptions(
                name=name,
                version=version,
                type=type or name,
                mappers=Mappers(*map(result_mapper, (outcome, reasons, confidence, alternatives, rules))),
                goal=goal,
                key=input_mapper(key, parameters),
                subject=input_mapper(subject, parameters),
                split_inputs=tuple(split_inputs),
                model=model,
                prompt_version=prompt_version,
                code_digest=code_digest,
            )
            return wrap_agent(AgentMetadata(options, fn), fn)

        return wrap

    def tool(
        self,
        name: str,
        *,
        effect: str,
        key: Optional[Mapper] = None,
        stub: Optional[Callable[..., Any]] = None,
        as_of: Optional[Callable[..., Any]] = None,
        is_async: Optional[bool] = None,
    ) -> Callable[[F], F]:
        """
        Declares a tool: `pure`, `read`, `write` or `irreversible`. `key` makes two calls the same call (default: the arguments),
        `stub` answers a write in replay where nothing was recorded, `as_of(at, *args)` gives the arguments that pin a read to
        an instant; without it a read never runs live in replay.
        """

        def wrap(fn: F) -> F:
            return wrap_tool(DeclaredTool(fn, name, effect, key, stub, as_of, is_async), fn)

        return wrap

    def openai(self, client: T) -> T:
        """A copy of an `openai` client, sync or async, whose requests are taped."""
        return wrap_openai(client)

    def current(self) -> Optional[Current]:
        """The decision under way, or None outside one."""
        return current()

    @overload
    def decide(
        self,
        outcome: str,
        *,
        confidence: Optional[float] = None,
        rules: Optional[_Rules] = None,
        reasoning: Optional[Sequence[str]] = None,
    ) -> None: ...

    @overload
    def decide(self, outcome: Mapping[str, Any], fn: Callable[[], T]) -> T: ...

    def decide(
        self,
        outcome: Union[str, Mapping[str, Any]],
        fn: Optional[Callable[[], Any]] = None,
        *,
        confidence: Optional[float] = None,
        rules: Optional[_Rules] = None,
        reasoning: Optional[Sequence[str]] = None,
    ) -> Any:
        """
        Says the decision of the run under way. With `{"type": …, "key"?, "subject"?, "inputs"?}` and a function: runs it as a
        decision of its own within this run; it says its outcome, or returns it, or {"outcome": …}.
        """
        if fn is not None:
            return decide_within(dict(outcome) if isinstance(outcome, Mapping) else {"type": outcome}, fn)
        here = current()
        if here is not None:
            here.decide(outcome, confidence, rules, reasoning)  # type: ignore[arg-type]
        return None

    @contextmanager
    def run(
        self,
        *,
        session: Optional[str] = None,
        origin: Optional[str] = None,
        parent: Optional[str] = None,
        constraints: Optional[Sequence[str]] = None,
        lineage: Optional[Mapping[str, Any]] = None,
    ) -> Iterator[None]:
        """Sets session, origin, parent and lineage of the decisions inside."""
        given = {"session": session, "origin": origin, "parent": parent, "constraints": constraints, "lineage": lineage}
        around = ambient.get()
        named: Any = {name: value for name, value in given.items() if value is not None}
        token = ambient.set(replace(around, **named))
        try:
            yield
        finally:
            ambient.reset(token)

    def decision(
        self,
        *,
        agent: str,
        version: str,
        outcome: str,
        type: Optional[str] = None,
        inputs: Any = None,
        goal: Optional[str] = None,
        external_versions: Optional[Mapping[str, str]] = None,
        reasoning: Optional[Sequence[str]] = None,
        alternatives: Optional[_Alternatives] = None,
        confidence: Optional[float] = None,
        rules: Optional[_Rules] = None,
        tape: Optional[List[TapeEntry]] = None,
        links: Optional[Sequence[Link]] = None,
        key: Optional[str] = None,
        subject: Optional[str] = None,
        occurred_at: Optional[datetime] = None,
        split_inputs: Sequence[str] = (),
        model: Optional[str] = None,
        prompt_version: Optional[str] = None,
        code_digest: Optional[str] = None,
        kind: str = "decision",
    ) -> Optional[str]:
        """Records a decision that was made without the wrapper; its id, or None where it could not be recorded."""
        given = dict(locals())
        del given["self"]
        return record_finished(given)

    def open(
        self,
        *,
        agent: str,
        version: str,
        type: Optional[str] = None,
        key: Optional[str] = None,
        inputs: Any = None,
        goal: Optional[str] = None,
        subject: Optional[str] = None,
        split_inputs: Sequence[str] = (),
        model: Optional[str] = None,
        prompt_version: Optional[str] = None,
    ) -> OpenDecision:
        """Begins a decision that is made in several steps, of several processes or days: its token goes on with it."""
        options = AgentOptions(
            name=agent,
            version=version,
            type=type or agent,
            mappers=NO_MAPPERS,
            goal=goal,
            key=None if key is None else lambda: key,
            subject=None if subject is None else lambda: subject,
            split_inputs=tuple(split_inputs),
            model=model,
            prompt_version=prompt_version,
        )
        return open_decision(options, inputs)

    @overload
    def resume(self, token: str) -> OpenDecision: ...

    @overload
    def resume(self, token: str, fn: Callable[[OpenDecision], T]) -> T: ...

    def resume(self, token: str, fn: Optional[Callable[[OpenDecision], Any]] = None) -> Any:
        """Goes on with a decision; with `fn`, runs it as part of the decision and records what it decides."""
        decision = resume_decision(token)
        return decision if fn is None else decision.run(lambda: fn(decision))

    def flush(self, timeout: float = 10.0) -> FlushResult:
        """Waits until every record was answered for, at most `timeout` seconds. Says how many still wait."""
        return shared.current_client().flush(timeout)

    def stats(self) -> GhostStats:
        return shared.current_client().stats()


ghost = Ghost()
