"""How calls are answered in a replay: by effect class and key, else not at all."""

from __future__ import annotations

import contextlib
import json
from dataclasses import replace
from typing import Any

import pytest

from tenet_ghost import ghost
from tenet_ghost._redact import compile_redactor
from tenet_ghost._replay import ReplayOptions, replay_agent
from tenet_ghost._scope import ReplayProcess, ReplayRefusal, process

from .replay_tools import agent, lookup, pay, ran, rate, send
from .replaying import POLICY, item, taped


@pytest.fixture(autouse=True)
def _nothing_ran() -> Any:
    ran.clear()
    yield


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
