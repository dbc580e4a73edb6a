"""
The decision of one run. Read in two halves: `collect_said` runs the agent's mappers and keeps what they gave, on the caller;
`read_decision` makes sense of it, later in capture and at once in a replay.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from typing import Any, Callable, Dict, List, Mapping, NamedTuple, Optional, Sequence, Tuple

from ._draft import Alternative, RuleResult
from ._freeze import Frozen, freeze, freeze_texts, settle
from ._notebook import Notebook, message_of
from ._record import canonicalize
from ._snapshot import snapshot, well_formed

#: Members that say the decision where no mapper does.
_USUAL = ("outcome", "decision", "status")
_MAX_OUTCOME_CHARS = 256
#: Of the 1 MiB that a record may take on the wire.
_MAX_REASONING_CHARS = 131_072


class Fault(NamedTuple):
    #: outcome, confidence, reasons, alternatives, rules
    layer: str
    message: str


@dataclass(frozen=True)
class Mappers:
    outcome: Optional[Callable[[Any], Any]] = None
    reasons: Optional[Callable[[Any], Any]] = None
    confidence: Optional[Callable[[Any], Any]] = None
    alternatives: Optional[Callable[[Any], Any]] = None
    rules: Optional[Callable[[Any], Any]] = None


NO_MAPPERS = Mappers()


class Said:
    """What there is to be read, as it was when the run ended. Defaults on the class: most of it is seldom said."""

    outcome: Optional[str] = None
    confidence: Frozen = None
    #: In order: steps, reasons given with the decision, reasons read from the result.
    reasons: Tuple[Frozen, ...] = ()
    alternatives: Tuple[Frozen, ...] = ()
    rules: Frozen = None
    faults: Sequence[Fault] = ()
    #: Whether the record's bounds hold; a replay's row has its own.
    bounded = True


@dataclass(frozen=True)
class ReadDecision:
    #: None: the agent gave none.
    outcome: Optional[str]
    confidence: Optional[float]
    reasoning: List[str]
    alternatives: List[Alternative]
    rules: Optional[List[RuleResult]]
    #: What could not be read, each with the layer it is about.
    faults: List[Fault] = field(default_factory=list)


def collect_said(mappers: Mappers, result: Any, notebook: Notebook, mapped: bool = True) -> Said:
    said = Said()
    collect_into(said, mappers, result, notebook, mapped)
    return said


def collect_into(said: Said, mappers: Mappers, result: Any, notebook: Notebook, mapped: bool = True) -> None:
    """What the agent said by `decide` stands before what a mapper reads. `mapped`: there is a result to read."""
    if notebook.decided is not None or notebook.steps or notebook.alternatives or notebook.faults:
        _collect_noted(said, notebook)
    if not notebook.bounded:
        said.bounded = False
    if not mapped:
        return
    faults: List[Fault] = []
    if notebook.decided is None:
        outcome = _map("outcome", mappers.outcome or _usual_outcome, result, faults)
        said.outcome = outcome if type(outcome) is str else _outcome_text(outcome)
    if mappers.confidence is not None and said.confidence is None:
        confidence = _map("confidence", mappers.confidence, result, faults)
        said.confidence = None if confidence is None else freeze(confidence)
    if mappers.rules is not None and said.rules is None:
        rules = _map("rules", mappers.rules, result, faults)
        said.rules = None if rules is None else freeze(rules)
    if mappers.reasons is not None:
        said.reasons += (freeze_texts(_map("reasons", mappers.reasons, result, faults)),)
    if mappers.alternatives is not None:
        said.alternatives += (freeze(_map("alternatives", mappers.alternatives, result, faults)),)
    if faults:
        said.faults = [*said.faults, *faults]


def _collect_noted(said: Said, notebook: Notebook) -> None:
    if notebook.faults:
        said.faults = [Fault("reasons", message) for message in notebook.faults]
    if notebook.steps:
        said.reasons = (tuple(notebook.steps),)
    if notebook.alternatives:
        said.alternatives = (freeze(list(notebook.alternatives)),)
    if notebook.decided is None:
        return
    outcome, options = notebook.decided
    said.outcome = outcome if type(outcome) is str else _outcome_text(outcome)
    confidence, rules, reasoning = options.get("confidence"), options.get("rules"), options.get("reasoning")
    if confidence is not None:
        said.confidence = freeze(confidence)
    if rules is not None:
        said.rules = freeze(rules)
    if reasoning is not None:
        said.reasons += (freeze_texts(reasoning),)


def _map(layer: str, mapper: Callable[[Any], Any], result: Any, faults: List[Fault]) -> Any:
    try:
        return mapper(result)
    except Exception as error:
        faults.append(Fault(layer, f"the {layer} mapper threw: {message_of(error)}"))
        return None


def _usual_outcome(result: Any) -> Any:
    """A short text, a truth or a number is the decision itself; else the member that usually says it."""
    if result is None or _is_outcome(result):
        return result
    for name in _USUAL:
        value = result.get(name) if isinstance(result, Mapping) else getattr(result, name, None)
        if _is_outcome(value):
            return value
    return None


def _is_outcome(value: Any) -> bool:
    if isinstance(value, str):
        # A longer text that an agent returns is an answer, not an outcome.
        return len(value) <= _MAX_OUTCOME_CHARS
    return isinstance(value, (bool, int, float, enum.Enum))


def _outcome_text(value: Any) -> Optional[str]:
    if isinstance(value, enum.Enum):
        value = value.value
    if isinstance(value, str):
        return str.__str__(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        taken = snapshot(value).value
        return None if taken is None else taken if isinstance(taken, str) else canonicalize(taken)
    return None


def read_decision(said: Said) -> ReadDecision:
    faults = list(said.faults)
    outcome = None if said.outcome is None or said.outcome.strip() == "" else well_formed(said.outcome)
    confidence = None if said.confidence is None else _read_confidence(settle(said.confidence).value, faults)
    reasoning: List[str] = []
    for one in said.reasons:
        reasoning.extend(_read_texts(one, faults))
    if said.bounded:
        reasoning = _bounded(reasoning, faults)
    given: List[Any] = []
    for one in said.alternatives:
        given.extend(_as_list("alternatives", one, faults))
    alternatives = [item for i, value in enumerate(given) for item in _read_alternative(i, value, faults)]
    rules: Optional[List[RuleResult]] = None
    if said.rules is not None:
        listed = _as_list("rules", said.rules, faults)
        rules = [item for i, value in enumerate(listed) for item in _read_rule(i, value, faults)]
    return ReadDecision(outcome, confidence, reasoning, alternatives, rules, faults)


def _read_confidence(value: Any, faults: List[Fault]) -> Optional[float]:
    if value is None:
        return None
    if type(value) in (int, float):
        return value  # type: ignore[no-any-return]
    faults.append(Fault("confidence", f"confidence is a {type(value).__name__}, not a finite number"))
    return None


def _read_texts(frozen: Frozen, faults: List[Fault]) -> List[str]:
    taken = settle(frozen)
    value = taken.value
    if not taken.kept:
        faults.append(Fault("reasons", f"reasons {taken.notes[0]}"))
        return []
    if value is None:
        return []
    if isinstance(value, str):
        return [value]
    if not isinstance(value, list):
        faults.append(Fault("reasons", f"reasons are a {type(value).__name__}, not a list"))
        return []
    return [item if isinstance(item, str) else canonicalize(item) for item in value]


def _bounded(texts: List[str], faults: List[Fault]) -> List[str]:
    left = _MAX_REASONING_CHARS
    kept: List[str] = []
    for text in texts:
        left -= len(text)
        if left >= 0:
            kept.append(text)
    if len(kept) < len(texts):
        faults.append(Fault("reasons", f"{len(texts) - len(kept)} reasons found no room"))
    return kept


def _as_list(layer: str, frozen: Frozen, faults: List[Fault]) -> List[Any]:
    taken = settle(frozen)
    if not taken.kept:
        faults.append(Fault(layer, f"{layer} {taken.notes[0]}"))
    return taken.value if isinstance(taken.value, list) else []


def _text(value: Any) -> Optional[str]:
    if isinstance(value, str):
        return value
    return canonicalize(value) if type(value) in (int, float) else None


def _read_alternative(i: int, value: Any, faults: List[Fault]) -> List[Alternative]:
    """The format knows these members alone; what else an agent hangs on them stays behind."""
    members: Dict[str, Any] = value if isinstance(value, dict) else {}
    action = _text(members.get("action"))
    if not action:
        faults.append(Fault("alternatives", f"alternatives: item {i} is not one"))
        return []
    read: Alternative = {"action": action}
    target, reason, score = _text(members.get("target")), _text(members.get("reason")), members.get("score")
    if target is not None:
        read["target"] = target
    if type(score) in (int, float):
        read["score"] = score  # type: ignore[typeddict-item]
    if reason is not None:
        read["reason"] = reason
    return [read]


def _read_rule(i: int, value: Any, faults: List[Fault]) -> List[RuleResult]:
    members: Dict[str, Any] = value if isinstance(value, dict) else {}
    named, fired, detail = _text(members.get("id")), members.get("fired"), _text(members.get("detail"))
    if not named or type(fired) is not bool:
        faults.append(Fault("rules", f"rules: item {i} is not one"))
        return []
    read: RuleResult = {"id": named, "fired": fired}
    if detail is not None:
        read["detail"] = detail
    return [read]
