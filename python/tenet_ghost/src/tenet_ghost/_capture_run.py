"""The caller's half of a capture: does every call and keeps what it was given and gave, as it was then."""

from __future__ import annotations

import os
import time
import uuid
from typing import Any, Dict, List, Optional, Set, Tuple

from ._call_key import NO_KEY, DeclaredKey, declared_key, positional
from ._client import Client
from ._freeze import Frozen, Same, freeze, freeze_arguments, size_of
from ._notebook import message_of
from ._options import AgentOptions
from ._record import decision_id
from ._scope import Ambient, ModelCall, Outcome, Scope, Tool, await_inside, current, inside_scope
from ._tape import TapeState

#: Larger tapes lose their last calls, and the grade says so.
MAX_CALLS = 4096
#: What one decision may hold on to until it is written.
MAX_HELD_BYTES = 16_777_216

_OPEN, _DONE, _FAILED = 0, 1, 2
_PLAIN = frozenset((dict, list, str, int, float, bool, tuple, type(None)))
_clock = time.perf_counter_ns
_NOTHING = Same(())
_VALUE_KEYS = {kind: DeclaredKey(kind) for kind in ("clock", "random", "id")}


class Call:
    """One call that has started. Written by the caller's thread, read by the writer's once the decision has ended."""

    __slots__ = ("args", "effect", "ended", "error", "held", "key", "kind", "name", "result", "started", "state")

    def __init__(self, kind: str, name: str, effect: str, key: DeclaredKey, args: Frozen) -> None:
        self.kind = kind
        self.name = name
        self.effect = effect
        self.key = key
        self.args = args
        self.state = _OPEN
        self.ended = 0
        self.result: Optional[Frozen] = None
        self.error: Optional[Dict[str, str]] = None
        self.started = _clock()

    @property
    def failed(self) -> bool:
        return self.state == _FAILED

    def ended_by(self, instant: int) -> bool:
        return self.state != _OPEN and self.ended <= instant

    def finish(self, result: Any) -> None:
        if self.state == _OPEN:
            self.result = freeze(result)
            self.ended = _clock()
            self.state = _DONE

    def fail(self, error: BaseException) -> None:
        if self.state == _OPEN:
            self.error = error_of(error)
            self.ended = _clock()
            self.state = _FAILED


class _Lost:
    """A call that found no room."""

    def finish(self, result: Any) -> None:
        return None

    def fail(self, error: BaseException) -> None:
        return None


_LOST = _Lost()


def error_of(error: BaseException) -> Dict[str, str]:
    """Code and message only: a traceback or a response may hold what must not be taped."""
    try:
        status, code = getattr(error, "status_code", None), getattr(error, "code", None)
    except Exception:
        status = code = None
    if type(status) is int:
        return {"code": f"http.{status}", "message": message_of(error)}
    named = code if isinstance(code, str) and code != "" else type(error).__name__
    return {"code": str(named)[:100], "message": message_of(error)}


class CaptureRun:
    """A nested agent's calls go on the tapes of the agents around it as well."""

    __slots__ = (
        "ambient",
        "calls",
        "client",
        "held",
        "identity",
        "key",
        "lost",
        "models",
        "not_alone",
        "options",
        "outer",
        "parts",
        "resumed",
        "started",
        "untaped",
    )

    mode = "capture"

    def __init__(self, options: AgentOptions, client: Client, around: Ambient, outer: Optional[CaptureRun]) -> None:
        self.options = options
        self.client = client
        self.ambient = around
        #: Names the case, where the caller's key function gave one.
        self.key: Optional[str] = None
        self.calls: List[Call] = []
        self.models: List[Tuple[str, str]] = []
        #: Hosts that were called past the tape.
        self.untaped: Optional[Set[str]] = None
        self.lost = 0
        self.held = 0
        self.outer = outer
        #: Id of the record, once somebody asked for it.
        self.identity: Optional[str] = None
        #: Why an agent worker can't re-run it by itself, if so.
        self.not_alone: Optional[str] = None
        #: Decisions made within this one that have no key of their own.
        self.parts = 0
        #: What was taped in another process.
        self.resumed: Optional[TapeState] = None
        self.started = _clock()

    @property
    def session(self) -> str:
        return self.ambient.session or self.client.session

    def decision_id(self) -> str:
        """The id that the record will have. Made when it is first asked for: seldom on the caller."""
        if self.identity is None:
            options, client = self.options, self.client
            self.identity = (
                client.new_id()
                if self.key is None
                else decision_id(client.tenant, options.name, options.version, self.session, self.key)
            )
        return self.identity

    def parent(self) -> Optional[str]:
        return self.ambient.parent if self.outer is None else self.outer.decision_id()

    def start(self, kind: str, name: str, effect: str, key: DeclaredKey, args: Frozen) -> Outcome:
        call = Call(kind, name, effect, key, args)
        room = False
        run: Optional[CaptureRun] = self
        size = size_of(args)
        while run is not None:
            if len(run.calls) >= MAX_CALLS or run.held > MAX_HELD_BYTES:
                run.lost += 1
            else:
                room = True
                run.held += size + 256
                run.calls.append(call)
            run = run.outer
        return call if room else _LOST

    def finish(self, call: Outcome, result: Any) -> None:
        call.finish(result)
        if isinstance(call, Call) and call.result is not None:
            size = size_of(call.result)
            run: Optional[CaptureRun] = self
            while run is not None:
                run.held += size
                run = run.outer

    def tool(self, scope: Scope, tool: Tool, args: Tuple[Any, ...], kwargs: Dict[str, Any]) -> Any:
        if scope.inside_call:
            return tool.fn(*args, **kwargs)
        call = self._start_tool(tool, args, kwargs)
        # What a pure tool calls is taped too: replay runs it again and has to answer those calls.
        within = scope if tool.effect == "pure" else scope.inside
        if tool.is_async:
            return self._watch(within, call, inside_scope(within, lambda: tool.fn(*args, **kwargs)))
        token = current.set(within)
        try:
            result = tool.fn(*args, **kwargs)
        except BaseException as error:
            call.fail(error)
            raise
        finally:
            current.reset(token)
        if type(result) not in _PLAIN and hasattr(type(result), "__await__"):
            return self._watch(within, call, result)
        self.finish(call, result)
        return result

    def _start_tool(self, tool: Tool, args: Tuple[Any, ...], kwargs: Dict[str, Any]) -> Outcome:
        given = args[1:] if tool.bound else args
        key = NO_KEY if tool.key is None else declared_key(tool.key, given, kwargs)
        if kwargs:
            given = positional(tool.parameters, given, kwargs)
        return self.start("tool", tool.name, tool.effect, key, freeze_arguments(given))

    async def _watch(self, within: Scope, call: Outcome, awaitable: Any) -> Any:
        try:
            result = await await_inside(within, awaitable)
        except BaseException as error:
            call.fail(error)
            raise
        self.finish(call, result)
        return result

    def model(self, scope: Scope, call: ModelCall) -> Any:
        if scope.inside_call:
            return call.invoke(None)
        opened = _ModelOutcome(self, self.start("model", call.endpoint, "read", NO_KEY, freeze(call.body)), call.model)
        if call.is_async:
            return self._watch_model(scope.inside, call, opened)
        token = current.set(scope.inside)
        try:
            answer = call.invoke(None)
        except BaseException as error:
            opened.fail(error)
            raise
        finally:
            current.reset(token)
        return _watched(call, answer, opened)

    async def _watch_model(self, within: Scope, call: ModelCall, opened: Outcome) -> Any:
        try:
            answer = await await_inside(within, call.invoke(None))
        except BaseException as error:
            opened.fail(error)
            raise
        return _watched(call, answer, opened)

    def now(self) -> float:
        # Whole milliseconds, as the other SDK tapes them.
        value = time.time_ns() // 1_000_000
        self._value("clock", value)
        return value

    def random(self) -> float:
        # 53 random bits: what every language can hold exactly.
        value = (int.from_bytes(os.urandom(8), "big") >> 11) / 2**53
        self._value("random", value)
        return value

    def id(self) -> str:
        value = str(uuid.uuid4())
        self._value("id", value)
        return value

    def _value(self, kind: str, value: Any) -> None:
        scope = current.get()
        if scope is None or not scope.inside_call:
            self.start(kind, kind, "pure", _VALUE_KEYS[kind], _NOTHING).finish(value)


class _ModelOutcome:
    def __init__(self, run: CaptureRun, call: Outcome, asked: str) -> None:
        self.run = run
        self.call = call
        self.asked = asked

    def finish(self, result: Any) -> None:
        answered = result.get("model") if isinstance(result, dict) else None
        run: Optional[CaptureRun] = self.run
        while run is not None:
            run.models.append((self.asked, answered if isinstance(answered, str) else ""))
            run = run.outer
        self.run.finish(self.call, result)

    def fail(self, error: BaseException) -> None:
        self.call.fail(error)


def _watched(call: ModelCall, answer: Any, opened: Outcome) -> Any:
    """An answer that can't be looked at is still the caller's."""
    try:
        return call.watch(answer, opened)
    except Exception as error:
        opened.fail(error)
        return answer
