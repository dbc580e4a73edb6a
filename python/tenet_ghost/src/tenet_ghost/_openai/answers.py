"""Looks at an answer on its way to the caller, and makes a recorded one into what the library would give."""

from __future__ import annotations

import inspect
import sys
from typing import Any, AsyncIterator, Callable, Dict, Iterator, List, Optional

from .._scope import Outcome
from .assemble import Assembler

_RAW_HEADER = "x-stainless-raw-response"


def json_of(answer: Any) -> Any:
    """The answer as the server sent it: members that it did not send are left out."""
    dump = getattr(type(answer), "model_dump", None)
    if callable(dump):
        return dump(answer, mode="json", by_alias=True, exclude_unset=True, warnings=False)
    return answer


def wants_raw(options: Any) -> bool:
    headers = options.get("headers") if isinstance(options, dict) else None
    return isinstance(headers, dict) and any(str(name).lower() == _RAW_HEADER for name in headers)


def _tell(outcome: Outcome, read: Callable[[], Any]) -> None:
    """What can't be looked at is still the caller's."""
    try:
        answer = read()
    except Exception as error:
        outcome.fail(error)
    else:
        outcome.finish(answer)


class _Heard:
    """A stream's chunks as they pass. Never raises."""

    def __init__(self, assembler: Assembler, outcome: Outcome) -> None:
        self._assembler = assembler
        self.outcome = outcome

    def add(self, chunk: Any) -> None:
        try:
            self._assembler.add(json_of(chunk))
        except Exception as error:
            self.outcome.fail(error)

    def end(self) -> None:
        _tell(self.outcome, self._assembler.answer)


def watch_answer(answer: Any, outcome: Outcome, assembler: Optional[Assembler]) -> Any:
    """
    Reports an answer without taking anything from the caller: a stream reports what went through it, a raw response is
    reported when it is parsed. One that is only read as bytes leaves the call unfinished on the tape.
    """
    if assembler is not None and hasattr(answer, "_iterator"):
        return _watch_stream(answer, outcome, assembler)
    parse = getattr(answer, "parse", None)
    if callable(parse) and hasattr(answer, "http_response"):
        watched = _watched_parse_async if inspect.iscoroutinefunction(parse) else _watched_parse
        answer.parse = watched(parse, outcome)
        return answer
    _tell(outcome, lambda: json_of(answer))
    return answer


def _watched_parse(parse: Callable[..., Any], outcome: Outcome) -> Callable[..., Any]:
    def read(*args: Any, **kwargs: Any) -> Any:
        parsed = parse(*args, **kwargs)
        _tell(outcome, lambda: json_of(parsed))
        return parsed

    return read


def _watched_parse_async(parse: Callable[..., Any], outcome: Outcome) -> Callable[..., Any]:
    async def read(*args: Any, **kwargs: Any) -> Any:
        parsed = await parse(*args, **kwargs)
        _tell(outcome, lambda: json_of(parsed))
        return parsed

    return read


def _watch_stream(stream: Any, outcome: Outcome, assembler: Assembler) -> Any:
    """The caller keeps the library's own stream object. Left early, what came counts."""
    source = stream._iterator
    heard = _Heard(assembler, outcome)

    def watched() -> Iterator[Any]:
        try:
            for chunk in source:
                heard.add(chunk)
                yield chunk
        except Exception as error:
            outcome.fail(error)
            raise
        finally:
            heard.end()

    async def watched_async() -> AsyncIterator[Any]:
        try:
            async for chunk in source:
                heard.add(chunk)
                yield chunk
        except Exception as error:
            outcome.fail(error)
            raise
        finally:
            heard.end()

    is_async = hasattr(source, "__anext__")
    stream._iterator = watched_async() if is_async else watched()
    stream.close = _closing_async(stream.close, heard.end) if is_async else _closing(stream.close, heard.end)
    if not is_async:
        stream._left = heard.end
        stream.__class__ = _leaving(type(stream))
    return stream


def _closing(close: Callable[[], Any], left: Callable[[], None]) -> Callable[[], Any]:
    def shut() -> Any:
        left()
        return close()

    return shut


def _closing_async(close: Callable[[], Any], left: Callable[[], None]) -> Callable[[], Any]:
    async def shut() -> Any:
        left()
        return await close()

    return shut


_kinds: Dict[type, type] = {}


def _leaving(kind: type) -> type:
    """A stream that notices when a `for` over it is left: the library's own would be collected some time later."""

    def iterate(self: Any) -> Iterator[Any]:
        try:
            yield from self._iterator
        finally:
            self._left()

    if kind not in _kinds:
        _kinds[kind] = type(kind.__name__, (kind,), {"__iter__": iterate, "__module__": kind.__module__})
    return _kinds[kind]


def typed(value: Any, kind: Any) -> Any:
    """Plain members as the library's own class, as loosely as the library itself reads them."""
    models = sys.modules.get("openai._models")
    make = getattr(models, "construct_type", None)
    return value if make is None or kind is None else make(value=value, type_=kind)


class ServedStream:
    """The part of the library's streams that agents use, of either kind."""

    def __init__(self, chunks: List[Any]) -> None:
        self._chunks = iter(chunks)
        self.response = None

    def __iter__(self) -> Iterator[Any]:
        return self

    def __next__(self) -> Any:
        return next(self._chunks)

    def __enter__(self) -> ServedStream:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._chunks = iter(())


class ServedAsyncStream:
    def __init__(self, chunks: List[Any]) -> None:
        self._chunks = iter(chunks)
        self.response = None

    def __aiter__(self) -> ServedAsyncStream:
        return self

    async def __anext__(self) -> Any:
        try:
            return next(self._chunks)
        except StopIteration:
            raise StopAsyncIteration from None

    async def __aenter__(self) -> ServedAsyncStream:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def close(self) -> None:
        self._chunks = iter(())


class ServedRaw:
    """A served answer where the caller asked for the raw response. There is no HTTP response behind it."""

    def __init__(self, parsed: Any) -> None:
        self._parsed = parsed
        self.headers: Dict[str, str] = {}
        self.request_id = None
        self.status_code = 200

    def parse(self) -> Any:
        return self._parsed

    @property
    def http_response(self) -> Any:
        raise RuntimeError("a replayed answer has no HTTP response")
