"""Several decisions in one run: a function in a decision scope of its own, with the agent of the run around it."""

from __future__ import annotations

import inspect
import json
from dataclasses import replace
from typing import Any, Callable, Dict, Optional

from ._capture import Opened, begin, end, end_failed, report
from ._capture_run import CaptureRun
from ._client import Problem
from ._freeze import freeze
from ._notebook import ReplayNotebook
from ._options import AgentOptions
from ._paths import by_path
from ._read_decision import Mappers
from ._scope import Scope, await_inside, current, current_scope, inside_scope
from ._shared import shared

_NOT_ALONE = "decided within another decision: it is re-run with that one"


def _reasons(result: Any) -> Any:
    found = by_path("reasons")(result)
    return by_path("reasoning")(result) if found is None else found


#: What a part's function returns is read by the names of the record's own layers.
_MAPPERS = Mappers(reasons=_reasons, **{name: by_path(name) for name in ("confidence", "alternatives", "rules")})


def decide_within(given: Dict[str, Any], fn: Callable[[], Any]) -> Any:
    """
    Runs `fn` as a decision of its own: what it calls is on both tapes, and the decision around it is its parent. In a replay
    the decision around it is what is compared.
    """
    outer = current_scope()
    if outer is not None and outer.run.mode == "replay":
        return _plainly(Scope(outer.run, ReplayNotebook(), outer.inside_call), fn)
    opened = _open(given, outer)
    return fn() if opened is None else _run(opened, fn)


def _open(given: Dict[str, Any], outer: Optional[Scope]) -> Optional[Opened]:
    try:
        around = None if outer is None or not isinstance(outer.run, CaptureRun) else outer.run
        options = _options(given, around)
        if options is None:
            kind = json.dumps(str(given.get("type")))
            message = f'ghost.decide({{"type": {kind}}}) outside an agent: give agent and version'
            shared.current_client().refuse(Problem("record.no_agent", message))
            return None
        opened = begin(options, outer, freeze(given.get("inputs")), (), {})
        run = opened
        run.key = _key(options.type, run.key, run.outer)
        if run.outer is not None:
            run.not_alone = _NOT_ALONE
        return opened
    except Exception as error:
        report(error)
        return None


def _options(given: Dict[str, Any], around: Optional[CaptureRun]) -> Optional[AgentOptions]:
    """What the run around it decided is not what this one decides: only names and versions are shared."""
    agent, version, key, subject = (given.get(name) for name in ("agent", "version", "key", "subject"))
    named = {
        "type": str(given["type"]),
        "mappers": _MAPPERS,
        "goal": given.get("goal"),
        "key": None if key is None else lambda: key,
        "subject": None if subject is None else lambda: subject,
        "split_inputs": tuple(given.get("split_inputs") or ()),
    }
    if agent is not None and version is not None:
        return AgentOptions(name=str(agent), version=str(version), **named)  # type: ignore[arg-type]
    return None if around is None else replace(around.options, **named)  # type: ignore[arg-type]


def _key(kind: str, key: Optional[str], outer: Optional[CaptureRun]) -> Optional[str]:
    """A part has the type in its key, or it would be the same decision as the one around it that has the same key."""
    if key is not None:
        return f"{kind}/{key}"
    if outer is None or outer.key is None:
        return None
    outer.parts += 1
    return f"{outer.decision_id()}/{kind}/{outer.parts}"


def _plainly(scope: Scope, fn: Callable[[], Any]) -> Any:
    result = inside_scope(scope, fn)
    return await_inside(scope, result) if inspect.isawaitable(result) else result


def _run(opened: Opened, fn: Callable[[], Any]) -> Any:
    token = current.set(opened.scope)
    try:
        result = fn()
    except BaseException as error:
        end_failed(opened, error)
        raise
    finally:
        current.reset(token)
    if inspect.isawaitable(result):
        return _observe(opened, result)
    end(opened, result)
    return result


async def _observe(opened: Opened, awaitable: Any) -> Any:
    try:
        result = await await_inside(opened.scope, awaitable)
    except BaseException as error:
        end_failed(opened, error)
        raise
    end(opened, result)
    return result
