"""A decision that takes several processes or days."""

from __future__ import annotations

import asyncio
import base64
import json
from typing import Any, Dict

from tenet_ghost import ghost
from tenet_ghost._replay import replay_agent

from .conftest import Keeper
from .replaying import POLICY, item, taped


@ghost.tool("lookup", effect="read", key=lambda case: case)
def lookup(case: str) -> Dict[str, Any]:
    return {"score": 1, "password": "hunter2"}


def read(token: str) -> Dict[str, Any]:
    return json.loads(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)))  # type: ignore[no-any-return]


def begin() -> str:
    case = ghost.open(
        agent="desk", version="1", type="claim", key="C-1", inputs={"id": "C-1"}, subject="ann", goal="settle"
    )
    case.step("looked at the file")
    case.alternative({"action": "refuse"})
    case.run(lambda: lookup("C-1"))
    return case.suspend()


def test_a_token_carries_the_decision_to_another_process_without_its_secrets(keeper: Keeper) -> None:
    token = begin()
    assert "hunter2" not in json.dumps(read(token))
    assert "ann" not in json.dumps(read(token))
    assert keeper.drafts == []
    resumed = ghost.resume(token)
    resumed.step("asked the customer")
    resumed.run(lambda: lookup("C-2"))
    decided = resumed.decide("pay", confidence=0.5)
    (draft,) = keeper.drafts
    record = draft["record"]
    assert draft["id"] == decided == read(token)["id"]
    assert draft["subject"] == read(token)["subject"]
    assert record["intent"]["goal"] == "settle"
    assert record["context"]["inputs"] == {"id": "C-1"}
    assert record["reasoning"] == ["looked at the file", "asked the customer"]
    assert record["alternatives"] == [{"action": "refuse"}]
    assert [(entry["n"], entry["key"]) for entry in record["tape"]] == [(1, "C-1"), (2, "C-2")]
    assert record["tape"][0]["result"]["password"] == "[redacted:password]"
    assert record["grade"]["grade"] == "C"
    assert record["grade"]["reasons"][0] == "made in several steps: there is no one function to re-run"


def test_deciding_twice_by_one_token_is_one_decision(keeper: Keeper) -> None:
    token = begin()
    first, second = ghost.resume(token).decide("pay"), ghost.resume(token).decide("refuse")
    assert first == second
    assert [draft["id"] for draft in keeper.drafts] == [first, first]


def test_a_function_that_resumes_says_the_decision_in_it(keeper: Keeper) -> None:
    token = begin()

    async def later(_: Any) -> str:
        lookup("C-3")
        ghost.decide("pay")
        return "done"

    assert asyncio.run(_awaited(ghost.resume(token, later))) == "done"
    assert keeper.record["decision"] == {"outcome": "pay"}
    assert ghost.resume(token, lambda case: case.decision) == read(token)["id"]
    assert keeper.drafts == []


async def _awaited(value: Any) -> Any:
    return await value


def test_a_token_that_is_none_costs_a_report_and_nothing_else(keeper: Keeper) -> None:
    for token in ("", "nonsense", base64.urlsafe_b64encode(b'{"v":2}').decode()):
        case = ghost.resume(token)
        case.step("a")
        assert case.run(lambda: 7) == 7
        assert case.decide("pay") is None
    assert [problem.code for problem in keeper.problems] == ["ghost.open"] * 3


def test_in_a_replay_nothing_is_opened_and_nothing_follows(keeper: Keeper) -> None:
    @ghost.agent(name="a", version="1")
    def opens(case: Any) -> str:
        opened = ghost.open(agent="b", version="1")
        opened.run(lambda: lookup("x"))
        assert opened.suspend() == ""
        assert ghost.effect("dec_1", action="pay") is None
        return str(opened.decide("yes"))

    result = replay_agent(opens, item([taped("lookup", "x", 1)]), POLICY)
    assert result["outcome"] == "None"
    assert keeper.drafts == []
