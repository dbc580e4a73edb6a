"""Counts the tokens of model calls, under the names that dagster-openai gives them."""

from __future__ import annotations

import inspect
import threading
from collections import defaultdict
from collections.abc import Callable
from typing import Any

#: Endpoints of an OpenAI client whose answers carry `usage`.
_ENDPOINTS = {("completions",), ("chat", "completions"), ("responses",), ("embeddings",)}
_PREFIXES = {path[:length] for path in _ENDPOINTS for length in range(1, len(path) + 1)}
_COUNTED = {
    "total_tokens": "total_tokens",
    "prompt_tokens": "prompt_tokens",
    "completion_tokens": "completion_tokens",
    "input_tokens": "prompt_tokens",
    "output_tokens": "completion_tokens",
}


class Usage:
    """Safe from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counters: dict[str, int] = defaultdict(int)

    def add(self, response: Any) -> None:
        usage = getattr(response, "usage", None)
        model = getattr(response, "model", None)
        if not isinstance(model, str):
            return
        with self._lock:
            self._counters[f"openai.{model}.calls"] += 1
            for member, name in _COUNTED.items():
                tokens = getattr(usage, member, None)
                if isinstance(tokens, int):
                    self._counters[f"openai.{model}.{name}"] += tokens

    def metadata(self) -> dict[str, int]:
        with self._lock:
            return dict(self._counters)


class Counting:
    """
    Stands before a client and counts what its endpoints answer. The client itself stays as it is: it may be shared by steps
    that run at the same time, and a method replaced on it would be replaced for all, and again by the next.
    """

    def __init__(self, target: Any, usage: Usage, path: tuple[str, ...] = ()) -> None:
        self._target = target
        self._usage = usage
        self._path = path

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._target, name)
        if self._path in _ENDPOINTS and name == "create":
            return _counted(found, self._usage)
        path = (*self._path, name)
        return Counting(found, self._usage, path) if path in _PREFIXES else found


def _counted(call: Callable[..., Any], usage: Usage) -> Callable[..., Any]:
    def create(*args: Any, **kwargs: Any) -> Any:
        answer = call(*args, **kwargs)
        if inspect.isawaitable(answer):
            return _awaited(answer, usage)
        usage.add(answer)
        return answer

    return create


async def _awaited(answer: Any, usage: Usage) -> Any:
    result = await answer
    usage.add(result)
    return result
