from __future__ import annotations

from typing import Any, Mapping, Optional, Sequence, Tuple

from ._snapshot import well_formed

#: As long as one step is read in a replay.
_MAX_STEP_CHARS = 65_536
#: Of the 1 MiB that a record may take on the wire.
_MAX_CHARS = 131_072
_MAX_FAULTS = 4


class Notebook:
    """
    What an agent's code says about its decision while it runs. Takes whatever it is given and never raises.
    """

    # Defaults on the class: most decisions say nothing here, and a capture makes one of these for each.
    steps: Sequence[str] = ()
    alternatives: Sequence[Any] = ()
    #: What could not be written down.
    faults: Sequence[str] = ()
    #: Outcome and what goes with it. Said twice, the last one stands.
    decided: Optional[Tuple[Any, Mapping[str, Any]]] = None
    bounded = True
    _left = _MAX_CHARS

    def step(self, text: Any) -> None:
        try:
            said = text if type(text) is str else str(text)
        except Exception:
            return self._fault("a reasoning step that is no text was dropped")
        if self.bounded:
            if len(said) > _MAX_STEP_CHARS:
                said = said[:_MAX_STEP_CHARS]
                self._fault(f"a reasoning step was cut to {_MAX_STEP_CHARS} characters")
            self._left -= len(said)
            if self._left < 0:
                return self._fault("reasoning steps found no room")
        self.steps = _appended(self.steps, said)
        return None

    def _fault(self, what: str) -> None:
        if len(self.faults) < _MAX_FAULTS and what not in self.faults:
            self.faults = [*self.faults, what]

    def alternative(self, alternative: Any) -> None:
        self.alternatives = _appended(self.alternatives, alternative)

    def decide(self, outcome: Any, options: Mapping[str, Any]) -> None:
        self.decided = (outcome, options)


#: For reading alone.
NOTHING_NOTED = Notebook()


class ReplayNotebook(Notebook):
    """A replay takes everything, and says of what is too much that it is."""

    bounded = False


def _appended(items: Sequence[Any], item: Any) -> Sequence[Any]:
    if isinstance(items, list):
        items.append(item)
        return items
    return [item]


def message_of(error: Any) -> str:
    """Of an error or anything else that has text. Never raises."""
    try:
        text = str(error)
    except Exception:
        text = f"a {type(error).__name__} without a message"
    return well_formed(text[:1000])
