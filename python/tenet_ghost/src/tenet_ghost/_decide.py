"""Several decisions in one run: a function in a decision scope of its own, with the agent of the run around it."""

from __future__ import annotations

import inspect
from dataclasses import replace
from typing import Any, Callable, Dict, Optional

from ._capture import Opened, begin, end, end_failed, report
from ._capture_run import CaptureRun
from ._freeze import freeze
from ._notebook import Notebook
from ._options import AgentOptions
from ._paths import result_mapper
from ._read_decision import Mappers
from ._scope import Scope, await_inside, current, current_scope, inside_scope

_MAPPED = ("outcome", "confidence", "reasons", "alternatives", "rules")
_NESTED = Mappers(**{name: result_mapper(name) for name in _MAPPED if name != "outcome"})


def decide_within(given: Dict[str, Any], fn: Callable[[], Any]) -> Any:
    """
    Runs `fn` as a decision of its own: what it calls is on both tapes, and the decision around it is its parent. Outside an
    agent's run it is only run: there is nobody whose decision it could be.
    """
    outer = current_scope()
    if outer is None:
        return fn()
    if outer.run.mode == "replay":
        return _plainly(Scope(outer.run, Notebook(), outer.inside_call), fn)
    opened = _open(given, outer)
    return fn() if opened is None else _run(opened, fn)


def _open(given: Dict[str, Any], outer: Scope) -> Optional[Opened]:
    try:
        run = outer.run
        if not isinstance(run, CaptureRun):
            return None
        # What the run around it decided is not what this one decides: only names and versions are shared.
        options: AgentOptions = replace(
            run.options,
            type=given["type"],
            mappers=replace(_NESTED, outcome=result_mapper(given.get("outcome"))),
            goal=given.get("goal"),
            key=(lambda: given["key"]) if given.get("key") is not None else None,
            subject=(lambda: given["subject"]) if given.get("subject") is not None else None,
            split_inputs=(),
        )
        return begin(options, outer, freeze(given.get("inputs")), (), {})
    except Exception as error:
        report(error)
        return None


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
