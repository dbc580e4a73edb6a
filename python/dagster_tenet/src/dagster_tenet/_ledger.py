"""Where decisions stand in the ledger, as metadata."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ._names import LEDGER_RANGE, LEDGER_ROOT, LEDGER_SIZE
from ._platform import Head, RecordedDecision


def ledger_metadata(decisions: Sequence[RecordedDecision], head: Head | None) -> dict[str, Any]:
    """The range is that of the indexes: other producers' entries may lie between."""
    indexes = [decision.index for decision in decisions if decision.index is not None]
    metadata: dict[str, Any] = {}
    if indexes:
        metadata[LEDGER_RANGE] = f"{min(indexes)} to {max(indexes)}"
    if head is not None:
        metadata[LEDGER_SIZE] = head.size
        metadata[LEDGER_ROOT] = head.root
    return metadata
