from __future__ import annotations

import time
from typing import Any, Callable, List

import pytest
from conftest import draft
from records_api import RecordsApi

from tenet_ghost._process.client import ProcessClient

Make = Callable[..., ProcessClient]


def test_a_paced_writer_leaves_a_burst_to_its_caller_and_catches_up_when_flushed(
    api: RecordsApi, new_client: Make, problems: List[Any]
) -> None:
    client = new_client(pace=0.05)
    for n in range(300):
        client.enqueue(draft(n))
    assert client.stats().spooled < 100
    assert client.flush(10).pending == 0
    assert list(api.entries) == [f"dec_{n}" for n in range(300)]
    api.assert_chains()
    assert problems == []


def test_few_records_wait_in_memory_however_many_come(new_client: Make) -> None:
    client = new_client(pace=0.01)
    for n in range(3_000):
        client.enqueue(draft(n))
    deadline = time.monotonic() + 20
    while client.stats().spooled < 2_400 and time.monotonic() < deadline:
        time.sleep(0.02)
    assert client.stats().spooled >= 2_400


def test_closing_writes_what_waits(new_client: Make) -> None:
    client = new_client(pace=0.01)
    for n in range(200):
        client.enqueue(draft(n))
    client.close()
    assert client.stats().spooled == 200


@pytest.mark.parametrize("pace", [0, -1, 1.5, "0.5", True])
def test_a_pace_is_a_share(new_client: Make, pace: Any) -> None:
    with pytest.raises(ValueError, match="pace"):
        new_client(pace=pace)
