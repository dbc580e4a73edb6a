"""Declares a tool. Outside a run the call goes straight through; the declaration costs nothing."""

from __future__ import annotations

import functools
import inspect
from typing import Any, Callable, Optional, TypeVar, cast

from ._inputs import signature_of
from ._paths import Mapper, input_mapper
from ._scope import ReplayRefusal, Scope, current, current_scope, process

F = TypeVar("F", bound=Callable[..., Any])

EFFECTS = ("pure", "read", "write", "irreversible")


class DeclaredTool:
    kind = "tool"

    def __init__(
        self,
        fn: Callable[..., Any],
        name: str,
        effect: str,
        key: Optional[Mapper],
        stub: Optional[Callable[..., Any]],
        as_of: Optional[Callable[..., Any]],
        is_async: Optional[bool],
    ) -> None:
        self.fn = fn
        self.name = name
        self.effect = effect if effect in EFFECTS else "unknown"
        self.bound, self.parameters = signature_of(fn)
        self.key = input_mapper(key, self.parameters)
        self.stub = stub
        self.as_of = as_of
        self.is_async = inspect.iscoroutinefunction(fn) if is_async is None else is_async


def wrap_tool(declared: DeclaredTool, fn: F) -> F:
    if declared.is_async:

        @functools.wraps(fn)
        async def answer(*args: Any, **kwargs: Any) -> Any:
            scope = current.get() or _scope_of(declared)
            if scope is None:
                return await fn(*args, **kwargs)
            return await scope.run.tool(scope, declared, args, kwargs)

        return cast(F, answer)

    @functools.wraps(fn)
    def call(*args: Any, **kwargs: Any) -> Any:
        scope = current.get() or _scope_of(declared)
        if scope is None:
            return fn(*args, **kwargs)
        return scope.run.tool(scope, declared, args, kwargs)

    return cast(F, call)


def _scope_of(declared: DeclaredTool) -> Optional[Scope]:
    """Where there is no context. None: the tool is to be run as ever."""
    scope = current_scope()
    if scope is None and process.replay is not None:
        # A process that only replays never runs a tool on nobody's behalf.
        raise ReplayRefusal("replay.stray_call", f"{declared.name} was called outside a decision")
    return scope
