"""A client of the SDK that keeps what it is given."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from tenet_ghost import FlushResult, GhostStats, Problem, ghost


class FakeClient:
    tenant = "local"
    session = "ses_process"
    origin = "agent"
    code_digest = None
    tag_key = None
    wait_seconds = None

    def __init__(self) -> None:
        self.lineage: dict[str, Any] = {}
        self.drafts: list[dict[str, Any]] = []
        self.problems: list[Problem] = []
        self._lock = threading.Lock()
        self._ids = 0

    def new_id(self) -> str:
        with self._lock:
            self._ids += 1
            return f"dec_{self._ids:026d}"

    def enqueue(self, draft: Any, size: int = 0) -> None:
        with self._lock:
            self.drafts.append(draft)

    def defer(self, build: Callable[[], Any], size: int = 0) -> None:
        draft = build()
        if draft is not None:
            self.enqueue(draft)

    def refuse(self, problem: Problem) -> None:
        self.problems.append(problem)

    def problem(self, problem: Problem) -> None:
        self.problems.append(problem)

    def flush(self, timeout: float) -> FlushResult:
        return FlushResult(pending=0)

    def stats(self) -> GhostStats:
        count = len(self.drafts)
        return GhostStats(enqueued=count, spooled=count, acknowledged=count)


class Fakes:
    def __init__(self, client: FakeClient) -> None:
        self.client = client
        self._decide = ghost.agent(name="underwriter", version="1.0.0", key="key")(self._answer)

    @staticmethod
    def _answer(key: str) -> str:
        return "approve"

    def decide(self, key: str) -> str:
        return self._decide(key)

    def records(self) -> list[dict[str, Any]]:
        return [draft["record"] for draft in self.client.drafts]
