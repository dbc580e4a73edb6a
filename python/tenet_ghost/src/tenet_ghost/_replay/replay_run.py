"""One re-run: answers calls from the tape by their effect class, and ends for good at the first call it can't answer."""

from __future__ import annotations

import math
from datetime import datetime
from typing import Any, Callable, Dict, List, Optional, Set, Tuple

from .._call_key import Arguments, declared_key, live_arguments, positional
from .._draft import Json
from .._notebook import message_of
from .._redact import compile_redactor
from .._scope import ModelCall, ModelEndpoint, Outcome, ReplayRefusal, Scope, Tool, await_inside, inside_scope
from .draws import Draws
from .live_tape import LiveTape
from .nearest import nearest_call
from .revive import hints_of, revive
from .running import Running, run_tool, run_watched
from .tape_pool import Match, TapePool
from .taped_error import model_error, tool_error
from .types import LanePolicy, ProposedAction, Refusal, ReplayItem, ReplayOptions
from .usage import add_usage, is_unavailable, retry_after_ms

_MAX_FINDINGS = 20
_SECRETS_ALONE = compile_redactor()


class ReplayRun:
    mode = "replay"

    def __init__(self, item: ReplayItem, policy: LanePolicy, options: ReplayOptions) -> None:
        self._item = item
        self._policy = policy
        self._options = options
        #: The rules of the capture: applied to what is asked for before it is matched, and to what leaves here.
        self.redactor = options.redactor or _SECRETS_ALONE
        self._pool = TapePool(item["tape"], self.redactor)
        self._draws = Draws(item["seed"])
        self._at = instant_ms(item["occurredAt"])
        self._clock = 0.0
        self._closed = False
        self._findings: Set[str] = set()
        self.live = LiveTape()
        self.calls = {"served": 0, "run": 0, "refused": 0, "model": 0}
        self.usage: Dict[str, float] = {"promptTokens": 0, "completionTokens": 0, "cost": 0}
        self.proposed: List[ProposedAction] = []
        self.refusal: Optional[Refusal] = None
        #: Called once when the re-run is refused.
        self.on_refused: Optional[Callable[[], None]] = None

    def close(self) -> None:
        """Nothing that the agent still does counts, and nothing is answered any more."""
        self._closed = True

    def refuse(self, refusal: Refusal) -> ReplayRefusal:
        """The first refusal stands, whatever the agent makes of the error. Also for guards outside: the fence."""
        if self.refusal is None and not self._closed:
            self.refusal = refusal
            self.calls["refused"] += 1
            if self.on_refused is not None:
                self.on_refused()
        return ReplayRefusal(refusal["code"], refusal["message"])

    def note(self, finding: str) -> None:
        if not self._closed and len(self._findings) < _MAX_FINDINGS:
            self._findings.add(finding)

    def findings(self) -> List[str]:
        """In a fixed order: they are part of the signed result."""
        if self._pool.disorder is not None:
            self.note(f"order: {self._pool.disorder} came in another order than recorded")
        if self.refusal is None:
            for name in self._pool.unused():
                self.note(f"not called: {name}")
        return sorted(self._findings)

    def tool(self, scope: Scope, tool: Tool, args: Tuple[Any, ...], kwargs: Dict[str, Any]) -> Any:
        if tool.is_async:
            return self._tool_async(scope, tool, args, kwargs)
        return self._tool(scope, tool, args, kwargs)

    async def _tool_async(self, scope: Scope, tool: Tool, args: Tuple[Any, ...], kwargs: Dict[str, Any]) -> Any:
        """An async tool raises where it is awaited. What is run is awaited here; what is served is there."""
        answer = self._tool(scope, tool, args, kwargs)
        return await answer if isinstance(answer, Running) else answer

    def _tool(self, scope: Scope, tool: Tool, args: Tuple[Any, ...], kwargs: Dict[str, Any]) -> Any:
        self._guard()
        given = args[1:] if tool.bound else args
        own = None if tool.key is None else declared_key(tool.key, given, kwargs)
        asked = live_arguments(positional(tool.parameters, given, kwargs), own, self.redactor)
        effect = self._pool.effect_of(tool.name, tool.effect)
        if effect != tool.effect and tool.effect != "unknown":
            self.note(f"effect: {tool.name} declares {tool.effect}, recorded {effect}")
        if effect == "pure":
            self.calls["run"] += 1
            return run_tool(tool, scope, lambda: tool.fn(*args, **kwargs))
        if effect == "unknown":
            raise self._refuse_call("replay.unknown_effect", "tool", tool.name, asked, "its effect is not declared")
        if effect == "read":
            return self._read(scope, tool, asked, args, kwargs)
        self.proposed.append({"name": tool.name, "key": asked.key, "args": asked.args, "effect": effect})
        match = self._pool.take("tool", tool.name, asked.key)
        if match is not None:
            return self._tool_answer(match, tool, asked)
        stub = tool.stub
        if stub is None:
            why = f"it is {effect}: not run, not recorded, and has no stub"
            raise self._refuse_call("replay.no_tape", "tool", tool.name, asked, why)
        self.calls["served"] += 1
        self.note(f"stub: {tool.name}")
        return run_tool(tool, scope, lambda: stub(*given, **kwargs))

    def _read(self, scope: Scope, tool: Tool, asked: Arguments, args: Tuple[Any, ...], kwargs: Dict[str, Any]) -> Any:
        match = self._pool.take("tool", tool.name, asked.key)
        if match is not None:
            return self._tool_answer(match, tool, asked)
        as_of = tool.as_of
        if not self._policy.live_reads:
            why = "the tape has no such call and the lane reads nothing live"
            raise self._refuse_call("replay.no_tape", "tool", tool.name, asked, why)
        if as_of is None:
            why = "the tape has no such call and the tool declares no as_of to read it as of then"
            raise self._refuse_call("replay.no_tape", "tool", tool.name, asked, why)
        self.calls["run"] += 1
        given = args[1:] if tool.bound else args
        pinned = as_of(self._item["occurredAt"], *given, **kwargs)
        placed = (*args[: 1 if tool.bound else 0], *pinned)
        outcome = self.live.start("tool", tool.name, asked)
        return run_watched(tool, scope.inside, outcome, lambda: tool.fn(*placed))

    def _tool_answer(self, match: Match, tool: Tool, asked: Arguments) -> Any:
        result = self._answer(match, "tool", tool.name, asked)
        error = match.entry.get("error")
        if error is not None:
            raise tool_error(error["code"], error["message"], getattr(tool.fn, "__globals__", {}))
        return revive(hints_of(tool.fn).get("return"), result)

    def model(self, scope: Scope, call: ModelCall) -> Any:
        if self._policy.model == "live":
            return self._live_model_async(scope, call) if call.is_async else self._live_model(scope, call)
        return self._taped_model_async(call) if call.is_async else self._taped_model(call)

    async def _taped_model_async(self, call: ModelCall) -> Any:
        return self._taped_model(call)

    def _taped_model(self, call: ModelCall) -> Any:
        self._guard()
        asked = live_arguments(call.body, None, self.redactor)
        match = self._pool.take("model", call.endpoint, asked.key)
        if match is None:
            why = "the tape has no such request and the lane calls no model"
            raise self._refuse_call("replay.no_tape", "model", call.endpoint, asked, why)
        answer = self._answer(match, "model", call.endpoint, asked)
        error = match.entry.get("error")
        if error is not None:
            raise model_error(error["code"], error["message"])
        return call.revive(answer)

    def _live_model(self, scope: Scope, call: ModelCall) -> Any:
        outcome = self._start_live(call)
        try:
            answer = inside_scope(scope.inside, lambda: call.invoke(self._endpoint()))
            return inside_scope(scope.inside, lambda: call.watch(answer, outcome))
        except Exception as error:
            outcome.fail(error)
            raise self._model_failed(call, error) from error

    async def _live_model_async(self, scope: Scope, call: ModelCall) -> Any:
        outcome = self._start_live(call)
        try:
            answer = await await_inside(scope.inside, call.invoke(self._endpoint()))
            return call.watch(answer, outcome)
        except Exception as error:
            outcome.fail(error)
            raise self._model_failed(call, error) from error

    def _start_live(self, call: ModelCall) -> Outcome:
        self._guard()
        take = self._options.take_model_call
        if take is not None and not take():
            message = "no model call is left in the budget"
            raise self.refuse({"code": "replay.budget", "tool": call.endpoint, "message": message})
        self._guard()
        self.calls["model"] += 1
        return _Counted(self, self.live.start("model", call.endpoint, live_arguments(call.body, None, self.redactor)))

    def count_usage(self, answer: Any) -> None:
        model = self._options.model
        if not self._closed:
            add_usage(self.usage, answer, None if model is None else model.price)

    def _endpoint(self) -> Optional[ModelEndpoint]:
        model = self._options.model
        return None if model is None else ModelEndpoint(model.base_url, model.api_key)

    def _model_failed(self, call: ModelCall, error: Exception) -> BaseException:
        """A model that can't be reached says nothing about the agent: the decision is to be run again, not counted as changed."""
        if self.refusal is not None or not is_unavailable(error):
            return error
        if self._options.on_model_unavailable is not None:
            self._options.on_model_unavailable(retry_after_ms(error))
        message = f"the model endpoint failed: {message_of(error)[:300]}"
        return self.refuse({"code": "replay.model_unavailable", "tool": call.endpoint, "message": message})

    def now(self) -> float:
        self._guard()
        match = self._pool.take("clock", "clock", "clock")
        value = _fresh(match)
        if isinstance(value, (int, float)):
            self._clock = value
            return value
        self.note("clock: read more often than recorded")
        self._clock = max(self._clock, self._at) + 1
        return self._clock

    def random(self) -> float:
        self._guard()
        if self._policy.randomness == "fresh":
            return self._draws.random()
        value = _fresh(self._pool.take("random", "random", "random"))
        if isinstance(value, (int, float)):
            return value
        message = "more random numbers are drawn than were recorded"
        raise self.refuse({"code": "replay.no_tape", "tool": "random", "message": message})

    def id(self) -> str:
        self._guard()
        value = _fresh(self._pool.take("id", "id", "id"))
        if isinstance(value, str):
            return value
        self.note("id: more ids were made than recorded")
        return self._draws.id()

    def _guard(self) -> None:
        if self.refusal is not None:
            raise ReplayRefusal(self.refusal["code"], self.refusal["message"])
        if self._closed:
            raise ReplayRefusal("replay.closed", "this re-run has ended")

    def _answer(self, match: Match, kind: str, name: str, asked: Arguments) -> Json:
        error = match.entry.get("error")
        if error is not None and error["code"].startswith("tape."):
            why = f"the recorded answer was not kept: {error['message']}"
            raise self._refuse_call("replay.not_kept", kind, name, asked, why)
        self.calls["served"] += 1
        if match.again:
            self.note(f"again: {name} was called more often than recorded; the last answer was given again")
        # A copy: the entry may be served again, and agents change what they are given.
        return json_copy(self.redactor.restore(match.entry.get("result")))

    def _refuse_call(self, code: str, kind: str, name: str, asked: Arguments, why: str) -> ReplayRefusal:
        refusal: Refusal = {"code": code, "tool": name, "key": asked.key, "message": f"{name}: {why}"}
        nearest = nearest_call(self._pool.entries, kind, name, asked.args)
        if nearest is not None:
            refusal["nearest"] = nearest
        return self.refuse(refusal)


class _Counted:
    def __init__(self, run: ReplayRun, outcome: Outcome) -> None:
        self._run = run
        self._outcome = outcome
        self._open = True

    def finish(self, result: Any) -> None:
        if self._open:
            self._open = False
            self._run.count_usage(result)
        self._outcome.finish(result)

    def fail(self, error: BaseException) -> None:
        self._open = False
        self._outcome.fail(error)


def _fresh(match: Optional[Match]) -> Any:
    """Clock, random numbers and ids are served once each."""
    return None if match is None or match.again else match.entry.get("result")


def json_copy(value: Json) -> Json:
    if isinstance(value, dict):
        return {name: json_copy(member) for name, member in value.items()}
    if isinstance(value, list):
        return [json_copy(item) for item in value]
    return value


def instant_ms(text: str) -> float:
    try:
        instant = datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp() * 1000
    except (AttributeError, ValueError):
        raise TypeError("occurredAt is not a time") from None
    return float(math.floor(instant + 0.5))
