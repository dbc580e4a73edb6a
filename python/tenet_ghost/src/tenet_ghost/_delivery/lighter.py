"""What a record that is too large can do without: the decision itself is not lost."""

from __future__ import annotations

from typing import Callable, Iterator, NamedTuple, Tuple, cast

from .._draft import DecisionRecord, Draft


class _Part(NamedTuple):
    name: str
    without: Callable[[DecisionRecord], DecisionRecord]
    #: The worst grade but one that it is ("C"), or the worst.
    grade: str
    left: str
    it: str


#: In this order.
_LEFT_OUT: Tuple[_Part, ...] = (
    _Part("tape", lambda record: {**record, "tape": []}, "C", "the tape was", "it"),
    _Part("input", lambda record: {**record, "context": {"inputs": None}}, "D", "the input was", "it"),
    _Part(
        "reasons",
        lambda record: {**record, "reasoning": [], "alternatives": []},
        "D",
        "reasoning and alternatives were",
        "them",
    ),
)


def lighter(draft: Draft) -> Iterator[Draft]:
    """Ever lighter forms of the same draft, each saying what it has no more. What is no decision has none."""
    if "record" not in draft:
        return
    record = draft["record"]
    for part in _LEFT_OUT:
        if part.name == "tape" and not record["tape"]:
            continue
        grade = record["grade"]
        why = f"{part.left} left out: the record was too large with {part.it}"
        record = part.without(record)
        record["grade"] = {
            "grade": "D" if grade["grade"] == "D" else part.grade,
            "reasons": [why, *grade["reasons"]],
        }
        light = cast(Draft, {**draft, "record": record})
        if part.name != "tape":
            # Members that were to have a digest of their own went with the input.
            light.pop("splitInputs", None)
        yield light
