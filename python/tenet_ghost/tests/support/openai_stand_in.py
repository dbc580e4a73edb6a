"""A stand-in for an OpenAI-compatible server: answers by rule, in-process, so that tests need no model and no network."""

from __future__ import annotations

import json
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Dict, Iterator, List


class StandIn:
    """`fail` makes the next answers fail: HTTP status by status."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.requests: List[Dict[str, Any]] = []
        self.keys: List[str] = []
        self.fail: List[int] = []


def chat(body: Dict[str, Any]) -> Dict[str, Any]:
    said = body["messages"][-1].get("content") or ""
    message: Dict[str, Any] = {"role": "assistant", "content": f"echo: {said}"}
    if body.get("response_format"):
        message["content"] = '{"ok": true}'
    if body.get("tools") and said == "use a tool":
        call = {"id": "call_1", "type": "function", "function": {"name": "look", "arguments": '{"id":"A-1"}'}}
        message = {"role": "assistant", "content": None, "tool_calls": [call]}
    finish = "tool_calls" if "tool_calls" in message else "stop"
    return {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 1_700_000_000,
        "model": f"{body['model']}-2026",
        "system_fingerprint": "fp_1",
        "choices": [{"index": 0, "message": message, "logprobs": None, "finish_reason": finish}],
        "usage": {"prompt_tokens": 7, "completion_tokens": 3, "total_tokens": 10},
    }


def chat_chunks(body: Dict[str, Any]) -> Iterator[Dict[str, Any]]:
    whole = chat(body)
    head = {name: whole[name] for name in ("id", "created", "model", "system_fingerprint")}
    head["object"] = "chat.completion.chunk"
    text = whole["choices"][0]["message"]["content"] or ""
    yield {**head, "choices": [{"index": 0, "delta": {"role": "assistant", "content": ""}, "finish_reason": None}]}
    for word in text.split(" "):
        yield {**head, "choices": [{"index": 0, "delta": {"content": word + " "}, "finish_reason": None}]}
    yield {**head, "choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]}
    yield {**head, "choices": [], "usage": whole["usage"]}


def response(body: Dict[str, Any]) -> Dict[str, Any]:
    part = {"type": "output_text", "text": f"echo: {body['input']}", "annotations": []}
    message = {"id": "msg_1", "type": "message", "role": "assistant", "status": "completed", "content": [part]}
    return {
        "id": "resp_1",
        "object": "response",
        "created_at": 1_700_000_000,
        "model": body["model"],
        "status": "completed",
        "output": [message],
        "parallel_tool_calls": True,
        "tool_choice": "auto",
        "tools": [],
        "usage": {"input_tokens": 5, "output_tokens": 2, "total_tokens": 7},
    }


def response_events(body: Dict[str, Any]) -> Iterator[Dict[str, Any]]:
    whole = response(body)
    yield {
        "type": "response.created",
        "sequence_number": 0,
        "response": {**whole, "status": "in_progress", "output": []},
    }
    yield {
        "type": "response.output_text.delta",
        "sequence_number": 1,
        "item_id": "msg_1",
        "output_index": 0,
        "content_index": 0,
        "delta": whole["output"][0]["content"][0]["text"],
        "logprobs": [],
    }
    yield {"type": "response.completed", "sequence_number": 2, "response": whole}


def embeddings(body: Dict[str, Any]) -> Dict[str, Any]:
    texts = body["input"] if isinstance(body["input"], list) else [body["input"]]
    data = [{"object": "embedding", "index": i, "embedding": [len(text) / 8, 0.5]} for i, text in enumerate(texts)]
    return {"object": "list", "model": body["model"], "data": data, "usage": {"prompt_tokens": 4, "total_tokens": 4}}


_PLAIN = {"/v1/chat/completions": chat, "/v1/responses": response, "/v1/embeddings": embeddings}
_STREAMED = {"/v1/chat/completions": chat_chunks, "/v1/responses": response_events}


@contextmanager
def openai_stand_in() -> Iterator[StandIn]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["content-length"])))
            stand_in.requests.append(body)
            stand_in.keys.append(self.headers.get("authorization", ""))
            if stand_in.fail:
                return self._send(stand_in.fail.pop(0), json.dumps({"error": {"message": "not now"}}))
            if body.get("stream"):
                lines = [f"data: {json.dumps(chunk)}\n\n" for chunk in _STREAMED[self.path](body)]
                return self._send(200, "".join([*lines, "data: [DONE]\n\n"]), "text/event-stream")
            return self._send(200, json.dumps(_PLAIN[self.path](body)))

        def _send(self, status: int, text: str, kind: str = "application/json") -> None:
            data = text.encode("utf-8")
            self.send_response(status)
            self.send_header("content-type", kind)
            self.send_header("content-length", str(len(data)))
            if status == 429:
                self.send_header("retry-after", "2")
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_: Any) -> None:
            return None

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    stand_in = StandIn(f"http://127.0.0.1:{server.server_address[1]}/v1")
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield stand_in
    finally:
        server.shutdown()
        server.server_close()
