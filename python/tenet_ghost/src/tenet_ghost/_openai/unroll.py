"""A recorded answer as the chunks of a stream."""

from __future__ import annotations

from typing import Any, Dict, List


def unroll_chat(answer: Any) -> List[Dict[str, Any]]:
    """chat.completion → chunks: one per choice with its whole text, one with its end, one with the usage."""
    head = {name: value for name, value in _members(answer).items() if name not in ("choices", "usage")}
    head["object"] = "chat.completion.chunk"
    chunks: List[Dict[str, Any]] = []
    for choice in map(_members, _list(_members(answer).get("choices"))):
        message = dict(_members(choice.get("message")))
        calls = [{"index": i, **_members(call)} for i, call in enumerate(_list(message.pop("tool_calls", None)))]
        delta = {**message, **({"tool_calls": calls} if calls else {})}
        index = choice.get("index", 0)
        chunks.append({**head, "choices": [_choice(index, delta, None)]})
        chunks.append({**head, "choices": [_choice(index, {}, choice.get("finish_reason"))]})
    usage = _members(answer).get("usage")
    if usage is not None:
        chunks.append({**head, "choices": [], "usage": usage})
    return chunks


def _choice(index: Any, delta: Dict[str, Any], finish: Any) -> Dict[str, Any]:
    return {"index": index, "delta": delta, "logprobs": None, "finish_reason": finish}


def unroll_response(answer: Any) -> List[Dict[str, Any]]:
    """response → the events that carry text and end."""
    response = _members(answer)
    events: List[Dict[str, Any]] = []

    def event(name: str, **rest: Any) -> None:
        events.append({"type": name, "sequence_number": len(events), **rest})

    event("response.created", response={**response, "status": "in_progress", "output": []})
    for output_index, item in enumerate(_list(response.get("output"))):
        event("response.output_item.added", output_index=output_index, item=item)
        for content_index, part in enumerate(map(_members, _list(_members(item).get("content")))):
            if part.get("type") != "output_text":
                continue
            where: Dict[str, Any] = {
                "item_id": _members(item).get("id"),
                "output_index": output_index,
                "content_index": content_index,
                "logprobs": [],
            }
            event("response.output_text.delta", **where, delta=part.get("text"))
            event("response.output_text.done", **where, text=part.get("text"))
        event("response.output_item.done", output_index=output_index, item=item)
    status = response.get("status")
    event(f"response.{status if isinstance(status, str) else 'completed'}", response=response)
    return events


def _members(value: Any) -> Dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _list(value: Any) -> List[Any]:
    return value if isinstance(value, list) else []
