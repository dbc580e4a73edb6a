"""The same function, answered from the tape."""

from __future__ import annotations

import asyncio
import contextlib
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
from tenet_ghost._redact import compile_redactor
from tenet_ghost._replay import Draws, ReplayOptions, replay_agent
from tenet_ghost._scope import ReplayProcess, ReplayRefusal, process

from .conftest import Keeper
from .replaying import POLICY, SEED, item, taped

VECTORS = Path(__file__).parents[4] / "packages" / "ghost" / "vectors" / "draws.json"

ran: List[str] = []


class OwnError(Exception):
    def __init__(self, a: int, b: int) -> None:
        super().__init__(a + b)


@ghost.tool("lookup", effect="read", key=lambda case: case)
def lookup(case: str) -> Dict[str, Any]:
    ran.append(f"lookup {case}")
    return {"score": 1}


@ghost.tool("send", effect="irreversible", key=lambda to: to, stub=lambda to: "stubbed")
def send(to: str) -> str:
    ran.append(f"send {to}")
    return "sent"


@ghost.tool("pay", effect="write")
def pay(amount: float) -> str:
    ran.append("pay")
    return "paid"


@ghost.tool("rate", effect="read", as_of=lambda at, pair: [pair, at])
def rate(pair: str, at: str = "now") -> Dict[str, str]:
    return {"pair": pair, "at": at}


@ghost.tool("read_async", effect="read")
async def read_async(n: int) -> int:
    raise AssertionError("not run in a replay")


@ghost.tool("sum", effect="pure")
def add(a: int, b: int) -> int:
    return a + b


def agent(fn: Any, **more: Any) -> Any:
    return ghost.agent(name="a", version="1", type="t", **more)(fn)


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


def test_calls_match_by_tool_and_key_in_any_order() -> None:
    both = agent(lambda case: f"{lookup('x')['score']} {lookup('y')['score']} {lookup('y')['score']}")
    tape = [taped("lookup", "y", {"score": 2}), taped("lookup", "x", {"score": 1})]
    result = replay_agent(both, item(tape), POLICY)
    assert result["outcome"] == "1 2 2"
    assert result["findings"] == [
        "again: lookup was called more often than recorded; the last answer was given again",
        "order: lookup came in another order than recorded",
    ]


def test_a_call_that_is_not_on_the_tape_ends_the_re_run_with_the_nearest_one() -> None:
    def swallows(case: Any) -> str:
        with contextlib.suppress(Exception):
            lookup("z")
        return "fine"

    result = replay_agent(agent(swallows), item([taped("lookup", "y", 1)]), POLICY)
    assert (result["status"], result["outcome"]) == ("refused", None)
    assert result["refusal"] == {
        "code": "replay.no_tape",
        "tool": "lookup",
        "key": "z",
        "nearest": 'call 1 with key y: /0 was "y", now "z"',
        "message": "lookup: the tape has no such call and the lane reads nothing live",
    }
    unknown = replay_agent(agent(lambda case: pay(2.5)), item([taped("lookup", "y", 1)]), POLICY)
    assert unknown["refusal"]["nearest"] == "nothing of that name was recorded; recorded: lookup"  # type: ignore[index]
    assert unknown["proposedActions"] == [{"name": "pay", "key": "[2.5]", "args": [2.5], "effect": "write"}]


def test_writes_are_proposed_and_answered_by_tape_then_stub_and_never_run() -> None:
    result = replay_agent(agent(lambda case: f"{send('a')} {send('b')}"), item([taped("send", "a", "taped")]), POLICY)
    assert result["outcome"] == "taped stubbed"
    assert [action["key"] for action in result["proposedActions"]] == ["a", "b"]
    assert ran == []
    # A version that calls a recorded write a read does not get to run or read it.
    worse = replay_agent(
        agent(lambda case: lookup("q")["score"]), item([taped("lookup", "q", {"score": 3}, effect="write")]), POLICY
    )
    assert worse["findings"] == ["effect: lookup declares read, recorded write"]
    assert worse["proposedActions"][0]["effect"] == "write"


def test_a_read_runs_live_only_where_it_is_pinned_and_joins_the_pool() -> None:
    wrapped = agent(lambda case: rate("eur")["at"])
    live = replace(POLICY, live_reads=True)
    assert replay_agent(wrapped, item(), POLICY)["status"] == "refused"
    result = replay_agent(wrapped, item(), live)
    assert result["outcome"] == "2026-01-02T03:04:05.678Z"
    (call,) = result["liveCalls"]
    assert (call["name"], call["key"], call["args"]) == ("rate", '["eur"]', ["eur"])
    assert replay_agent(wrapped, item([dict(call)]), POLICY)["outcome"] == result["outcome"]


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


def test_redaction_comes_before_matching_and_before_a_row_leaves() -> None:
    secret = "sk-" + "a1B2" * 8

    def body(case: Any) -> str:
        lookup_key(secret)
        return "ok"

    @ghost.tool("keyed", effect="read")
    def lookup_key(token: str) -> str:
        raise AssertionError

    redactor = compile_redactor()
    args, key = redactor.call([secret], "")
    assert secret not in key
    wrapped = agent(body, reasons=lambda r: [f"used {secret}"])
    result = replay_agent(
        wrapped, item([taped("keyed", key, "v", args=args)]), POLICY, ReplayOptions(redactor=redactor)
    )
    assert result["status"] == "done"
    assert secret not in json.dumps(result)


def test_a_process_that_only_replays_runs_no_tool_on_nobodys_behalf() -> None:
    process.replay = ReplayProcess()
    try:
        with pytest.raises(ReplayRefusal):
            send("a")
    finally:
        process.replay = None
    assert ran == []
