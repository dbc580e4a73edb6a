"""The wall clock names moments and decides nothing: what waits and what is due is measured by one that does not jump."""

from __future__ import annotations

import itertools
import json
import os
import time
from pathlib import Path
from typing import Any, Callable, List

import pytest
from conftest import draft
from records_api import RecordsApi

import tenet_ghost._capture
from tenet_ghost import ghost
from tenet_ghost._process.client import ProcessClient
from tenet_ghost._shared import shared
from tenet_ghost._spool.lock import is_dead, this_process

Make = Callable[..., ProcessClient]
YEAR = 365 * 86_400


def _until(true: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + 30
    while not true() and time.monotonic() < deadline:
        time.sleep(0.01)
    return true()


def test_records_arrive_whole_and_in_order_while_the_clock_jumps(
    api: RecordsApi, new_client: Make, problems: List[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    # Ten years ahead, ten years back, and so on.
    jumps = itertools.cycle([10 * YEAR, -10 * YEAR, 0])
    true_time, true_ns = time.time, time.time_ns
    monkeypatch.setattr(time, "time", lambda: true_time() + next(jumps))
    monkeypatch.setattr(time, "time_ns", lambda: true_ns() + next(jumps) * 10**9)
    client = new_client()
    for n in range(50):
        client.enqueue(draft(n))
    assert client.flush(20).pending == 0
    assert list(api.entries) == [f"dec_{n}" for n in range(50)]
    api.assert_chains()
    assert problems == []


def test_a_decision_during_which_the_clock_is_put_back_says_when_it_began_and_how_long_its_calls_took(
    api: RecordsApi, new_client: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    began = 1_800_000_000_123_000_000
    clock = [began]
    monkeypatch.setattr(tenet_ghost._capture, "_now", lambda: clock[0])
    monkeypatch.setattr(time, "time_ns", lambda: clock[0])
    client = new_client()
    monkeypatch.setattr(shared, "client", client)

    @ghost.tool("put.back", effect="read")
    def put_back() -> str:
        clock[0] -= YEAR * 10**9
        return "done"

    @ghost.agent(name="clerk", version="1", type="case")
    def decide(case: str) -> str:
        put_back()
        return "approve"

    decide("c-1")
    assert client.flush(20).pending == 0
    (entry,) = api.decisions()
    assert entry["occurred_at"] == "2027-01-15T08:00:00.123Z"
    call = api.values[entry["id"]]["/tape/0001"]
    assert call["startedMs"] >= 0 and 0 <= call["durMs"] < 60_000


def test_an_owner_here_is_judged_by_what_it_is_and_not_by_how_old_its_folder_looks() -> None:
    mine = this_process()
    assert not any(is_dead(mine, age) for age in (-10 * YEAR, 0, 10 * YEAR))
    gone = {**mine, "start": "12"}
    assert all(is_dead(gone, age) for age in (-10 * YEAR, 0, 10 * YEAR))


def test_an_owner_says_that_it_lives_as_often_as_its_lock_promises(new_client: Make, tmp_path: Path) -> None:
    client = new_client()
    client.enqueue(draft(1))
    assert client.flush(20).pending == 0
    (lock,) = (tmp_path / "spool").glob("prd_*/lock")
    assert json.loads(lock.read_text())["beat"] == 60
    os.utime(lock, (0, 0))
    # As if a quarter of a minute had passed.
    client._deliverer._beat_at = 0.0
    client._deliverer.wake()
    client.enqueue(draft(2))
    assert _until(lambda: lock.stat().st_mtime > 0)
