"""POST /api/v1/records. Spool format, §5."""

from __future__ import annotations

import gzip
import http.client
import json
import math
import re
import time
from typing import Any, Dict, List, NamedTuple, Optional, Sequence, Union

from .._client import Problem
from .._record import RecordError, from_base64
from .._spool.folder import SpoolSegment
from .._spool.seal import SealTo
from .._spool.segment import SPOOL_CONTENT_TYPE, Frame, encode_posted
from .backoff import parse_retry_after
from .http_post import Answer, AnswerTooLarge, HttpPoster

_GZIP_FROM_BYTES = 16_384
_LOOPBACK = re.compile(r"localhost|127\.[0-9.]+|::1")
#: Statuses that speak of the moment or of the key, never of the records.
_LATER = frozenset([401, 403, 404, 408, 425, 429])
_STATUSES = frozenset(["accepted", "duplicate", "conflict", "refused"])


class Settled(NamedTuple):
    """What became of one record."""

    id: str
    status: str
    code: Optional[str]
    message: Optional[str]
    field: Optional[str]


class Results(NamedTuple):
    results: List[Settled]
    #: size, root, note; as the server states it.
    checkpoint: Optional[Dict[str, Any]]


class Later(NamedTuple):
    """Nothing was decided about the records; the same bytes may be sent again."""

    problem: Problem
    retry_after: Optional[float]
    key_refused: bool


class Rejected(NamedTuple):
    """The request as a whole is wrong: some record in it is, or it is too large."""

    problem: Problem


class SegmentRefused(NamedTuple):
    """The server can't open the segment, and never will."""

    problem: Problem


BatchAnswer = Union[Results, Later, Rejected, SegmentRefused]


class RecordsDoor:
    """`gzip_bytes`: larger bodies of lines are compressed. By default 16 KiB, and never on the way to this same machine."""

    def __init__(self, poster: HttpPoster, api_key: str, gzip_bytes: Optional[float] = None) -> None:
        self._poster = poster
        self._api_key = api_key
        near = _LOOPBACK.fullmatch(poster.host) is not None
        self._gzip_bytes = gzip_bytes if gzip_bytes is not None else math.inf if near else _GZIP_FROM_BYTES

    def send(self, segment: SpoolSegment, frames: Sequence[Frame]) -> BatchAnswer:
        headers = {"content-type": "application/x-ndjson", "x-api-key": self._api_key}
        if segment.sealed:
            headers["content-type"] = SPOOL_CONTENT_TYPE
            body = encode_posted(segment.header_bytes, frames)
        else:
            body = b"".join([part for frame in frames for part in (frame.data, b"\n")])
            if len(body) > self._gzip_bytes:
                body = gzip.compress(body, compresslevel=1)
                headers["content-encoding"] = "gzip"
        try:
            answer = self._poster.post("/api/v1/records", headers, body)
            if answer.status == 415 and "content-encoding" in headers:
                # RFC 9110 §15.5.16: something on the way does not know the encoding.
                self._gzip_bytes = math.inf
                return self.send(segment, frames)
            return _read(answer)
        except (OSError, http.client.HTTPException, AnswerTooLarge, ValueError) as error:
            message = f"{self._poster.origin} could not be reached: {error or type(error).__name__}"
            return Later(Problem("ghost.delivery", message), None, False)

    def fetch_seal_key(self) -> Optional[SealTo]:
        """The key the platform asks to be sealed to now. None: it could not be told."""
        try:
            body = _parse(self._poster.get("/api/v1/platform", {"x-api-key": self._api_key}).body)
            key = body["sealKey"]
            return SealTo(key["kid"], from_base64(key["publicKey"]))
        except (OSError, http.client.HTTPException, AnswerTooLarge, KeyError, TypeError, AttributeError, RecordError):
            return None

    def close(self) -> None:
        self._poster.close()


def _read(answer: Answer) -> BatchAnswer:
    body = _parse(answer.body)
    if answer.status == 200:
        return _read_results(body)
    problem = _problem_of(answer.status, body)
    if answer.status in (409, 410) and problem.code == "spool.seal_key_unknown":
        return SegmentRefused(problem)
    if answer.status >= 500 or answer.status < 400 or answer.status in _LATER:
        retry_after = parse_retry_after(answer.retry_after, time.time())
        return Later(problem, retry_after, answer.status in (401, 403))
    return Rejected(problem)


def _read_results(body: Any) -> BatchAnswer:
    results = body.get("results") if isinstance(body, dict) else None
    if not isinstance(results, list) or not all(map(_is_settled, results)):
        return Later(Problem("ghost.delivery", "the answer is not an acknowledgement"), None, False)
    checkpoint = body.get("checkpoint")
    return Results(
        [
            Settled(one["id"], one["status"], _text(one, "code"), _text(one, "message"), _text(one, "field"))
            for one in results
        ],
        checkpoint if isinstance(checkpoint, dict) else None,
    )


def _is_settled(value: Any) -> bool:
    return isinstance(value, dict) and isinstance(value.get("id"), str) and value.get("status") in _STATUSES


def _problem_of(status: int, body: Any) -> Problem:
    members = body if isinstance(body, dict) else {}
    code, detail = _text(members, "code"), _text(members, "detail")
    message = f"HTTP {status}" if detail is None else f"HTTP {status}: {detail}"
    return Problem(code or f"http.{status}", message, field=_text(members, "field"))


def _text(members: Dict[str, Any], name: str) -> Optional[str]:
    value = members.get(name)
    return value[:1000] if isinstance(value, str) else None


def _parse(body: bytes) -> Any:
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None
