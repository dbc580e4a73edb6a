from __future__ import annotations

from typing import Any, Dict, List, Sequence

from tenet_ghost._replay import LanePolicy, ReplayItem

SEED = "0123456789abcdef" * 4
POLICY = LanePolicy("tape", False, "fresh", 2_000, 1_000_000)


def taped(name: str, key: str, result: Any, **more: Any) -> Dict[str, Any]:
    """A taped tool call. `item` numbers the calls that have no number."""
    entry = {"v": 1, "n": 0, "kind": "tool", "name": name, "effect": "read", "key": key, "args": [key]}
    return {**entry, "result": result, "startedMs": 0, "durMs": 1, **more}


def item(tape: Sequence[Dict[str, Any]] = (), **more: Any) -> ReplayItem:
    numbered: List[Any] = [{**entry, "n": i + 1} if entry["n"] == 0 else entry for i, entry in enumerate(tape)]
    base: Any = {
        "decision": "dec_1",
        "input": {"id": "a"},
        "tape": numbered,
        "seed": SEED,
        "occurredAt": "2026-01-02T03:04:05.678Z",
    }
    return {**base, **more}  # type: ignore[typeddict-item]
