"""
Ids of the decisions made inside a scope, for integrations that report them (dagster-tenet).

Whoever makes a decision calls `note` with its id in the caller's thread, where the context of the caller is. A decision that is
noted was made; whether it became a record is what `stats()` and the ledger say.
"""

from __future__ import annotations

import threading
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Iterator, List, Tuple


class Collected:
    """Counts all, keeps the first `limit` ids. Safe from any thread."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._lock = threading.Lock()
        self.ids: List[str] = []
        self.count = 0

    def add(self, decision_id: str) -> None:
        with self._lock:
            self.count += 1
            if len(self.ids) < self._limit:
                self.ids.append(decision_id)


scopes: ContextVar[Tuple[Collected, ...]] = ContextVar("tenet_ghost_collect", default=())


@contextmanager
def collect(limit: int = 1_000) -> Iterator[Collected]:
    """Scopes nest: an inner one's decisions belong to the outer one as well."""
    collected = Collected(limit)
    token = scopes.set((*scopes.get(), collected))
    try:
        yield collected
    finally:
        scopes.reset(token)


def note(decision_id: str) -> None:
    for scope in scopes.get():
        scope.add(decision_id)
