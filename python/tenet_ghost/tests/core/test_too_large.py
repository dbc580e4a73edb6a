from __future__ import annotations

from typing import Any, Callable, Dict, List

import pytest
from conftest import draft
from records_api import RecordsApi

from tenet_ghost._process.client import ProcessClient

Make = Callable[..., ProcessClient]

_CALL: Dict[str, Any] = {"v": 1, "kind": "tool", "name": "t", "effect": "read", "key": "k", "args": []}


def _tape() -> List[Dict[str, Any]]:
    return [{**_CALL, "n": n, "startedMs": 0, "durMs": 0, "result": "x" * 200_000} for n in range(1, 6)]


def _big(**record: Any) -> Any:
    made = draft(1, splitInputs=["n"])
    made["record"].update(record)
    return made


_LARGE_INPUT = {"inputs": {"n": 1, "text": "x" * 1_000_000}}
_TAPE = "the tape was left out: the record was too large with it"
_INPUT = "the input was left out: the record was too large with it"
_REASONS = "reasoning and alternatives were left out: the record was too large with them"


@pytest.mark.parametrize(
    ("record", "reasons", "grade"),
    [
        ({"tape": _tape()}, [_TAPE], "C"),
        ({"context": _LARGE_INPUT}, [_INPUT], "D"),
        ({"tape": _tape(), "context": _LARGE_INPUT}, [_INPUT, _TAPE], "D"),
        ({"context": _LARGE_INPUT, "reasoning": ["x" * 1_000_000]}, [_REASONS, _INPUT], "D"),
    ],
    ids=["tape", "input", "tape and input", "input and reasons"],
)
def test_what_is_too_large_is_left_out_in_turn_and_that_is_said(
    api: RecordsApi, new_client: Make, record: Dict[str, Any], reasons: List[str], grade: str
) -> None:
    client = new_client()
    client.enqueue(_big(**record))
    client.enqueue(draft(2))
    assert client.flush(20).pending == 0
    values = api.values["dec_1"]
    assert values["/decision/outcome"] == "approve"
    assert values["/grade"] == {"grade": grade, "reasons": reasons}
    assert ("/context/inputs/n" in values) == (_INPUT not in reasons)
    api.assert_chains()


def test_a_record_that_is_too_large_without_all_of_it_is_dropped_and_counted(
    api: RecordsApi, new_client: Make, problems: List[Any]
) -> None:
    client = new_client()
    client.enqueue(_big(context=_LARGE_INPUT, decision={"outcome": "x" * 1_000_000}))
    assert client.flush(20).pending == 0
    assert ([problem.code for problem in problems], client.stats().dropped) == (["record.too_large"], 1)
