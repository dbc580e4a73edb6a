"""The caller's half of a capture: does every call and keeps what it was given and gave, as it was then."""

from __future__ import annotations

import os
import time
import uuid
from typing import Any, Dict, List, Optional, Sequence, Set, Tuple

from ._call import DONE, LOST, Call, Called, Value
from ._call_key import OwnKey, declared_key, positional
from ._client import Client
from ._freeze import ATOMS, Frozen, freeze, size_of
from ._options import AgentOptions
from ._record import decision_id
from ._scope import Ambient, ModelCall, Outcome, Scope, Tool, await_inside, current, inside_scope, is_awaitable
from ._tape import TapeState

#: Larger tapes lose their last calls, and the grade says so.
MAX_CALLS = 4096
#: What one decision may hold on to until it is written.
MAX_HELD_BYTES = 16_777_216
#: Values up to this are not counted against it: with the most calls they come to about as much.
_SMALL = 4096

_PLAIN = frozenset((dict, list, str, int, float, bool, tuple, type(None)))
_clock = time.perf_counter_ns


class CaptureRun:
    """A nested agent's calls go on the tapes of the agents around it as well. Whoever extends it sets what has no default."""

    mode = "capture"

    # Defaults on the class: a capture makes one of these for each decision, and few need them.
    #: Names the case, where the caller's key function gave one.
    key: Optional[str] = None
    #: Id of the record, once somebody asked for it.
    identity: Optional[str] = None
    #: Models asked and answered.
    models: Sequence[Tuple[str, str]] = ()
    #: Hosts that were called past the tape.
    untaped: Optional[Set[str]] = None
    #: Calls that found no room.
    lost = 0
    #: Why an agent worker can't re-run it by itself, if so.
    not_alone: Optional[str] = None
    #: Decisions made within this one that have no key of their own.
    parts = 0
    #: What was taped in another process.
    resumed: Optional[TapeState] = None

    options: AgentOptions
    client: Client
    ambient: Ambient
    outer: Optional[CaptureRun]
    calls: List[Call]
    #: Bytes of the larger values that wait to be written.
    held: int
    started: int

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

    def start(self, what: Called, key: OwnKey, args: Frozen) -> Outcome:
        return self._start(Call(what, key, args), size_of(args))

    def _start(self, call: Call, size: int) -> Outcome:
        room = False
        run: Optional[CaptureRun] = self
        while run is not None:
            if len(run.calls) >= MAX_CALLS or run.held > MAX_HELD_BYTES:
                run.lost += 1
            else:
                room = True
                run.calls.append(call)
            run = run.outer
        if size > _SMALL:
            self._hold(size)
        return call if room else LOST

    def finish(self, call: Outcome, result: Any) -> None:
        call.finish(result)
        frozen = call.result if type(call) is Call else None
        if type(frozen) is bytes and len(frozen) > _SMALL:
            self._hold(len(frozen))

    def _hold(self, size: int) -> None:
        run: Optional[CaptureRun] = self
        while run is not None:
            run.held += size
            run = run.outer

    def tool(self, scope: Scope, tool: Tool, args: Tuple[Any, ...], kwargs: Dict[str, Any]) -> Any:
        if scope.inside_call:
            return tool.fn(*args, **kwargs)
        given = args[1:] if tool.bound else args
        key = None if tool.key is None else declared_key(tool.key, given, kwargs)
        if kwargs:
            given = positional(tool.parameters, given, kwargs)
        frozen: Frozen = given
        for value in given:
            if type(value) not in ATOMS:
                frozen = freeze(given)
                break
        # `start` and `Call.end`, written out: here each call of a function counts.
        made = Call(tool, key, frozen)
        call: Outcome = made
        calls = self.calls
        small = frozen is given or (type(frozen) is bytes and len(frozen) <= _SMALL)
        if small and self.outer is None and len(calls) < MAX_CALLS and self.held <= MAX_HELD_BYTES:
            calls.append(made)
        else:
            call = self._start(made, size_of(frozen))
        # What a pure tool calls is taped too: replay runs it again and has to answer those calls.
        within = scope if tool.effect == "pure" else scope.inner or scope.inside
        if tool.is_async:
            return self._watch(within, call, inside_scope(within, lambda: tool.fn(*args, **kwargs)))
        token = current.set(within)
        try:
            # Spreading an empty dict costs as much as a small call.
            result = tool.fn(*args, **kwargs) if kwargs else tool.fn(*args)
        except BaseException as error:
            call.fail(error)
            raise
        finally:
            current.reset(token)
        if type(result) not in _PLAIN and is_awaitable(result):
            return self._watch(within, call, result)
        if call is made:
            made.result = kept = freeze(result)
            made.ended = _clock()
            made.state = DONE
            if type(kept) is bytes and len(kept) > _SMALL:
                self._hold(len(kept))
        return result

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
        opened = _ModelOutcome(
            self, self.start(Value("model", call.endpoint, "read"), None, freeze(call.body)), call.model
        )
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
            self.start(Value(kind, kind, "pure"), kind, ()).finish(value)


class _ModelOutcome:
    def __init__(self, run: CaptureRun, call: Outcome, asked: str) -> None:
        self.run = run
        self.call = call
        self.asked = asked

    def finish(self, result: Any) -> None:
        answered = result.get("model") if isinstance(result, dict) else None
        run: Optional[CaptureRun] = self.run
        while run is not None:
            run.models = [*run.models, (self.asked, answered if isinstance(answered, str) else "")]
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
