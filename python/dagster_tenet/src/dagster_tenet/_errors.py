from __future__ import annotations


class TenetError(Exception):
    """The platform could not be asked. What to do about it is in the message."""


class NoSuchDoor(TenetError):
    """The platform answers, and has no such address: it is of an older version."""
