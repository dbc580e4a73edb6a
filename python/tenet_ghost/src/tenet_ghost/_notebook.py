from __future__ import annotations

from typing import Any, List, Mapping, Optional, Tuple

from ._snapshot import well_formed

#: As long as one step is read in a replay.
_MAX_STEP_CHARS = 65_536
#: Of the 1 MiB that a record may take on the wire.
_MAX_CHARS = 131_072
_MAX_FAULTS = 4


class Notebook:
    """
    What an agent's code says about its decision while it runs. Takes whatever it is given and never raises. A replay takes
    everything (`bounded` is False), and says of what is too much that it is.
    """

    __slots__ = ("_left", "alternatives", "bounded", "decided", "faults", "steps")

    def __init__(self, bounded: bool = True) -> None:
        self.bounded = bounded
        self.steps: List[str] = []
        #: What could not be written down.
        self.faults: Optional[List[str]] = None
        self._left = _MAX_CHARS
        self.alternatives: List[Any] = []
        #: Outcome and what goes with it. Said twice, the last one stands.
        self.decided: Optional[Tuple[Any, Mapping[str, Any]]] = None

    def step(self, text: Any) -> None:
        try:
            said = text if type(text) is str else str(text)
        except Exception:
            return self._fault("a reasoning step that is no text was dropped")
        if not self.bounded:
            self.steps.append(said)
            return None
        if len(said) > _MAX_STEP_CHARS:
            said = said[:_MAX_STEP_CHARS]
            self._fault(f"a reasoning step was cut to {_MAX_STEP_CHARS} characters")
        self._left -= len(said)
        if self._left < 0:
            return self._fault("reasoning steps found no room")
        self.steps.append(said)
        return None

    def _fault(self, what: str) -> None:
        if self.faults is None:
            self.faults = []
        if len(self.faults) < _MAX_FAULTS and what not in self.faults:
            self.faults.append(what)

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
