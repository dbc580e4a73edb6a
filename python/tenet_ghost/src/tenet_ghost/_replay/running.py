"""Tools that really run in a re-run: pure ones, pinned reads and stubs."""

from __future__ import annotations

from typing import Any, Awaitable, Callable

from .._scope import Outcome, Scope, Tool, await_inside, inside_scope


class Running:
    """An async tool that really runs."""

    def __init__(self, awaitable: Awaitable[Any]) -> None:
        self._awaitable = awaitable

    def __await__(self) -> Any:
        return self._awaitable.__await__()


def run_tool(tool: Tool, scope: Scope, call: Callable[[], Any]) -> Any:
    result = inside_scope(scope, call)
    return Running(await_inside(scope, result)) if tool.is_async and hasattr(result, "__await__") else result


def run_watched(tool: Tool, scope: Scope, outcome: Outcome, call: Callable[[], Any]) -> Any:
    try:
        result = inside_scope(scope, call)
    except Exception as error:
        outcome.fail(error)
        raise
    if tool.is_async and hasattr(result, "__await__"):
        return Running(_finishing(scope, outcome, result))
    outcome.finish(result)
    return result


async def _finishing(scope: Scope, outcome: Outcome, awaitable: Awaitable[Any]) -> Any:
    try:
        result = await await_inside(scope, awaitable)
    except Exception as error:
        outcome.fail(error)
        raise
    outcome.finish(result)
    return result
