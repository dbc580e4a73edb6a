"""What one decision leaves on the record."""

from __future__ import annotations

import asyncio
import contextvars
import dataclasses
import inspect
import threading
from typing import Any, Dict, Iterator, List

import pytest

from tenet_ghost import ghost

from .conftest import Keeper


@ghost.tool("bureau.lookup", effect="read", key=lambda case: case)
def bureau(case: str) -> Dict[str, Any]:
    return {"score": 612, "case": case}


@ghost.tool("letter.send", effect="irreversible")
def letter(to: str, text: str = "hello") -> Dict[str, bool]:
    return {"sent": True}


@ghost.agent(name="underwriter", version="4.2.0", type="loan.approve", outcome="status", reasons="reasons")
def decide(application: Dict[str, Any]) -> Dict[str, Any]:
    score = bureau(application["id"])["score"]
    letter(to=application["id"])
    return {"status": "approve" if score > 600 else "refer", "reasons": [f"the score is {score}"]}


def test_a_decision_has_its_seven_layers(keeper: Keeper) -> None:
    assert decide({"id": "A-1"}) == {"status": "approve", "reasons": ["the score is 612"]}
    (draft,) = keeper.drafts
    assert (draft["kind"], draft["type"], draft["agent"]) == ("decision", "loan.approve", "underwriter@4.2.0")
    record = draft["record"]
    assert record["intent"] == {"goal": "loan.approve", "origin": "agent", "session": "ses_test"}
    assert record["context"] == {"inputs": {"id": "A-1"}}
    assert record["reasoning"] == ["the score is 612"]
    assert record["decision"] == {"outcome": "approve"}
    assert record["provenance"] == {"agent": "underwriter", "version": "4.2.0", "sdk": "ghost-py/0.1.0"}
    assert record["grade"] == {"grade": "A", "reasons": []}
    shapes = [(e["n"], e["name"], e["effect"], e["key"], e["args"], e["result"]) for e in record["tape"]]
    assert shapes == [
        (1, "bureau.lookup", "read", "A-1", ["A-1"], {"score": 612, "case": "A-1"}),
        (2, "letter.send", "irreversible", '["A-1"]', ["A-1"], {"sent": True}),
    ]


def test_the_two_lines_of_the_readme_read_the_outcome_by_themselves(keeper: Keeper) -> None:
    @ghost.agent(name="underwriter", version="4.2.0")
    def plain(application: Any) -> Any:
        return application

    @dataclasses.dataclass
    class Answer:
        decision: str

    for value, outcome in (("yes", "yes"), (True, "true"), (1.0, "1"), ({"status": "no"}, "no"), (Answer("a"), "a")):
        plain(value)
        assert keeper.record["decision"]["outcome"] == outcome
    plain({"nothing": 1})
    assert keeper.drafts == []
    assert keeper.refused[0].code == "record.no_outcome"


def test_the_wrapper_keeps_name_signature_and_errors(keeper: Keeper) -> None:
    assert decide.__name__ == "decide"
    assert str(inspect.signature(decide)) == "(application: 'Dict[str, Any]') -> 'Dict[str, Any]'"

    @ghost.agent(name="a", version="1")
    def broken(case: str) -> str:
        bureau(case)
        raise KeyError("no such case")

    with pytest.raises(KeyError):
        broken("x")
    record = keeper.record
    assert record["decision"]["outcome"] == "error"
    assert record["reasoning"] == ["The agent failed: 'no such case'"]
    assert record["grade"]["reasons"] == ["the agent threw"]


def test_coroutines_tasks_and_threads_with_a_context_are_on_the_tape(keeper: Keeper) -> None:
    @ghost.tool("slow", effect="read")
    async def slow(n: int) -> int:
        await asyncio.sleep(0)
        assert ghost.current() is not None
        return n * 2

    @ghost.agent(name="a", version="1", outcome=str)
    async def gathers(n: int) -> int:
        found = await asyncio.gather(*(slow(i) for i in range(n)))
        loop = asyncio.get_running_loop()
        context = contextvars.copy_context()
        await loop.run_in_executor(None, context.run, bureau, "in a thread")
        thread = threading.Thread(target=contextvars.copy_context().run, args=(bureau, "another"))
        thread.start()
        thread.join()
        return sum(found)

    assert asyncio.run(gathers(3)) == 6
    tape = keeper.record["tape"]
    assert [(e["name"], e["args"]) for e in tape] == [
        ("slow", [0]),
        ("slow", [1]),
        ("slow", [2]),
        ("bureau.lookup", ["in a thread"]),
        ("bureau.lookup", ["another"]),
    ]
    assert [e["result"] for e in tape[:3]] == [0, 2, 4]


def test_two_runs_at_once_do_not_see_each_other(keeper: Keeper) -> None:
    @ghost.agent(name="a", version="1", key=lambda case: case)
    async def one(case: str) -> str:
        for _ in range(3):
            await asyncio.sleep(0)
            bureau(case)
        return case

    async def both() -> None:
        await asyncio.gather(one("x"), one("y"))

    asyncio.run(both())
    for draft in keeper.drafts:
        case = draft["record"]["decision"]["outcome"]
        assert [entry["key"] for entry in draft["record"]["tape"]] == [case] * 3


def test_generators_are_one_decision_and_leave_no_context_behind(keeper: Keeper) -> None:
    @ghost.agent(name="a", version="1")
    def streams(case: str) -> Iterator[str]:
        bureau(case)
        yield "thinking"
        assert ghost.current() is not None
        yield "approve"

    seen: List[str] = []
    for word in streams("x"):
        assert ghost.current() is None
        seen.append(word)
    assert seen == ["thinking", "approve"]
    record = keeper.record
    assert record["decision"]["outcome"] == "approve"
    assert len(record["tape"]) == 1

    for _ in streams("left early"):
        break
    assert keeper.record["decision"]["outcome"] == "thinking"

    @ghost.agent(name="a", version="1")
    async def streams_async(case: str) -> Any:
        yield "a"
        bureau(case)
        yield "b"

    async def read() -> List[str]:
        return [word async for word in streams_async("y")]

    assert asyncio.run(read()) == ["a", "b"]
    assert keeper.record["decision"]["outcome"] == "b"


def test_what_is_called_inside_a_tool_is_not_taped_except_in_a_pure_one(keeper: Keeper) -> None:
    @ghost.tool("outer", effect="read")
    def outer() -> Any:
        return bureau("inside")

    @ghost.tool("score", effect="pure")
    def pure() -> Any:
        return bureau("inside a pure one")

    @ghost.agent(name="a", version="1")
    def agent() -> str:
        outer()
        pure()
        return "ok"

    agent()
    assert [entry["name"] for entry in keeper.record["tape"]] == ["outer", "score", "bureau.lookup"]


def test_values_are_kept_as_they_were_when_the_call_was_made(keeper: Keeper) -> None:
    @ghost.agent(name="a", version="1", outcome=lambda r: r["status"], reasons="why")
    def mutates(case: Dict[str, Any]) -> Dict[str, Any]:
        found = bureau("x")
        found["score"] = 0
        case["id"] = "changed"
        letter(case["id"], text="t")
        return {"status": "ok", "why": ["a"]}

    result = mutates({"id": "first"})
    result["why"].append("later")
    record = keeper.record
    assert record["context"]["inputs"] == {"id": "first"}
    assert record["tape"][0]["result"]["score"] == 612
    assert record["reasoning"] == ["a"]


def test_clock_randomness_and_ids_are_on_the_tape(keeper: Keeper) -> None:
    @ghost.agent(name="a", version="1")
    def draws() -> str:
        here = ghost.current()
        assert here is not None
        here.step("first")
        here.alternative({"action": "refuse", "score": 0.25, "extra": object()})
        here.decide("accept", confidence=0.75, rules=[{"id": "r1", "fired": True}], reasoning=["second"])
        return f"{here.now()} {here.random()} {here.id()}"

    said = draws().split(" ")
    record = keeper.record
    assert [entry["kind"] for entry in record["tape"]] == ["clock", "random", "id"]
    assert [str(entry["result"]) for entry in record["tape"]] == said
    assert record["decision"] == {"outcome": "accept", "confidence": 0.75, "rules": [{"id": "r1", "fired": True}]}
    assert record["reasoning"] == ["first", "second"]
    assert record["alternatives"] == [{"action": "refuse", "score": 0.25}]


def test_several_decisions_in_one_run_are_linked_to_it(keeper: Keeper) -> None:
    @ghost.agent(name="a", version="1", type="batch", key=lambda: "b1")
    def batch() -> str:
        for case in ("x", "y"):
            ghost.decide(
                {"type": "row", "key": case, "inputs": {"case": case}}, lambda case=case: bureau(case) and "ok"
            )
        ghost.decide({"type": "said", "inputs": {}}, lambda: ghost.decide("told", reasoning=["because"]))
        return "done"

    batch()
    row_x, row_y, said, whole = keeper.drafts
    assert [d["type"] for d in (row_x, row_y, said, whole)] == ["row", "row", "said", "batch"]
    assert row_x["links"] == [{"rel": "parent", "id": whole["id"]}]
    assert row_x["record"]["intent"]["parent"] == whole["id"]
    assert [entry["key"] for entry in row_y["record"]["tape"]] == ["y"]
    assert [entry["key"] for entry in whole["record"]["tape"]] == ["x", "y"]
    assert said["record"]["decision"]["outcome"] == "told"
    assert said["record"]["reasoning"] == ["because"]
    assert row_x["id"] != row_y["id"]


def test_a_key_gives_the_same_id_as_the_other_sdk(keeper: Keeper) -> None:
    @ghost.agent(name="underwriter", version="1.0.0", key="id", subject="person.ssn")
    def keyed(application: Dict[str, Any]) -> str:
        return "ok"

    keyed({"id": "A-1", "person": {"ssn": "123"}})
    keyed(application={"id": "A-1", "person": {"ssn": "123"}})
    first, second = keeper.drafts
    assert first["id"] == second["id"] == "dec_" + first["id"][4:]
    assert first["subject"] == second["subject"]
    assert first["record"]["context"] == second["record"]["context"]


def test_methods_are_captured_without_their_object(keeper: Keeper) -> None:
    class Desk:
        @ghost.tool("ask", effect="read")
        def ask(self, question: str) -> str:
            return question.upper()

        @ghost.agent(name="desk", version="1")
        def decide(self, case: str) -> str:
            return self.ask(case)

    assert Desk().decide("yes") == "YES"
    record = keeper.record
    assert record["context"]["inputs"] == "yes"
    assert record["tape"][0]["args"] == ["yes"]


def test_what_surrounds_a_decision_is_told_by_run(keeper: Keeper) -> None:
    with ghost.run(session="ses_1", origin="scheduler", parent="req_1", lineage={"job": "nightly"}, constraints=["eu"]):
        decide({"id": "A-1"})
    (draft,) = keeper.drafts
    assert draft["record"]["intent"] == {
        "goal": "loan.approve",
        "origin": "scheduler",
        "session": "ses_1",
        "parent": "req_1",
        "constraints": ["eu"],
    }
    assert draft["record"]["provenance"]["lineage"] == {"job": "nightly"}
    assert draft["links"] == [{"rel": "parent", "id": "req_1"}]
    assert ghost.current() is None


def test_a_finished_decision_and_what_follows_it(keeper: Keeper) -> None:
    decision = ghost.decision(agent="old", version="1", type="loan", outcome="no", inputs={"a": 1}, reasoning=["r"])
    assert decision is not None
    ghost.effect(decision, action="letter.send", target="A-1", side_effects=["mail"])
    ghost.override(
        decision,
        by="ann",
        reason="income was proven",
        outcome="yes",
        shown_at="2026-01-01T10:00:00.000Z",
        decided_at="2026-01-01T10:01:30.500Z",
    )
    ghost.correction(decision, reason="typo", fields={"/context/inputs/a": 2})
    made, effect, override, correction = keeper.drafts
    assert made["record"]["grade"] == {"grade": "D", "reasons": ["recorded after the fact, without a tape"]}
    assert effect["links"] == override["links"] == [{"rel": "decision", "id": decision}]
    assert {f["path"]: f["value"] for f in effect["fields"]} == {
        "/effect/action": "letter.send",
        "/effect/target": "A-1",
        "/effect/result": "success",
        "/effect/sideEffects": ["mail"],
    }
    assert {f["path"]: f["value"] for f in override["fields"]}["/override/dwellMs"] == 90_500
    assert {f["path"]: f["value"] for f in correction["fields"]}["/correction/fields"] == {"/context/inputs/a": 2}


def test_serverless_callers_wait_once_for_a_run(keeper: Keeper) -> None:
    keeper.wait_seconds = 1.0
    decide({"id": "A-1"})
    assert keeper.waited == 1

    @ghost.agent(name="a", version="1")
    async def later() -> str:
        return "ok"

    asyncio.run(later())
    assert keeper.waited == 2


def test_a_result_whose_class_answers_nothing_is_still_the_callers(keeper: Keeper) -> None:
    class Meta(type):
        def __getattr__(cls, name: str) -> Any:
            raise RuntimeError(name)

    class Odd(metaclass=Meta):
        pass

    odd = Odd()

    @ghost.tool("odd", effect="read")
    def tool() -> Any:
        return odd

    @ghost.agent(name="a", version="1", outcome=lambda _: "ok")
    def agent() -> Any:
        return tool()

    assert agent() is odd
    assert keeper.record["decision"]["outcome"] == "ok"


def test_a_coroutine_that_is_thrown_away_costs_nothing(keeper: Keeper) -> None:
    @ghost.agent(name="a", version="1")
    async def waits() -> str:
        await asyncio.sleep(60)
        return "ok"

    async def abandon() -> None:
        task = asyncio.ensure_future(waits())
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(abandon())
    assert keeper.record["decision"]["outcome"] == "error"

    class Never:
        def __await__(self) -> Any:
            yield

    @ghost.agent(name="a", version="1")
    async def waits_on() -> str:
        await Never()
        return "ok"

    left = waits_on()
    contextvars.copy_context().run(left.send, None)
    left.close()
    assert ghost.current() is None
