from __future__ import annotations

import json
import threading
import time
from pathlib import Path
from typing import Any, Callable, List

from conftest import codes, draft
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from records_api import RecordsApi, problem

from tenet_ghost._client import Problem
from tenet_ghost._process.client import ProcessClient
from tenet_ghost._record import to_base64

Make = Callable[..., ProcessClient]


def test_records_go_through_the_spool_to_the_server(api: RecordsApi, new_client: Make, problems: List[Any]) -> None:
    client = new_client(batch={"gzip_bytes": 16_384})
    for n in range(700):
        client.enqueue(draft(n))
    assert client.flush(10).pending == 0
    stats = client.stats()
    assert (stats.enqueued, stats.spooled, stats.acknowledged, stats.dropped) == (700, 700, 700, 0)
    assert list(api.entries) == [f"dec_{n}" for n in range(700)]
    assert api.values["dec_3"]["/context/inputs"] == {"n": 3}
    assert "gzip" in api.encodings
    api.assert_chains()
    assert problems == []


def test_threads_share_one_chain(api: RecordsApi, new_client: Make) -> None:
    client = new_client()
    threads = [
        threading.Thread(target=lambda t=t: [client.enqueue(draft(t * 1000 + n)) for n in range(100)]) for t in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert client.flush(10).pending == 0
    assert len(api.entries) == 400
    api.assert_chains()


def test_of_many_first_records_one_opens_the_spool(api: RecordsApi, new_client: Make, tmp_path: Path) -> None:
    for round in range(5):
        client = new_client(spool={"dir": str(tmp_path / f"spool{round}")})
        together = threading.Barrier(8)

        def first(n: int, client: ProcessClient = client, together: threading.Barrier = together) -> None:
            together.wait()
            client.enqueue(draft(n))

        threads = [threading.Thread(target=first, args=(round * 8 + n,)) for n in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(list((tmp_path / f"spool{round}").glob("prd_*"))) == 1
        assert client.flush(10).pending == 0
    assert len(api.entries) == 40


def test_a_draft_can_be_built_by_the_writer(api: RecordsApi, new_client: Make, problems: List[Any]) -> None:
    client = new_client()
    client.defer(lambda: draft(1))
    client.defer(lambda: client.refuse(Problem("record.no_outcome", "none", "dec_2")))
    client.defer(lambda: 1 / 0)
    client.refuse(Problem("record.no_outcome", "none", "dec_4"))
    assert client.flush(10).pending == 0
    stats = client.stats()
    assert (stats.enqueued, stats.acknowledged, stats.refused) == (4, 1, 3)
    assert codes(problems).count("record.no_outcome") == 2 and "record.capture" in codes(problems)


def test_a_record_that_can_not_be_sealed_leaves_no_gap(api: RecordsApi, new_client: Make, problems: List[Any]) -> None:
    client = new_client()
    client.enqueue(draft(1))
    client.enqueue(draft(2, agent="bad\nname"))
    client.enqueue(draft(3, fields=[{"path": "/x", "value": "x" * 1_500_000}]))
    client.enqueue(draft(4))
    assert client.flush(10).pending == 0
    assert [entry["id"] for entry in api.decisions()] == ["dec_1", "dec_4"]
    assert codes(problems) == ["record.invalid", "record.too_large"]
    assert (client.stats().refused, client.stats().dropped) == (1, 1)
    api.assert_chains()


def test_a_refused_record_goes_to_quarantine_and_the_next_go_on(
    api: RecordsApi, new_client: Make, problems: List[Any], tmp_path: Path
) -> None:
    api.refuse = lambda entry: "record.signature" if entry["id"] == "dec_2" else None
    client = new_client()
    for n in range(5):
        client.enqueue(draft(n))
    assert client.flush(10).pending == 0
    assert sorted(api.entries) == ["dec_0", "dec_1", "dec_3", "dec_4"]
    stats = client.stats()
    assert (stats.acknowledged, stats.refused) == (4, 1)
    assert [(one.code, one.id, one.field) for one in problems] == [("record.signature", "dec_2", "/x")]
    (file,) = (tmp_path / "spool").glob("prd_*/quarantine.ndjson")
    kept = json.loads(file.read_text())
    assert (kept["id"], kept["code"]) == ("dec_2", "record.signature")
    client.close()
    assert file.exists()


def test_a_request_that_is_too_large_is_halved_until_the_one_is_found(
    api: RecordsApi, new_client: Make, problems: List[Any]
) -> None:
    api.behave = lambda entries: (
        problem(413, "api.too_large") if any(entry["id"] == "dec_5" for entry in entries) else None
    )
    client = new_client(batch={"linger_ms": 50})
    for n in range(16):
        client.enqueue(draft(n))
    assert client.flush(10).pending == 0
    assert len(api.entries) == 15
    assert codes(problems) == ["api.too_large"]


def test_back_pressure_is_respected(api: RecordsApi, new_client: Make, problems: List[Any]) -> None:
    asked: List[float] = []

    def behave(entries: Any) -> Any:
        asked.append(time.monotonic())
        return problem(429, "api.slow_down", **{"retry-after": "1"}) if len(asked) == 1 else None

    api.behave = behave
    client = new_client()
    client.enqueue(draft(1))
    assert client.flush(10).pending == 0
    assert asked[1] - asked[0] >= 1
    assert codes(problems) == ["api.slow_down"]


def test_garbage_is_no_acknowledgement_and_the_circuit_opens_and_closes(api: RecordsApi, new_client: Make) -> None:
    answers = iter(
        [(200, {}, b"<html>"), (200, {}, b'{"results":[]}'), (500, {}, b""), (302, {}, b"{}"), (200, {}, b"[]")]
    )
    api.behave = lambda entries: next(answers, None)
    client = new_client()
    seen = set()
    client.enqueue(draft(1))
    deadline = time.monotonic() + 15
    while client.stats().acknowledged == 0 and time.monotonic() < deadline:
        client.flush(0.02)
        seen.add(client.stats().circuit)
    assert list(api.entries) == ["dec_1"]
    assert "open" in seen and client.stats().circuit == "closed"


def test_a_key_that_is_refused_opens_the_circuit_at_once_and_keeps_the_records(
    api: RecordsApi, new_client: Make, problems: List[Any]
) -> None:
    api.behave = lambda entries: problem(401, "api.unauthorized")
    client = new_client()
    client.enqueue(draft(1))
    assert client.flush(0.5).pending == 1
    assert api.requests == 1 and client.stats().circuit == "open"
    assert client.stats().last_error["code"] == "api.unauthorized"  # type: ignore[index]


def test_a_server_that_hangs_holds_nobody_longer_than_asked(api: RecordsApi, new_client: Make) -> None:
    hanging = threading.Event()
    asked: List[int] = []

    def behave(entries: List[Any]) -> Any:
        asked.append(len(entries))
        if len(asked) == 1:
            hanging.wait(20)
        return None

    api.behave = behave
    client = new_client(batch={"linger_ms": 1, "request_timeout_ms": 400})
    client.enqueue(draft(1))
    began = time.monotonic()
    assert client.flush(0.2).pending == 1
    assert time.monotonic() - began < 5
    hanging.set()
    assert client.flush(10).pending == 0
    assert list(api.entries) == ["dec_1"] and client.stats().acknowledged == 1


def test_what_is_unsent_is_taken_over_by_the_next(api: RecordsApi, new_client: Make, tmp_path: Path) -> None:
    api.behave = lambda entries: problem(503, "api.busy")
    first = new_client()
    for n in range(20):
        first.enqueue(draft(n))
    assert first.flush(0.3).pending == 20
    first.close()
    assert first.stats().acknowledged == 0
    api.behave = lambda entries: None
    second = new_client()
    second.start_if_left()
    deadline = time.monotonic() + 10
    while list((tmp_path / "spool").iterdir()) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert len(api.decisions()) == 20
    assert api.captured("closed")[0]["/capture/records"] == 20
    api.assert_chains()
    second.close()
    assert list((tmp_path / "spool").iterdir()) == []


def test_a_clean_end_says_so_and_leaves_nothing_behind(api: RecordsApi, new_client: Make, tmp_path: Path) -> None:
    client = new_client(session="ses_x")
    client.enqueue(draft(1))
    client.flush(10)
    client.close()
    folder = next((tmp_path / "spool").iterdir())
    assert json.loads((folder / "lock").read_text())["start"] == "closed"
    last = new_client()
    last.enqueue(draft(2))
    assert last.flush(10).pending == 0
    deadline = time.monotonic() + 5
    while not api.captured("closed") and time.monotonic() < deadline:
        time.sleep(0.02)
    closed = api.captured("closed")[0]
    assert closed == {"/capture/records": 1, "/capture/dropped": 0, "/capture/session": "ses_x"}
    assert last.stats().acknowledged == 1


def test_sealed_segments_hold_nothing_readable(new_client: Make, tmp_path: Path) -> None:
    key = X25519PrivateKey.generate()
    public = key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    api = RecordsApi(seal_key=key)
    try:
        api.behave = lambda entries: problem(503, "api.busy")
        client = new_client(endpoint=api.endpoint, seal_key={"kid": "s_1", "public_key": to_base64(public)})
        for n in range(50):
            client.enqueue(draft(n))
        client.flush(0.2)
        (segment,) = (tmp_path / "spool").glob("prd_*/*.seg")
        data = segment.read_bytes()
        assert b"disclosures" not in data and b"eyJ" not in data
        api.behave = lambda entries: None
        assert client.flush(10).pending == 0
        assert len(api.entries) == 50
        assert set(api.types) == {"application/vnd.tenet.spool"}
        api.behave = lambda entries: problem(410, "spool.seal_key_unknown")
        client.enqueue(draft(50))
        assert client.flush(10).pending == 0
        assert client.stats().refused == 1
        assert list((tmp_path / "spool").glob("prd_*/quarantine-1.seg"))
        api.behave = lambda entries: None
        client.enqueue(draft(51))
        assert client.flush(10).pending == 0
        assert "dec_51" in api.entries
    finally:
        client.close()
        api.close()
