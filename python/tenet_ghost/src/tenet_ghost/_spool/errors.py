from __future__ import annotations


class SpoolError(Exception):
    """What a spool's bytes refuse. `code` is stable."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
