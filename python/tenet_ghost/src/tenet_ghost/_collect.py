"""
Ids of the decisions made inside a scope, for integrations that report them (dagster-tenet).

Whoever makes a decision calls `note` with what gives its id, in the caller's thread, where the context of the caller is. A decision that is
noted was made; whether it became a record is what `stats()` and the ledger say.
"""

from __future__ import annotations

import threading
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Callable, Iterator, List, Tuple, Union


class Collected:
    """Counts all, keeps the first `limit` ids. Safe from any thread."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._lock = threading.Lock()
        self.ids: List[str] = []
        self.count = 0

    def add(self, decision: Union[str, Callable[[], str]]) -> None:
        with self._lock:
            self.count += 1
            wanted = len(self.ids) < self._limit
        if wanted:
            made = decision if isinstance(decision, str) else decision()
            with self._lock:
                if len(self.ids) < self._limit:
                    self.ids.append(made)


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


def note(decision: Union[str, Callable[[], str]]) -> None:
    """Its id, or what makes it: it is made where somebody keeps it. Making one costs the caller more than the rest of a capture's end."""
    for scope in scopes.get():
        scope.add(decision)
