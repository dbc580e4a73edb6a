"""
CAPTURE, "The record": A everything taped, model and prompt pinned; B a model that is not pinned, or a value that is not what the
agent saw; C the tape is incomplete; D outcome only. Reasons say what to do for a better one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Iterable, List, Optional, Sequence, Tuple

from ._draft import Grade
from ._snapshot import Snapshot
from ._tape import Tape


@dataclass(frozen=True)
class GradeInput:
    tape: Tape
    models: Sequence[Tuple[str, str]]
    untaped: Iterable[str]
    inputs: Snapshot
    has_reasoning: bool
    prompt_version: Optional[str]
    #: What could not be read from the result.
    faults: Sequence[str]
    #: Why the decision can't be re-run by itself.
    not_alone: Optional[str] = None


def grade_of(given: GradeInput) -> Grade:
    below = {"D": _outcome_only(given), "C": _incomplete(given), "B": _altered(given)}
    grade = next((name for name, reasons in below.items() if reasons), "A")
    return {"grade": grade, "reasons": [*below["D"], *below["C"], *below["B"], *given.faults]}


def _outcome_only(given: GradeInput) -> List[str]:
    if not given.inputs.kept:
        return [f"inputs {given.inputs.notes[0] if given.inputs.notes else 'not kept'}"]
    if not given.tape.entries and not given.has_reasoning:
        return ["nothing but input and outcome was captured"]
    return []


def _incomplete(given: GradeInput) -> List[str]:
    tape = given.tape
    reasons: List[str] = [] if given.not_alone is None else [given.not_alone]
    if not tape.entries:
        reasons.append("no call went through ghost: calls made elsewhere are not on the tape")
    reasons.extend(f"called {host} outside ghost.tool and ghost.openai" for host in given.untaped)
    if tape.lost > 0:
        reasons.append(f"{tape.lost} calls found no room on the tape")
    if tape.open > 0:
        reasons.append(f"{tape.open} calls had not ended when the decision was made")
    if tape.not_kept > 0:
        reasons.append("a result could not be kept")
    return reasons


def _altered(given: GradeInput) -> List[str]:
    reasons = [f"input: {note}" for note in given.inputs.notes]
    reasons.extend(given.tape.damages)
    for asked, answered in given.models:
        # A provider that answers under another name resolved an alias; it may resolve it to another model tomorrow.
        if asked != answered:
            reasons.append(f"model not pinned: asked for {asked or 'none'}, answered by {answered or 'an unnamed one'}")
    if given.models and given.prompt_version is None:
        reasons.append("prompt not pinned: no promptVersion was given")
    return reasons
