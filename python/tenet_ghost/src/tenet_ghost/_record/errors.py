from __future__ import annotations

from typing import Optional


class RecordError(Exception):
    """What the record format refuses. `code` is stable ("record.jcs.duplicate_key"); never parse the message."""

    def __init__(
        self,
        code: str,
        message: str,
        at: Optional[str] = None,
        expected: Optional[str] = None,
        got: Optional[str] = None,
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.at = at
        self.expected = expected
        self.got = got
