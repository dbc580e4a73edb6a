"""What one decision leaves on the record."""

from __future__ import annotations

import dataclasses
import inspect
from typing import Any, Dict

import pytest

from tenet_ghost import ghost

from .conftest import Keeper
from .lending import bureau, decide, letter


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
