"""The two doors of the API that an agent worker knows. Failures carry the server's code, and when to come back where it said so."""

from __future__ import annotations

import http.client
import json
import math
import threading
import urllib.error
import urllib.request
from dataclasses import dataclass
from typing import Any, Dict, Iterator, Mapping, Optional, Sequence
from urllib.parse import quote, urlencode, urlsplit

from .errors import WorkerError

_REQUEST_S = 60


@dataclass(frozen=True)
class Lane:
    run_id: str
    lane: str
    repeat: int


@dataclass(frozen=True)
class BatchHeader:
    agent: str
    digest: str
    policy: Mapping[str, Any]
    max_calls: Optional[int]
    #: Ordinal up to which everything has a result once this batch is reported.
    cursor: int


class OpenBatch:
    """Blocking: lines are read in a thread."""

    def __init__(self, header: BatchHeader, response: Any) -> None:
        self.header = header
        self._response = response
        self._lock = threading.Lock()

    def lines(self) -> Iterator[str]:
        with self._lock:
            for line in self._response:
                text = line.decode("utf-8").rstrip("\n")
                if text:
                    yield text

    def close(self) -> None:
        self._response.close()


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: Any) -> None:
        return None


class Doors:
    def __init__(self, api: str, token: str) -> None:
        self._api = api.rstrip("/")
        self._headers = {"x-api-key": token}
        # No proxy of the environment comes between: the token is for the API alone.
        self._opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), _NoRedirects())

    def open(self, lane: Lane, after: int, until: int, count: int) -> OpenBatch:
        query = {"lane": lane.lane, "repeat": lane.repeat, "after": after, "until": until, "count": count}
        response = self._request(f"/api/v1/replay/{quote(lane.run_id, safe='')}/batches?{urlencode(query)}")
        first = response.readline()
        if not first:
            raise WorkerError("api.unavailable", "the batch has no header")
        return OpenBatch(_read_header(first), response)

    def post(self, lane: Lane, lines: Sequence[str]) -> Optional[str]:
        """Why nothing more may be spent, or None."""
        query = urlencode({"lane": lane.lane, "repeat": lane.repeat})
        body = ("\n".join(lines) + "\n").encode("utf-8")
        path = f"/api/v1/replay/{quote(lane.run_id, safe='')}/results?{query}"
        with self._request(path, body, {"content-type": "application/x-ndjson"}) as response:
            answer: Dict[str, Any] = json.loads(response.read())
        stop = answer.get("stop")
        return stop if isinstance(stop, str) else None

    def _request(self, path: str, body: Optional[bytes] = None, headers: Optional[Mapping[str, str]] = None) -> Any:
        request = urllib.request.Request(self._api + path, data=body, headers={**self._headers, **(headers or {})})
        try:
            return self._opener.open(request, timeout=_REQUEST_S)
        except urllib.error.HTTPError as error:
            raise _problem_of(error) from None
        except (OSError, http.client.HTTPException) as error:
            origin = urlsplit(self._api).netloc
            raise WorkerError("api.unavailable", f"{origin} did not answer") from error


def _problem_of(error: urllib.error.HTTPError) -> WorkerError:
    """The server's own code where it gives one; otherwise its status says whether another try can help."""
    problem: Dict[str, Any] = {}
    try:
        read = json.loads(error.read())
        problem = read if isinstance(read, dict) else {}
    except (ValueError, OSError, http.client.HTTPException):
        # An answer of something in between: the status is all there is.
        problem = {}
    later = error.code >= 500 or error.code in (408, 429)
    code = problem.get("code")
    if not isinstance(code, str):
        code = "api.unavailable" if later else "auth.invalid" if error.code == 401 else "input.invalid"
    detail = problem.get("detail")
    texts = {name: problem[name] for name in ("field", "expected", "got", "fix") if isinstance(problem.get(name), str)}
    message = detail if isinstance(detail, str) else f"the API answered HTTP {error.code}"
    return WorkerError(code, message, retry_after_ms=_retry_after(error.headers.get("retry-after")), **texts)


def _retry_after(value: Optional[str]) -> Optional[float]:
    try:
        seconds = float(value or "")
    except ValueError:
        return None
    return max(0.0, seconds * 1000) if math.isfinite(seconds) else None


def _read_header(line: bytes) -> BatchHeader:
    try:
        header = json.loads(line)
        if header["v"] != 1:
            raise ValueError
        limit = header["limits"]["maxCalls"]
        return BatchHeader(str(header["agent"]), str(header["digest"]), header["policy"], limit, int(header["cursor"]))
    except (ValueError, KeyError, TypeError):
        raise WorkerError(
            "input.invalid",
            "the header of the batch is not one this worker reads",
            expected="v 1",
            got=line[:200].decode("utf-8", "replace"),
        ) from None
