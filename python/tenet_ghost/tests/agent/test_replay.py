"""The same function, answered from the tape."""

from __future__ import annotations

import asyncio
import dataclasses
import datetime
import json
import struct
from dataclasses import replace
from pathlib import Path
from typing import Any, Dict, List, Optional

import pydantic
import pytest

from tenet_ghost import ghost
from tenet_ghost._record import canonicalize
from tenet_ghost._replay import Draws, replay_agent

from .conftest import Keeper
from .replay_tools import OwnError, add, agent, lookup, ran, read_async, send
from .replaying import POLICY, SEED, item, taped

VECTORS = Path(__file__).parents[4] / "packages" / "ghost" / "vectors" / "draws.json"


@pytest.fixture(autouse=True)
def _nothing_ran() -> Any:
    ran.clear()
    yield


def test_draws_and_ids_are_those_of_the_other_sdk() -> None:
    cases = json.loads(VECTORS.read_text("utf-8"))["draws"]
    assert len(cases) == 9
    for case in cases:
        draws = Draws(case["seed"])
        numbers = [draws.random() for _ in case["numbers"]]
        assert numbers == case["numbers"]
        assert [struct.pack(">d", number).hex() for number in numbers] == case["bits"]
        assert [draws.id() for _ in case["ids"]] == case["ids"]
    with pytest.raises(TypeError):
        Draws("no")


def test_what_was_captured_replays_to_the_same_decision(keeper: Keeper) -> None:
    def body(application: Dict[str, Any]) -> Dict[str, Any]:
        here = ghost.current()
        assert here is not None
        found = lookup(application["id"])
        send(application["id"])
        at, name = here.now(), here.id()
        return {"status": "ok" if found["score"] else "no", "reasons": [f"{at} {name} {add(1, b=2)}"]}

    wrapped = agent(body, outcome="status", reasons="reasons")
    wrapped({"id": "A-1"})
    record = keeper.record
    ran.clear()
    result = replay_agent(wrapped, item(record["tape"], input=record["context"]["inputs"]), POLICY)
    assert (result["status"], result["outcome"]) == ("done", record["decision"]["outcome"])
    assert result["reasoning"] == record["reasoning"]
    assert result["calls"] == {"served": 2, "run": 1, "refused": 0, "model": 0}
    assert result["findings"] == []
    assert result["proposedActions"] == [{"name": "send", "key": "A-1", "args": ["A-1"], "effect": "irreversible"}]
    assert ran == []
    assert keeper.drafts == []


def test_recorded_errors_are_caught_as_what_they_were() -> None:
    def catches(case: Any) -> str:
        said: List[str] = []
        for key, kind in (("1", KeyError), ("2", OwnError), ("3", TimeoutError), ("4", Exception)):
            try:
                lookup(key)
            except kind as error:
                said.append(f"{type(error).__name__}:{error}")
        return " ".join(said)

    errors = [("1", "KeyError", "'k'"), ("2", "OwnError", "3"), ("3", "TimeoutError", "late"), ("4", "E_X", "odd")]
    tape = [taped("lookup", key, None, error={"code": code, "message": text}) for key, code, text in errors]
    result = replay_agent(agent(catches), item(tape), POLICY)
    assert result["outcome"] == "KeyError:'k' OwnError:3 TimeoutError:late TapedError:odd"


def test_clock_ids_and_strict_randomness_are_served() -> None:
    def draws(case: Any) -> str:
        here = ghost.current()
        assert here is not None
        return f"{here.now():.0f} {here.now():.0f} {here.id()} {here.random()}"

    values: List[Any] = [("clock", 1_800_000_000_000), ("id", "id-1"), ("random", 0.25)]
    tape = [taped(kind, kind, value, kind=kind, effect="pure", args=[]) for kind, value in values]
    fresh = replay_agent(agent(draws), item(tape), POLICY)
    assert fresh["outcome"] == f"1800000000000 1800000000001 id-1 {Draws(SEED).random()}"
    assert fresh["findings"] == ["clock: read more often than recorded"]
    strict = replay_agent(agent(draws), item(tape), replace(POLICY, randomness="strict"))
    assert str(strict["outcome"]).endswith(" 0.25")
    none = replay_agent(agent(draws), item(tape[:2]), replace(POLICY, randomness="strict"))
    assert none["refusal"]["code"] == "replay.no_tape"  # type: ignore[index]
    clock = replay_agent(agent(lambda case: ghost.current().now()), item(), POLICY)  # type: ignore[union-attr]
    assert clock["outcome"] == "1767323045679"


def test_async_agents_tools_and_time_outs() -> None:
    async def gathers(case: Any) -> int:
        return sum(await asyncio.gather(read_async(1), read_async(2)))

    tape = [taped("read_async", "[1]", 10, args=[1]), taped("read_async", "[2]", 20, args=[2])]
    assert replay_agent(agent(gathers), item(tape), POLICY)["outcome"] == "30"

    async def hangs(case: Any) -> str:
        await asyncio.sleep(30)
        return "late"

    result = replay_agent(agent(hangs), item(), replace(POLICY, timeout_ms=30))
    assert (result["status"], result["refusal"]["code"]) == ("timeout", "replay.timeout")  # type: ignore[index]

    async def waits_on_after_a_refusal(case: Any) -> str:
        try:
            await read_async(9)
        except Exception:
            await asyncio.sleep(30)
        return "late"

    result = replay_agent(agent(waits_on_after_a_refusal), item(), POLICY)
    assert result["status"] == "refused"
    assert result["durMs"] < 1_500


def test_an_agent_that_raises_or_says_nonsense_is_a_row() -> None:
    def raises(case: Any) -> str:
        raise ValueError("bad \ud800")

    assert replay_agent(agent(raises), item(), POLICY)["refusal"] == {
        "code": "replay.threw",
        "message": "the agent threw: bad \ufffd",
    }
    assert replay_agent(agent(lambda case: None), item(), POLICY)["refusal"]["code"] == "replay.no_outcome"  # type: ignore[index]
    long = replay_agent(agent(lambda case: "x", reasons=lambda r: ["y" * 70_000]), item(), POLICY)
    assert long["refusal"]["code"] == "replay.too_large"  # type: ignore[index]
    small = replay_agent(
        agent(lambda case: "x", reasons=lambda r: ["y" * 900]), item(), replace(POLICY, max_result_bytes=800)
    )
    assert (small["status"], small["refusal"]["code"]) == ("invalid", "replay.too_large")  # type: ignore[index]
    with pytest.raises(TypeError):
        replay_agent(lambda case: "x", item(), POLICY)
    for row in (long, small):
        canonicalize(row)


def test_arguments_and_answers_come_back_as_their_annotations_say() -> None:
    @dataclasses.dataclass
    class Person:
        name: str
        born: datetime.date

    class Case(pydantic.BaseModel):
        id: str
        amount: float

    @ghost.tool("person", effect="read")
    def person(name: str) -> Optional[Person]:
        raise AssertionError

    def body(case: Case, rate: float = 0.0) -> str:
        found = person(case.id)
        assert found is not None
        return f"{found.born.year} {case.amount} {rate}"

    # Annotations of a function's own scope are not to be resolved by name.
    body.__annotations__ = {"case": Case, "rate": float, "return": str}
    person.__wrapped__.__annotations__ = {"name": str, "return": Optional[Person]}  # type: ignore[attr-defined]
    Person.__annotations__ = {"name": str, "born": datetime.date}
    tape = [taped("person", '["a"]', {"name": "n", "born": "1990-01-02"}, args=["a"])]
    given = {"$args": [{"id": "a", "amount": 2}], "$kwargs": {"rate": 1}}
    result = replay_agent(agent(body), item(tape, input=given), POLICY)
    assert (result["status"], result["outcome"]) == ("done", "1990 2.0 1.0"), result


def test_nested_agents_share_the_tape_and_decide_nothing(keeper: Keeper) -> None:
    inner = agent(lambda case: ghost.decide("inner said") or lookup("x")["score"])

    def outer(case: Any) -> str:
        ghost.decide({"type": "part"}, lambda: lookup("x"))
        return f"outer {inner(1)}"

    result = replay_agent(agent(outer), item([taped("lookup", "x", {"score": 1})]), POLICY)
    assert result["outcome"] == "outer 1"
    assert keeper.drafts == []
