"""Where decisions stand in the ledger, as metadata."""

from __future__ import annotations

from typing import Any

from ._names import LEDGER_RANGE, LEDGER_ROOT, LEDGER_SIZE, QUEUED
from ._platform import Head, Platform, RecordedDecision
from ._steps import attempt


def ledger_metadata(platform: Platform, session: str) -> dict[str, Any]:
    """
    Where the session's decisions stand. The range is that of their indexes: other producers' entries may lie between. What can't be
    found out is left out.
    """
    places: list[RecordedDecision] = attempt(lambda: platform.places(session=session), [])
    head: Head | None = attempt(platform.head, None)
    indexes = [place.index for place in places if place.index is not None]
    metadata: dict[str, Any] = {}
    if indexes:
        metadata[LEDGER_RANGE] = f"{min(indexes)} to {max(indexes)}"
    if len(indexes) < len(places):
        metadata[QUEUED] = len(places) - len(indexes)
    if head is not None:
        metadata[LEDGER_SIZE] = head.size
        metadata[LEDGER_ROOT] = head.root
    return metadata
