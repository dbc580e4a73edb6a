from __future__ import annotations

from typing import Any, Callable, Dict, Iterator, List, Optional

import pytest

from tenet_ghost._client import IdleClient, Problem
from tenet_ghost._draft import Draft
from tenet_ghost._redact import compile_redaction
from tenet_ghost._shared import shared


class Keeper(IdleClient):
    """Stands in for the configured client: builds what it is given when it is asked for, as the writer thread would."""

    tenant = "acme"
    session = "ses_test"
    tag_key: Optional[bytes] = b"k" * 32

    def __init__(self) -> None:
        super().__init__()
        self.builds: List[Callable[[], Optional[Draft]]] = []
        self.problems: List[Problem] = []
        self.refused: List[Problem] = []
        self.waited = 0

    def enqueue(self, draft: Draft, size: int = 0) -> None:
        self.builds.append(lambda: draft)

    def defer(self, build: Callable[[], Optional[Draft]], size: int = 0) -> None:
        self.builds.append(build)

    def refuse(self, problem: Problem) -> None:
        self.refused.append(problem)

    def problem(self, problem: Problem) -> None:
        self.problems.append(problem)

    def flush(self, timeout: float) -> Any:
        self.waited += 1
        return super().flush(timeout)

    @property
    def drafts(self) -> List[Any]:
        builds, self.builds = self.builds, []
        redact = compile_redaction()
        return [redact(draft) for draft in (build() for build in builds) if draft is not None]

    @property
    def record(self) -> Dict[str, Any]:
        (draft,) = self.drafts
        return draft["record"]  # type: ignore[no-any-return]


@pytest.fixture
def keeper() -> Iterator[Keeper]:
    before = shared.client
    client = Keeper()
    shared.client = client
    yield client
    shared.client = before
