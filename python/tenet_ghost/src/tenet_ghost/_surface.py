"""The object that users call."""

from __future__ import annotations

from ._client import FlushResult, GhostStats
from ._shared import shared


class Ghost:
    def flush(self, timeout: float = 10.0) -> FlushResult:
        """Waits until every record was answered for, at most `timeout` seconds. Says how many still wait."""
        return shared.current_client().flush(timeout)

    def stats(self) -> GhostStats:
        return shared.current_client().stats()


ghost = Ghost()
