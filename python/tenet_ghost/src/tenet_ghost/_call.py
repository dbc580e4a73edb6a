"""One taped call on the caller's side."""

from __future__ import annotations

import time
from typing import Any, Dict, NamedTuple, Optional, Protocol

from ._call_key import OwnKey
from ._freeze import Frozen, freeze
from ._notebook import message_of

_OPEN, DONE, _FAILED = 0, 1, 2
_clock = time.perf_counter_ns


class Called(Protocol):
    """What is the same of every call of one tool or endpoint."""

    @property
    def kind(self) -> str: ...

    @property
    def name(self) -> str: ...

    @property
    def effect(self) -> str: ...


class Value(NamedTuple):
    """Of clock, randomness and ids, and of model endpoints."""

    kind: str
    name: str
    effect: str


class Call:
    """One call that has started. Written by the caller's thread, read by the writer's once the decision has ended."""

    state = _OPEN
    result: Frozen = None
    error: Optional[Dict[str, str]] = None
    ended = 0

    def __init__(self, what: Called, key: OwnKey, args: Frozen) -> None:
        self.what = what
        self.key = key
        self.args = args
        self.started = _clock()

    def ended_by(self, instant: int) -> bool:
        return self.state != _OPEN and self.ended <= instant

    def finish(self, result: Any) -> None:
        if self.state == _OPEN:
            self.result = freeze(result)
            self.ended = _clock()
            self.state = DONE

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


LOST = _Lost()


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
