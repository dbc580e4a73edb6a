from __future__ import annotations

from typing import Any, List, Mapping, Optional, Tuple

from ._snapshot import well_formed


class Notebook:
    """What an agent's code says about its decision while it runs."""

    __slots__ = ("alternatives", "decided", "steps")

    def __init__(self) -> None:
        self.steps: List[str] = []
        self.alternatives: List[Any] = []
        #: Outcome and what goes with it. Said twice, the last one stands.
        self.decided: Optional[Tuple[Any, Mapping[str, Any]]] = None

    def step(self, text: Any) -> None:
        self.steps.append(text if type(text) is str else message_of(text))

    def alternative(self, alternative: Any) -> None:
        self.alternatives.append(alternative)

    def decide(self, outcome: Any, options: Mapping[str, Any]) -> None:
        self.decided = (outcome, options)


def message_of(error: Any) -> str:
    """Of an error or anything else that has text. Never raises."""
    try:
        text = str(error)
    except Exception:
        text = f"a {type(error).__name__} without a message"
    return well_formed(text[:1000])
