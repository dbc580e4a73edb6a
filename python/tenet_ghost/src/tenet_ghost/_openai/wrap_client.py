from __future__ import annotations

import inspect
from dataclasses import dataclass
from typing import Any, Callable, Dict, List, Optional, TypeVar, get_args

from .._client import Problem
from .._scope import ModelCall, ModelEndpoint, Outcome, ReplayRefusal, current_scope, process
from .._shared import shared
from .answers import ServedAsyncStream, ServedRaw, ServedStream, typed, wants_raw, watch_answer
from .assemble import Assembler, ChatAssembler, ResponseAssembler
from .unroll import unroll_chat, unroll_response

T = TypeVar("T")


@dataclass(frozen=True)
class _Endpoint:
    #: Its name on the tape, the same in every language.
    name: str
    assembler: Optional[Callable[[], Assembler]] = None
    unroll: Optional[Callable[[Any], List[Dict[str, Any]]]] = None


_ENDPOINTS = {
    "/chat/completions": _Endpoint("chat.completions", ChatAssembler, unroll_chat),
    "/responses": _Endpoint("responses", ResponseAssembler, unroll_response),
    "/embeddings": _Endpoint("embeddings"),
}
_WRAPPED = "__tenet_source__"


def wrap_openai(client: T) -> T:
    """
    A copy of the client whose requests are taped; the one that was given stays as it was. All that the library offers on top
    of the three endpoints (`parse`, `stream`, raw responses) sends through `post` and so is taped as well.
    """
    if getattr(client, _WRAPPED, None) is not None:
        return client
    source: Any = client
    if not callable(getattr(source, "copy", None)) or not callable(getattr(source, "post", None)):
        message = f"ghost.openai: a {type(client).__name__} is no client of the openai library; its calls are not taped"
        shared.current_client().problem(Problem("ghost.openai", message))
        return client
    clone: Any = source.copy()
    post = clone.post
    is_async = inspect.iscoroutinefunction(post)

    def taped(path: str, **rest: Any) -> Any:
        endpoint = _ENDPOINTS.get(path)
        scope = None if endpoint is None else _scope_of()
        if endpoint is None or scope is None:
            return post(path, **rest)
        return scope.run.model(scope, _model_call(endpoint, source, path, post, is_async, rest))

    async def taped_async(path: str, **rest: Any) -> Any:
        return await taped(path, **rest)

    clone.post = taped_async if is_async else taped
    clone.copy = clone.with_options = lambda **options: wrap_openai(source.copy(**options))
    setattr(clone, _WRAPPED, source)
    _plain_vectors(clone)
    return clone  # type: ignore[no-any-return]


def _scope_of() -> Any:
    scope = current_scope()
    if scope is None and process.replay is not None:
        raise ReplayRefusal("replay.stray_call", "a model was called outside a decision")
    return scope


def _plain_vectors(client: Any) -> None:
    """Left to itself the library asks for base64 and decodes whatever comes; servers that ignore it yield garbage vectors."""
    embeddings = getattr(client, "embeddings", None)
    create = getattr(embeddings, "create", None)
    if create is None:
        return

    def plain(**body: Any) -> Any:
        if not isinstance(body.get("encoding_format"), str):
            body["encoding_format"] = "float"
        return create(**body)

    async def plain_async(**body: Any) -> Any:
        return await plain(**body)

    embeddings.create = plain_async if inspect.iscoroutinefunction(create) else plain  # type: ignore[union-attr]


def _model_call(
    endpoint: _Endpoint, source: Any, path: str, post: Callable[..., Any], is_async: bool, rest: Dict[str, Any]
) -> ModelCall:
    options = rest.get("options") or {}
    streamed = rest.get("stream") is True and endpoint.assembler is not None

    def invoke(at: Optional[ModelEndpoint]) -> Any:
        if at is None:
            return post(path, **rest)
        return source.copy(base_url=at.base_url, api_key=at.api_key).post(path, **rest)

    def watch(answer: Any, outcome: Outcome) -> Any:
        assembler = endpoint.assembler() if streamed and endpoint.assembler is not None else None
        return watch_answer(answer, outcome, assembler)

    def revive(answer: Any) -> Any:
        if streamed and endpoint.unroll is not None:
            kinds = get_args(rest.get("stream_cls"))
            chunks = [typed(chunk, kinds[0] if kinds else None) for chunk in endpoint.unroll(answer)]
            return ServedAsyncStream(chunks) if is_async else ServedStream(chunks)
        parsed = typed(answer, rest.get("cast_to"))
        parser = options.get("post_parser") if isinstance(options, dict) else None
        if callable(parser):
            parsed = parser(parsed)
        return ServedRaw(parsed) if wants_raw(options) else parsed

    return ModelCall(endpoint.name, _body_of(rest, options), is_async, invoke, watch, revive)


def _body_of(rest: Dict[str, Any], options: Any) -> Dict[str, Any]:
    """What is sent as JSON. Headers and queries, where credentials lie, are not part of it."""
    body = rest.get("body")
    extra = options.get("extra_json") if isinstance(options, dict) else None
    return {**(body if isinstance(body, dict) else {}), **(extra if isinstance(extra, dict) else {})}
