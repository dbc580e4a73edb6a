"""Re-runs one recorded decision by the agent's own function."""

from __future__ import annotations

import asyncio
import inspect
import json
import time
from dataclasses import dataclass
from typing import Any, Dict, List, Optional

from .._agent import AgentMetadata, agent_of
from .._inputs import arguments_of
from .._notebook import Notebook, ReplayNotebook, message_of
from .._read_decision import NO_MAPPERS, ReadDecision, collect_said, read_decision
from .._scope import ReplayRefusal, Scope, current, inside_scope, process
from .._snapshot import utf16_length
from .redact_result import redact_result
from .replay_run import ReplayRun, json_copy
from .revive import hints_of, revive_arguments
from .types import LanePolicy, Refusal, ReplayItem, ReplayOptions, ReplayResult

#: Bounds of the contract beside the size of the whole.
_MAX = {"outcome": 1_024, "steps": 1_000, "text": 65_536, "alternatives": 1_000}


@dataclass(frozen=True)
class _Ending:
    kind: str
    value: Any = None


@dataclass(frozen=True)
class _Judged:
    status: str
    refusal: Optional[Refusal]
    read: ReadDecision


def replay_agent(
    agent: Any,
    item: ReplayItem,
    policy: LanePolicy,
    options: ReplayOptions = ReplayOptions(),  # noqa: B008
    loop: Optional[asyncio.AbstractEventLoop] = None,
) -> ReplayResult:
    """
    Never raises for what the agent does: one that raises, is refused or returns nonsense is a result row. Raises TypeError for a
    function that is not wrapped and for an item that is not one. A function that is not async is not interrupted here: its
    worker kills the process. `loop`: where async agents run; a new one where none is given.
    """
    metadata = agent_of(agent)
    if metadata is None:
        raise TypeError("not a function wrapped by ghost.agent")
    started = time.perf_counter_ns()
    run = ReplayRun(item, policy, options)
    notebook = ReplayNotebook()
    scope = Scope(run, notebook)
    replay_process = process.replay
    if replay_process is not None:
        replay_process.in_flight = scope
    try:
        ending = _run_to_end(metadata, agent, item, policy, scope, run, loop)
        # Mappers are the agent's code too: what they call is answered like any call of it.
        judged: _Judged = inside_scope(scope, lambda: _judge(metadata, ending, run, notebook, policy))
        # A refusal that the agent swallowed, or that came with its last breath, still stands.
        final = judged if run.refusal is None else _refused(run.refusal, notebook)
        duration = (time.perf_counter_ns() - started) // 1000 / 1000
        result = redact_result(_assemble(item, run, final, duration), run.redactor)
        return _within_limit(result, policy.max_result_bytes)
    finally:
        run.close()
        if replay_process is not None and replay_process.in_flight is scope:
            replay_process.in_flight = None


def _run_to_end(
    metadata: AgentMetadata,
    agent: Any,
    item: ReplayItem,
    policy: LanePolicy,
    scope: Scope,
    run: ReplayRun,
    loop: Optional[asyncio.AbstractEventLoop],
) -> _Ending:
    args, kwargs = arguments_of(json_copy(run.redactor.restore(item["input"])))
    args, kwargs = revive_arguments(hints_of(metadata.fn), metadata.parameters, args, kwargs)
    owner = getattr(agent, "__self__", None)
    if metadata.bound and owner is not None:
        args = [owner, *args]
    token = current.set(scope)
    try:
        result = metadata.fn(*args, **kwargs)
        if inspect.isgenerator(result):
            result = _last_of(result)
        elif inspect.isasyncgen(result):
            result = _last_of_async(result)
        if not inspect.isawaitable(result):
            return _Ending("value", result)
        return _await(result, policy, run, loop)
    except ReplayRefusal:
        return _Ending("refused")
    except Exception as error:
        return _Ending("error", error)
    except (SystemExit, KeyboardInterrupt, asyncio.CancelledError) as error:
        return _Ending("error", error)
    finally:
        current.reset(token)


def _last_of(generator: Any) -> Any:
    last: Any = None
    while True:
        try:
            last = next(generator)
        except StopIteration as stop:
            return last if stop.value is None else stop.value


async def _last_of_async(generator: Any) -> Any:
    last: Any = None
    async for value in generator:
        last = value
    return last


def _await(result: Any, policy: LanePolicy, run: ReplayRun, loop: Optional[asyncio.AbstractEventLoop]) -> _Ending:
    own = loop or asyncio.new_event_loop()

    async def race() -> _Ending:
        refused = asyncio.Event()
        here = asyncio.get_running_loop()

        def wake() -> None:
            here.call_soon_threadsafe(refused.set)

        run.on_refused = wake
        task = asyncio.ensure_future(result)
        watch = asyncio.ensure_future(refused.wait())
        done, _ = await asyncio.wait(
            {task, watch}, timeout=policy.timeout_ms / 1000, return_when=asyncio.FIRST_COMPLETED
        )
        run.on_refused = None
        watch.cancel()
        if task in done:
            return _ending_of(task)
        await _abandon(task)
        return _Ending("refused" if watch in done else "timeout")

    try:
        return own.run_until_complete(race())
    finally:
        own.run_until_complete(_clear(own))
        if loop is None:
            own.close()


def _ending_of(task: asyncio.Future[Any]) -> _Ending:
    if task.cancelled():
        return _Ending("error", asyncio.CancelledError("the agent cancelled itself"))
    error = task.exception()
    if error is None:
        return _Ending("value", task.result())
    return _Ending("refused") if isinstance(error, ReplayRefusal) else _Ending("error", error)


async def _abandon(task: asyncio.Future[Any]) -> None:
    task.cancel()
    await asyncio.wait({task}, timeout=0.1)


async def _clear(loop: asyncio.AbstractEventLoop) -> None:
    """Tasks that the decision left behind are not to run on in the next one."""
    left = [task for task in asyncio.all_tasks(loop) if task is not asyncio.current_task(loop)]
    for task in left:
        task.cancel()
    if left:
        await asyncio.wait(left, timeout=0.1)


def _judge(metadata: AgentMetadata, ending: _Ending, run: ReplayRun, notebook: Notebook, policy: LanePolicy) -> _Judged:
    partial = read_decision(collect_said(NO_MAPPERS, None, notebook, mapped=False))

    def bad(status: str, code: str, message: str) -> _Judged:
        return _Judged(status, {"code": code, "message": message}, _without_outcome(partial))

    if ending.kind == "error":
        return bad("failed", "replay.threw", f"the agent threw: {message_of(ending.value)}")
    if ending.kind == "timeout":
        return bad("timeout", "replay.timeout", f"no answer within {policy.timeout_ms:g} ms")
    if ending.kind != "value":
        return bad("failed", "replay.cancelled", "the re-run was cancelled")
    read = read_decision(collect_said(metadata.options.mappers, ending.value, notebook))

    def invalid(code: str, message: str) -> _Judged:
        return _Judged("invalid", {"code": code, "message": message}, read)

    faults: Dict[str, str] = {fault.layer: fault.message for fault in reversed(read.faults)}
    if read.outcome is None:
        return invalid("replay.no_outcome", faults.get("outcome", "the agent gave no outcome"))
    for layer, code in (("confidence", "replay.bad_confidence"), ("reasons", "replay.bad_reasons")):
        if layer in faults:
            return invalid(code, faults[layer])
    for fault in read.faults:
        run.note(f"unread: {fault.message}")
    too_long = _over_long(read)
    if too_long is not None:
        return bad("invalid", "replay.too_large", too_long)
    return _Judged("done", None, read)


def _without_outcome(read: ReadDecision) -> ReadDecision:
    return ReadDecision(None, read.confidence, read.reasoning, read.alternatives, read.rules, read.faults)


def _over_long(read: ReadDecision) -> Optional[str]:
    if utf16_length(read.outcome or "") > _MAX["outcome"]:
        return f"the outcome is longer than {_MAX['outcome']} characters"
    if len(read.reasoning) > _MAX["steps"]:
        return f"there are {len(read.reasoning)} reasoning steps, at most {_MAX['steps']} are taken"
    for i, text in enumerate(read.reasoning):
        if utf16_length(text) > _MAX["text"]:
            return f"reasoning step {i} is {utf16_length(text)} characters long, at most {_MAX['text']} are taken"
    if len(read.alternatives) > _MAX["alternatives"]:
        return f"there are more than {_MAX['alternatives']} alternatives"
    return None


def _refused(refusal: Refusal, notebook: Notebook) -> _Judged:
    read = read_decision(collect_said(NO_MAPPERS, None, notebook, mapped=False))
    return _Judged("refused", refusal, _without_outcome(read))


def _assemble(item: ReplayItem, run: ReplayRun, judged: _Judged, dur_ms: float) -> ReplayResult:
    done = judged.status == "done"
    read = judged.read
    return {
        "decision": item["decision"],
        "status": judged.status,
        "outcome": read.outcome,
        "confidence": read.confidence,
        "reasoning": read.reasoning if done else _clipped(read.reasoning),
        "alternatives": read.alternatives if done else read.alternatives[: _MAX["alternatives"]],
        "proposedActions": list(run.proposed),
        "calls": dict(run.calls),
        "usage": dict(run.usage),
        "refusal": judged.refusal,
        "liveCalls": run.live.entries(),
        "findings": run.findings(),
        "durMs": max(0.0, dur_ms),
    }


def _clipped(steps: List[str]) -> List[str]:
    """What an agent said before it failed is for people to read: cut to what a row may hold."""
    most = _MAX["text"] // 2
    return [text if utf16_length(text) <= _MAX["text"] else text[:most] for text in steps[: _MAX["steps"]]]


def _within_limit(result: ReplayResult, max_bytes: int) -> ReplayResult:
    """Pooled calls are a convenience and go first; a row that is still too large keeps its shape and says so."""
    if size_of_result(result) <= max_bytes:
        return result
    lean: ReplayResult = {**result, "liveCalls": []}
    if result["liveCalls"] and size_of_result(lean) <= max_bytes:
        return lean
    why: Refusal = {"code": "replay.too_large", "message": f"the result is larger than {max_bytes} bytes"}
    refusal = result["refusal"]
    return {
        **lean,
        "status": "invalid" if result["status"] == "done" else result["status"],
        "outcome": None,
        "confidence": None,
        "reasoning": [],
        "alternatives": [],
        "proposedActions": [],
        "findings": [],
        "refusal": why if result["status"] == "done" or refusal is None else refusal,
    }


def line_of(result: ReplayResult) -> str:
    return json.dumps(result, ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def size_of_result(result: ReplayResult) -> int:
    return len(line_of(result).encode("utf-8"))
