"""Where in a run the code is, found by context variables: they follow await, asyncio tasks, to_thread and copied contexts."""

from __future__ import annotations

import contextlib
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, Callable, Dict, Mapping, Optional, Protocol, Sequence, Tuple

from ._notebook import Notebook


class ReplayRefusal(Exception):
    """Raised into agent code whose call is not answered in a replay. Swallowing it changes nothing: the re-run has ended."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class Tool(Protocol):
    """What the declaration of a tool says."""

    kind: str
    name: str
    effect: str
    is_async: bool
    #: Whether the first argument is the object that the method belongs to.
    bound: bool
    #: Names of the parameters that may be given by position, `self` aside.
    parameters: Tuple[str, ...]
    fn: Callable[..., Any]
    key: Optional[Callable[..., Any]]
    stub: Optional[Callable[..., Any]]
    as_of: Optional[Callable[..., Any]]


@dataclass(frozen=True)
class ModelEndpoint:
    base_url: str
    api_key: str


class ModelCall:
    """One request to a model. `invoke(endpoint)` does it, `watch(answer, outcome)` reports what comes of it."""

    __slots__ = ("body", "endpoint", "invoke", "is_async", "model", "revive", "watch")

    def __init__(
        self,
        endpoint: str,
        body: Dict[str, Any],
        is_async: bool,
        invoke: Callable[[Optional[ModelEndpoint]], Any],
        watch: Callable[[Any, Outcome], Any],
        revive: Callable[[Any], Any],
    ) -> None:
        self.endpoint = endpoint
        self.body = body
        self.is_async = is_async
        self.invoke = invoke
        self.watch = watch
        #: The recorded answer as the library would give it.
        self.revive = revive
        model = body.get("model")
        self.model = model if isinstance(model, str) else ""


class Outcome(Protocol):
    """A call that has started. The first of `finish` and `fail` stands; neither raises."""

    def finish(self, result: Any) -> None: ...

    def fail(self, error: BaseException) -> None: ...


class Run(Protocol):
    """What stands behind the calls of one decision: the capture run does and tapes them, the replay run answers them."""

    @property
    def mode(self) -> str: ...

    def tool(self, scope: Scope, tool: Tool, args: Tuple[Any, ...], kwargs: Dict[str, Any]) -> Any:
        """For an async tool: an awaitable of its answer."""
        ...

    def model(self, scope: Scope, call: ModelCall) -> Any:
        """For an async client: an awaitable of the answer."""
        ...

    def now(self) -> float: ...

    def random(self) -> float: ...

    def id(self) -> str: ...


class Scope:
    """A nested agent of a re-run shares the run and has its own notebook."""

    # Read several times in every call: instance attributes are the quickest.
    __slots__ = ("around", "inner", "inside_call", "noted", "run")

    def __init__(
        self, run: Run, notebook: Optional[Notebook] = None, inside_call: bool = False, around: Optional[Scope] = None
    ) -> None:
        self.run = run
        #: Whose notebook this one writes in, if not its own.
        self.around = around
        #: None while nothing was said: most decisions say nothing there.
        self.noted = notebook
        #: Inside a taped call: what happens there is on the tape as that call's result.
        self.inside_call = inside_call
        #: The scope of what happens within a taped call of this one, once there was one.
        self.inner: Optional[Scope] = None

    @property
    def notebook(self) -> Notebook:
        if self.noted is None:
            self.noted = Notebook() if self.around is None else self.around.notebook
        return self.noted

    @property
    def inside(self) -> Scope:
        if self.inner is None:
            self.inner = Scope(self.run, None, True, self)
        return self.inner


@dataclass
class ReplayProcess:
    """Set in a process that only replays. Code whose context was lost (a bare thread) still finds the decision in flight."""

    in_flight: Optional[Scope] = None


@dataclass(frozen=True)
class Ambient:
    """What `ghost.run` sets for the decisions inside it."""

    session: Optional[str] = None
    origin: Optional[str] = None
    parent: Optional[str] = None
    constraints: Optional[Sequence[str]] = None
    lineage: Optional[Mapping[str, Any]] = None


NO_AMBIENT = Ambient()

current: ContextVar[Optional[Scope]] = ContextVar("tenet_ghost_scope", default=None)
ambient: ContextVar[Ambient] = ContextVar("tenet_ghost_ambient", default=NO_AMBIENT)


class _Process:
    replay: Optional[ReplayProcess] = None


process = _Process()


def current_scope() -> Optional[Scope]:
    scope = current.get()
    if scope is None and process.replay is not None:
        return process.replay.in_flight
    return scope


def inside_scope(scope: Scope, call: Callable[[], Any]) -> Any:
    token = current.set(scope)
    try:
        return call()
    finally:
        current.reset(token)


async def await_inside(scope: Scope, awaitable: Any) -> Any:
    """Awaits with the scope set, and sets it back for whoever awaits this."""
    token = current.set(scope)
    try:
        return await awaitable
    finally:
        # One that is closed from outside, as a task that is thrown away is, ends in another context than it began in.
        with contextlib.suppress(ValueError):
            current.reset(token)


def is_awaitable(value: Any) -> bool:
    """Never raises: what agents and tools return may be anything."""
    try:
        return hasattr(type(value), "__await__")
    except Exception:
        return False
