from __future__ import annotations

from typing import Optional

#: Codes of the platform that mean "later", beside what an HTTP status says.
_RETRYABLE = frozenset(
    ["agent.not_available", "api.busy", "api.rate_limited", "api.backlog", "api.unavailable", "db.unavailable",
     "temporal.unavailable", "interrupted", "internal"]
)  # fmt: skip

#: Exit codes of the platform's commands.
EXIT_USAGE = 2
EXIT_UNAVAILABLE = 5


class WorkerError(Exception):
    """`code` is one of the platform's; `fix` says what to do."""

    def __init__(
        self,
        code: str,
        message: str,
        field: Optional[str] = None,
        expected: Optional[str] = None,
        got: Optional[str] = None,
        fix: Optional[str] = None,
        retry_after_ms: Optional[float] = None,
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.details = {
            name: value
            for name, value in (("field", field), ("expected", expected), ("got", got), ("fix", fix))
            if value is not None
        }
        self.retry_after_ms = retry_after_ms

    @property
    def retryable(self) -> bool:
        return self.code in _RETRYABLE
