from __future__ import annotations


class TenetError(Exception):
    """The platform could not be asked. What to do about it is in the message."""
