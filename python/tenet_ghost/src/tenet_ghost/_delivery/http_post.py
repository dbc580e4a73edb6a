from __future__ import annotations

import contextlib
import http.client
import socket
from typing import Mapping, NamedTuple, Optional
from urllib.parse import urlsplit

#: An acknowledgement of 500 records is about 60 KB.
MAX_ANSWER_BYTES = 4_194_304
_STALE = (http.client.RemoteDisconnected, BrokenPipeError, ConnectionResetError, http.client.CannotSendRequest)


class Answer(NamedTuple):
    status: int
    retry_after: Optional[str]
    body: bytes


class AnswerTooLarge(Exception):
    pass


class HttpPoster:
    """One kept-alive connection to one origin. For one thread at a time."""

    def __init__(self, endpoint: str, timeout: float) -> None:
        parts = urlsplit(endpoint)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError(f"not an http(s) address: {endpoint}")
        self.origin = f"{parts.scheme}://{parts.netloc}"
        self._base = parts.path.rstrip("/")
        self.host, self._port, self._timeout = parts.hostname, parts.port, timeout
        self._secure = parts.scheme == "https"
        self._connection: Optional[http.client.HTTPConnection] = None

    def post(self, path: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """Raises OSError or http.client.HTTPException where there is no answer."""
        kept = self._connection is not None
        try:
            return self._once(path, headers, body)
        except _STALE:
            # The server had closed a connection we kept: nothing is known to be wrong with it.
            if not kept:
                raise
            return self._once(path, headers, body)

    def get(self, path: str, headers: Mapping[str, str]) -> Answer:
        return self._once(path, headers, None)

    def _once(self, path: str, headers: Mapping[str, str], body: Optional[bytes]) -> Answer:
        connection = self._connection or self._connect()
        self._connection = None
        try:
            connection.request("GET" if body is None else "POST", self._base + path, body=body, headers=dict(headers))
            response = connection.getresponse()
            text = response.read(MAX_ANSWER_BYTES + 1)
            if len(text) > MAX_ANSWER_BYTES:
                raise AnswerTooLarge("the answer is too large")
        except BaseException:
            connection.close()
            raise
        if not response.will_close and response.isclosed():
            self._connection = connection
        else:
            connection.close()
        return Answer(response.status, response.getheader("retry-after"), text)

    def _connect(self) -> http.client.HTTPConnection:
        make = http.client.HTTPSConnection if self._secure else http.client.HTTPConnection
        connection = make(self.host, self._port, timeout=self._timeout)
        connection.connect()
        if connection.sock is not None:
            # A request is written in two parts; waiting for the first one's acknowledgement costs 40 ms.
            connection.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return connection

    def close(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            with contextlib.suppress(OSError):
                connection.close()
