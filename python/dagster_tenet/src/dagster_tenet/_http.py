"""Reading doors of the platform's HTTP API."""

from __future__ import annotations

import http.client
import json
import urllib.error
import urllib.request
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

from ._errors import TenetError

_PAGE = "500"
_REQUEST_SECONDS = 20.0
_MAX_ANSWER = 64 * 1024 * 1024


class Http:
    """Values are never asked for: what is listed is that something was decided, not what."""

    def __init__(self, endpoint: str, key: str) -> None:
        self._endpoint = endpoint.rstrip("/")
        self._headers = {"x-api-key": key, "x-purpose": "dagster", "accept": "application/json"}

    def pages(self, path: str, member: str, query: dict[str, str]) -> Iterator[dict[str, Any]]:
        asked = {**query, "limit": _PAGE}
        while True:
            page = self.get(path, asked)
            yield from page[member]
            if page.get("cursor") is None:
                return
            asked["cursor"] = str(page["cursor"])

    def get(self, path: str, query: dict[str, str]) -> dict[str, Any]:
        request = urllib.request.Request(f"{self._endpoint}{path}?{urlencode(query)}", headers=self._headers)
        try:
            with urllib.request.urlopen(request, timeout=_REQUEST_SECONDS) as answer:
                content = json.loads(answer.read(_MAX_ANSWER))
        except urllib.error.HTTPError as error:
            said = error.read(2_000).decode("utf-8", "replace")
            raise TenetError(f"{self._endpoint}{path} answered {error.code}: {said}") from error
        except (OSError, ValueError, http.client.HTTPException) as error:
            raise TenetError(f"{self._endpoint} could not be asked: {error}") from error
        if not isinstance(content, dict):
            raise TenetError(f"{self._endpoint}{path} answered no object")
        return content
