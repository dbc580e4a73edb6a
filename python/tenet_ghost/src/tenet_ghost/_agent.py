"""Wraps an agent's function; parameters, result and errors stay its own."""

from __future__ import annotations

import functools
import inspect
from typing import Any, AsyncGenerator, Callable, Dict, Generator, Optional, Tuple, TypeVar, cast

from ._call_key import positional
from ._capture import Opened, begin, end, end_failed, report
from ._freeze import freeze
from ._inputs import inputs_of, signature_of
from ._notebook import ReplayNotebook
from ._options import AgentOptions
from ._outbound import watch_outbound
from ._scope import Scope, await_inside, current, current_scope, inside_scope, is_awaitable, process
from ._waiting import wait_for_spool, wait_for_spool_async

F = TypeVar("F", bound=Callable[..., Any])

_AGENT = "__tenet_agent__"
_PLAIN = frozenset((dict, list, str, int, float, bool, tuple, type(None)))


class AgentMetadata:
    """What a wrapped function carries, so that an agent worker can find and re-run it."""

    __slots__ = ("bound", "fn", "options", "parameters")

    def __init__(self, options: AgentOptions, fn: Callable[..., Any]) -> None:
        self.options = options
        self.fn = fn
        self.bound, self.parameters = signature_of(fn)


def agent_of(value: Any) -> Optional[AgentMetadata]:
    """Of a wrapped function or a bound method of one."""
    if not callable(value) or isinstance(value, type):
        return None
    try:
        found = getattr(value, _AGENT, None)
    except Exception:
        return None
    return found if isinstance(found, AgentMetadata) else None


def wrap_agent(metadata: AgentMetadata, fn: F) -> F:
    watch_outbound()
    if inspect.isasyncgenfunction(fn):
        wrapped = _async_generator(metadata, fn)
    elif inspect.iscoroutinefunction(fn):
        wrapped = _coroutine(metadata, fn)
    elif inspect.isgeneratorfunction(fn):
        wrapped = _generator(metadata, fn)
    else:
        wrapped = _function(metadata, fn)
    setattr(wrapped, _AGENT, metadata)
    return cast(F, wrapped)


def _open(metadata: AgentMetadata, outer: Optional[Scope], args: Tuple[Any, ...], kwargs: Dict[str, Any]) -> Any:
    """The decision that starts here, or None where that went wrong on our side."""
    try:
        given = args[1:] if metadata.bound else args
        if len(given) == 1 and not kwargs:
            inputs = freeze(given[0])
        else:
            placed = positional(metadata.parameters, given, kwargs)
            inputs = freeze(inputs_of(placed))
        return begin(metadata.options, outer, inputs, given, kwargs)
    except Exception as error:
        report(error)
        return None


def _in_replay(scope: Optional[Scope]) -> Optional[Scope]:
    """In a replay the agent under test answers for its nested agents: they share its tape and decide nothing of their own."""
    if scope is None or scope.run.mode != "replay":
        return None
    return Scope(scope.run, ReplayNotebook(), scope.inside_call)


def _function(metadata: AgentMetadata, fn: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(fn)
    def call(*args: Any, **kwargs: Any) -> Any:
        outer = current.get()
        if outer is None and process.replay is not None:
            outer = current_scope()
        if outer is not None and outer.run.mode == "replay":
            return inside_scope(Scope(outer.run, ReplayNotebook(), outer.inside_call), lambda: fn(*args, **kwargs))
        opened: Optional[Opened] = _open(metadata, outer, args, kwargs)
        if opened is None:
            return fn(*args, **kwargs)
        token = current.set(opened.scope)
        try:
            result = fn(*args, **kwargs) if kwargs else fn(*args)
        except BaseException as error:
            end_failed(opened, error)
            wait_for_spool(opened)
            raise
        finally:
            current.reset(token)
        if type(result) not in _PLAIN and is_awaitable(result):
            return _observe(opened, result)
        end(opened, result)
        if opened.client.wait_seconds is not None:
            wait_for_spool(opened)
        return result

    return call


async def _observe(opened: Opened, awaitable: Any) -> Any:
    try:
        result = await await_inside(opened.scope, awaitable)
    except BaseException as error:
        end_failed(opened, error)
        await wait_for_spool_async(opened)
        raise
    end(opened, result)
    await wait_for_spool_async(opened)
    return result


def _coroutine(metadata: AgentMetadata, fn: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(fn)
    async def call(*args: Any, **kwargs: Any) -> Any:
        outer = current_scope()
        nested = _in_replay(outer)
        if nested is not None:
            return await await_inside(nested, fn(*args, **kwargs))
        opened: Optional[Opened] = _open(metadata, outer, args, kwargs)
        if opened is None:
            return await fn(*args, **kwargs)
        return await _observe(opened, fn(*args, **kwargs))

    return call


def _generator(metadata: AgentMetadata, fn: Callable[..., Any]) -> Callable[..., Any]:
    """The decision is made when the generator ends; its value is what it returns, else what it yielded last."""

    @functools.wraps(fn)
    def call(*args: Any, **kwargs: Any) -> Generator[Any, Any, Any]:
        outer = current_scope()
        nested = _in_replay(outer)
        opened: Optional[Opened] = None if nested is not None else _open(metadata, outer, args, kwargs)
        scope = nested if opened is None else opened.scope
        body = fn(*args, **kwargs)
        if scope is None:
            return (yield from body)
        last: Any = None
        send: Callable[[], Any] = lambda: next(body)  # noqa: E731
        while True:
            try:
                # Set for each step alone: what runs between the steps is the caller's code.
                last = inside_scope(scope, send)
            except StopIteration as stop:
                if opened is not None:
                    end(opened, last if stop.value is None else stop.value)
                    wait_for_spool(opened)
                return stop.value
            except BaseException as error:
                if opened is not None:
                    end_failed(opened, error)
                    wait_for_spool(opened)
                raise
            try:
                got = yield last
                send = functools.partial(body.send, got)
            except GeneratorExit:
                _left_early(opened, scope, body, last)
                raise
            except BaseException as error:
                send = functools.partial(body.throw, error)

    return call


def _left_early(opened: Optional[Opened], scope: Scope, body: Any, last: Any) -> None:
    """The caller has seen enough: what it saw last is what was decided."""
    inside_scope(scope, body.close)
    if opened is not None:
        end(opened, last)


def _async_generator(metadata: AgentMetadata, fn: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(fn)
    async def call(*args: Any, **kwargs: Any) -> AsyncGenerator[Any, Any]:
        outer = current_scope()
        nested = _in_replay(outer)
        opened: Optional[Opened] = None if nested is not None else _open(metadata, outer, args, kwargs)
        scope = nested if opened is None else opened.scope
        body = fn(*args, **kwargs)
        last: Any = None
        got: Any = None
        try:
            while True:
                step = body.asend(got)
                last = await (step if scope is None else await_inside(scope, step))
                got = yield last
        except StopAsyncIteration:
            if opened is not None:
                end(opened, last)
                await wait_for_spool_async(opened)
        except GeneratorExit:
            await body.aclose()
            if opened is not None:
                end(opened, last)
            raise
        except BaseException as error:
            if opened is not None:
                end_failed(opened, error)
                await wait_for_spool_async(opened)
            raise

    return call
