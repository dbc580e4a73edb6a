"""Puts the chunks of a streamed answer together into the answer the endpoint would have given at once."""

from __future__ import annotations

from typing import Any, Dict, List, Optional, Protocol


class Assembler(Protocol):
    def add(self, chunk: Dict[str, Any]) -> None: ...

    def answer(self) -> Any: ...


_HEAD = ("id", "created", "model", "system_fingerprint", "service_tier", "usage")


class _Choice:
    def __init__(self, index: int) -> None:
        self.index = index
        self.role = "assistant"
        self.texts: Dict[str, Optional[str]] = {"content": None, "refusal": None}
        self.finish: Optional[str] = None
        self.calls: Dict[int, Dict[str, str]] = {}

    def add(self, choice: Dict[str, Any]) -> None:
        delta = _members(choice.get("delta"))
        if isinstance(delta.get("role"), str):
            self.role = delta["role"]
        for name in self.texts:
            if isinstance(delta.get(name), str):
                self.texts[name] = (self.texts[name] or "") + delta[name]
        if isinstance(choice.get("finish_reason"), str):
            self.finish = choice["finish_reason"]
        for call in _list(delta.get("tool_calls")):
            self._add_call(_members(call))

    def _add_call(self, call: Dict[str, Any]) -> None:
        index = call["index"] if isinstance(call.get("index"), int) else len(self.calls)
        parts = self.calls.setdefault(index, {"id": "", "type": "function", "name": "", "arguments": ""})
        function = _members(call.get("function"))
        for name in ("id", "type"):
            if isinstance(call.get(name), str):
                parts[name] = call[name]
        for name in ("name", "arguments"):
            if isinstance(function.get(name), str):
                parts[name] += function[name]

    def answer(self) -> Dict[str, Any]:
        message: Dict[str, Any] = {"role": self.role, **self.texts}
        if self.calls:
            message["tool_calls"] = [
                {
                    "id": call["id"],
                    "type": call["type"],
                    "function": {"name": call["name"], "arguments": call["arguments"]},
                }
                for _, call in sorted(self.calls.items())
            ]
        return {"index": self.index, "message": message, "logprobs": None, "finish_reason": self.finish}


class ChatAssembler:
    """chat.completion.chunk → chat.completion"""

    def __init__(self) -> None:
        self._head: Dict[str, Any] = {}
        self._choices: Dict[int, _Choice] = {}

    def add(self, chunk: Dict[str, Any]) -> None:
        for name in _HEAD:
            if chunk.get(name) is not None:
                self._head[name] = chunk[name]
        for choice in _list(chunk.get("choices")):
            members = _members(choice)
            index = members["index"] if isinstance(members.get("index"), int) else 0
            self._choices.setdefault(index, _Choice(index)).add(members)

    def answer(self) -> Dict[str, Any]:
        choices = [choice.answer() for _, choice in sorted(self._choices.items())]
        return {**self._head, "object": "chat.completion", "choices": choices}


class ResponseAssembler:
    """Events of the responses endpoint: the last one carries the whole answer."""

    def __init__(self) -> None:
        self._last: Any = None

    def add(self, chunk: Dict[str, Any]) -> None:
        if chunk.get("response") is not None:
            self._last = chunk["response"]

    def answer(self) -> Any:
        return self._last


def _members(value: Any) -> Dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _list(value: Any) -> List[Any]:
    return value if isinstance(value, list) else []
