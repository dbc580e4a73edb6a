"""What capture needs of the configured process."""

from __future__ import annotations

import warnings
from dataclasses import dataclass, field
from typing import Any, Callable, Dict, Mapping, Optional, Protocol

from ._draft import Draft
from ._ulid import new_ulid


@dataclass(frozen=True)
class Problem:
    """What the SDK could not do. Given to `on_problem`; nothing is raised into the caller."""

    #: Stable: ghost.not_configured, ghost.queue_full, ghost.delivery, record.no_outcome … or the server's.
    code: str
    message: str
    #: Entry id where the problem is about one record.
    id: Optional[str] = None
    field: Optional[str] = None


@dataclass(frozen=True)
class FlushResult:
    #: Records neither acknowledged nor refused when the wait ended.
    pending: int


@dataclass(frozen=True)
class GhostStats:
    """Watermarks of this process. What was enqueued is acknowledged, refused, dropped, or still under way."""

    enqueued: int = 0
    #: Written to the spool: survives the death of the process.
    spooled: int = 0
    #: Synced to disk: survives the machine.
    synced: int = 0
    acknowledged: int = 0
    #: Quarantined, or without an outcome.
    refused: int = 0
    duplicates: int = 0
    dropped: int = 0
    blocked_ms: float = 0.0
    #: dir, ephemeral, bytes, segments
    spool: Mapping[str, Any] = field(default_factory=dict)
    circuit: str = "closed"
    #: code, message, at
    last_error: Optional[Mapping[str, str]] = None


class Client(Protocol):
    """All methods are safe from any thread and never raise."""

    @property
    def tenant(self) -> str: ...

    @property
    def session(self) -> str: ...

    @property
    def origin(self) -> str: ...

    @property
    def lineage(self) -> Mapping[str, Any]: ...

    @property
    def code_digest(self) -> Optional[str]: ...

    @property
    def tag_key(self) -> Optional[bytes]: ...

    @property
    def wait_seconds(self) -> Optional[float]:
        """
        None: nobody waits. Else (`ack="server"`, serverless mode) whoever captured a decision calls `flush` with it before
        the caller goes on: in a thread where the caller is a coroutine.
        """
        ...

    def new_id(self) -> str: ...

    def enqueue(self, draft: Draft, size: int = 0) -> None:
        """Takes the draft at once: nobody may change it afterwards. `size`: about how many bytes it holds on to."""
        ...

    def defer(self, build: Callable[[], Optional[Draft]], size: int = 0) -> None:
        """
        Like `enqueue`, but the draft is built by the writer thread, so that the caller pays for a snapshot alone. `build` returns
        None where it has refused the decision; what it raises becomes a problem report.
        """
        ...

    def redact(self, draft: Draft) -> Draft:
        """As the writer thread does, for what leaves the process another way: tokens of open decisions."""
        ...

    def refuse(self, problem: Problem) -> None:
        """A decision that can't become a record: reported and counted."""
        ...

    def problem(self, problem: Problem) -> None: ...

    def flush(self, timeout: float) -> FlushResult: ...

    def stats(self) -> GhostStats: ...


class IdleClient:
    """Stands in before `configure`: agents run as ever, nothing is recorded, and that is said once."""

    tenant = ""
    session = ""
    origin = "agent"
    code_digest: Optional[str] = None
    tag_key: Optional[bytes] = None
    wait_seconds: Optional[float] = None

    def __init__(self) -> None:
        self.lineage: Dict[str, Any] = {}
        self._said = False

    def _say(self, message: str) -> None:
        if self._said:
            return
        self._said = True
        warnings.warn(message, RuntimeWarning, stacklevel=2)

    def new_id(self) -> str:
        return "dec_" + new_ulid()

    def enqueue(self, draft: Draft, size: int = 0) -> None:
        self._say("ghost is not configured: decisions are not recorded")

    def defer(self, build: Callable[[], Optional[Draft]], size: int = 0) -> None:
        self._say("ghost is not configured: decisions are not recorded")

    def redact(self, draft: Draft) -> Draft:
        from ._redact import compile_redaction

        return compile_redaction()(draft)

    def refuse(self, problem: Problem) -> None:
        return None

    def problem(self, problem: Problem) -> None:
        self._say(problem.message)

    def flush(self, timeout: float) -> FlushResult:
        return FlushResult(pending=0)

    def stats(self) -> GhostStats:
        return GhostStats()


idle_client = IdleClient()
