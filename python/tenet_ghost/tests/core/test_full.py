"""When there is no room: policies, the signed drop counter, full and unusable disks."""

from __future__ import annotations

import errno
import os
import threading
import time
from pathlib import Path
from typing import Any, Callable, List

import pytest
from conftest import codes, draft
from records_api import RecordsApi, problem

from tenet_ghost._process.client import ProcessClient

Make = Callable[..., ProcessClient]


def until(condition: Callable[[], bool], seconds: float = 10) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(0.01)
    return condition()


def test_drop_newest_counts_what_it_drops_and_signs_the_count(
    api: RecordsApi, new_client: Make, problems: List[Any]
) -> None:
    client = new_client(queue_bytes=20_000)
    for n in range(3000):
        client.enqueue(draft(n), size=2000)
    assert client.flush(20).pending == 0
    client.close()
    stats = client.stats()
    assert stats.enqueued == 3000
    assert stats.acknowledged == len(api.decisions())
    assert stats.dropped > 0 and stats.acknowledged + stats.dropped == 3000
    after = new_client()
    after.start_if_left()
    assert until(lambda: bool(api.captured("closed")))
    dropped = api.captured("dropped")
    assert max(one["/capture/dropped"] for one in dropped) == stats.dropped
    assert api.captured("closed")[0]["/capture/dropped"] == stats.dropped
    assert dropped[0]["/capture/policy"] == "drop-newest"
    assert dropped[0]["/capture/since"] <= dropped[0]["/capture/until"]
    # Said now and then, not for each.
    assert 1 <= codes(problems).count("ghost.queue_full") < 10
    api.assert_chains()


def test_block_waits_and_loses_nothing(api: RecordsApi, new_client: Make) -> None:
    client = new_client(queue_bytes=20_000, full={"block": 30_000})
    for n in range(2000):
        client.enqueue(draft(n), size=2000)
    assert client.flush(20).pending == 0
    stats = client.stats()
    assert (stats.acknowledged, stats.dropped) == (2000, 0)
    assert stats.blocked_ms > 0


def test_block_gives_up_after_its_limit(api: RecordsApi, new_client: Make) -> None:
    api.behave = lambda entries: problem(503, "api.busy")
    client = new_client(queue_bytes=5_000, full={"block": 50}, spool={"max_bytes": 20_000})
    began = time.monotonic()
    for n in range(30):
        client.enqueue(draft(n), size=2000)
    assert client.stats().dropped > 0
    assert time.monotonic() - began < 25
    assert client.stats().blocked_ms >= 50


def test_a_full_spool_drops_and_goes_on_when_there_is_room(
    api: RecordsApi, new_client: Make, problems: List[Any]
) -> None:
    api.behave = lambda entries: problem(503, "api.busy")
    client = new_client(spool={"max_bytes": 200_000, "segment_bytes": 20_000})
    for n in range(200):
        client.enqueue(draft(n))
    assert until(lambda: client.stats().spooled + client.stats().dropped == 200)
    stats = client.stats()
    assert stats.dropped > 0 and stats.spool["bytes"] < 400_000
    assert "ghost.spool_full" in codes(problems)
    api.behave = lambda entries: None
    assert client.flush(20).pending == 0
    for n in range(200, 220):
        client.enqueue(draft(n))
    assert client.flush(20).pending == 0
    assert client.stats().acknowledged == stats.spooled + 20
    assert until(lambda: bool(api.captured("dropped")))
    assert api.captured("dropped")[-1]["/capture/dropped"] == stats.dropped
    api.assert_chains()


def test_a_disk_that_is_full_tears_nothing(
    api: RecordsApi, new_client: Make, problems: List[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    client = new_client()
    client.enqueue(draft(1))
    assert client.flush(10).pending == 0
    pwrite, broken = os.pwrite, {"on": True}

    def failing(fd: int, data: Any, at: int) -> int:
        if not broken["on"]:
            return pwrite(fd, data, at)
        if len(data) > 600:
            return pwrite(fd, data[:500], at)
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "pwrite", failing)
    for n in range(2, 12):
        client.enqueue(draft(n))
    assert until(lambda: client.stats().dropped == 10)
    broken["on"] = False
    client.enqueue(draft(12))
    assert client.flush(10).pending == 0
    assert [entry["id"] for entry in api.decisions()] == ["dec_1", "dec_12"]
    api.assert_chains()


def test_a_spool_that_can_not_be_written_to_is_put_elsewhere_and_that_is_said(
    api: RecordsApi, new_client: Make, problems: List[Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("not a folder")
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    client = new_client(spool={"dir": str(tmp_path / "file" / "spool")})
    client.enqueue(draft(1))
    assert client.flush(10).pending == 0
    assert "dec_1" in api.entries
    assert client.stats().spool["dir"].startswith(str(tmp_path / "tenet-spool-"))
    assert codes(problems) == ["ghost.spool"]


def test_nowhere_to_write_to_costs_the_records_and_never_the_caller(
    api: RecordsApi, new_client: Make, problems: List[Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("not a folder")
    monkeypatch.setenv("TMPDIR", str(tmp_path / "file"))
    client = new_client(spool={"dir": str(tmp_path / "file" / "spool")})
    for n in range(3):
        client.enqueue(draft(n))
    assert client.flush(5).pending == 0
    assert client.stats().refused == 3
    assert set(codes(problems)) == {"ghost.spool"}


def test_two_clients_share_a_spool(api: RecordsApi, new_client: Make) -> None:
    clients = [new_client(), new_client()]
    threads = [
        threading.Thread(target=lambda c=c, i=i: [c.enqueue(draft(i * 1000 + n)) for n in range(200)])
        for i, c in enumerate(clients)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [client.flush(10).pending for client in clients] == [0, 0]
    assert len(api.entries) == 400
    api.assert_chains()


def test_sampling_is_refused_without_a_reason_and_recorded_with_one(
    api: RecordsApi, new_client: Make, problems: List[Any]
) -> None:
    refused = new_client(sampling={"loan.approve": {"rate": 0.5}, "*": {"rate": 0.1, "reason": "all"}})
    for n in range(20):
        refused.enqueue(draft(n))
    assert refused.flush(10).pending == 0
    assert len(api.entries) == 20
    assert codes(problems) == ["ghost.sampling_refused"] * 2
    assert "can't prove" in problems[0].message
    sampled = new_client(sampling={"loan.approve": {"rate": 0.5, "reason": "too many"}})
    for n in range(100, 300):
        sampled.enqueue(draft(n))
    assert sampled.flush(10).pending == 0
    kept = len(api.entries) - 20
    assert 60 < kept < 140
    assert sampled.stats().enqueued == kept
    sampled.close()
    last = new_client()
    last.start_if_left()
    assert until(lambda: bool(api.captured("sampled")))
    said = api.captured("sampled")[0]
    assert (said["/capture/seen"], said["/capture/kept"], said["/capture/rate"]) == (200, kept, 0.5)


def test_secrets_and_pseudonyms_never_leave_the_process(api: RecordsApi, new_client: Make, tmp_path: Path) -> None:
    canary = "sk-canary0123456789abcdefghijkl"
    client = new_client(
        redact={
            "paths": ["/context/inputs/ssn"],
            "pseudonyms": {"paths": ["/context/inputs/name"], "key": "A" * 43 + "="},
        }
    )
    secret = draft(1)
    secret["record"]["context"]["inputs"] = {
        "ssn": "123-45-6789",
        "name": "Ann",
        "password": "hunter22",
        "note": canary,
    }
    client.enqueue(secret)
    assert client.flush(10).pending == 0
    inputs = api.values["dec_1"]["/context/inputs"]
    assert inputs["ssn"] == "[redacted:path]" and inputs["password"] == "[redacted:password]"
    assert inputs["name"].startswith("psn_") and inputs["note"] == "[redacted:apikey]"
    for file in (tmp_path / "spool").rglob("*"):
        data = file.read_bytes() if file.is_file() else b""
        assert not any(text in data for text in (canary.encode(), b"hunter22", b"123-45-6789"))
