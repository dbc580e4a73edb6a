"""Spools of processes that are gone: taken over by one, read as far as they are whole."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any, Callable, Dict, List

import pytest
from conftest import SIGNER, codes, draft
from records_api import RecordsApi, problem

from tenet_ghost._process.client import ProcessClient
from tenet_ghost._process.clock import rfc3339_now
from tenet_ghost._spool.lock import create_lock, is_dead, read_lock, release_lock, take_over, this_process
from tenet_ghost._spool.recover import orphans, recover
from tenet_ghost._spool.segment import read_segment
from tenet_ghost._spool.writer import SpoolWriter, WriterOptions

Make = Callable[..., ProcessClient]
LOG = "ledger.test/acme"


def new_writer(root: Path, producer: str = "prd_01JD0000000000000000000000", **more: Any) -> SpoolWriter:
    root.mkdir(exist_ok=True)
    given: Dict[str, Any] = {
        "root": root,
        "producer": producer,
        "log": LOG,
        "kid": SIGNER.key_id,
        "seal_to": lambda: None,
        "fsync": "never",
        "segment_bytes": 400,
        "now": rfc3339_now,
        **more,
    }
    return SpoolWriter(WriterOptions(**given))


def dead_owner() -> Dict[str, Any]:
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    return {**this_process(), "pid": gone.pid, "start": "1"}


def set_owner(folder: Path, owner: Dict[str, Any]) -> None:
    (folder / "lock").write_text(json.dumps(owner))


def take(root: Path, said: List[Any]) -> List[Any]:
    return list(orphans(root, LOG, SIGNER.key_id, this_process(), lambda code, message: said.append(code)))


def test_segments_roll_and_are_read_in_order(tmp_path: Path) -> None:
    writer = new_writer(tmp_path / "s")
    for n in range(10):
        writer.append([b"line %d " % n + b"x" * 80])
    folder = writer.folder
    assert len(folder.segments) > 2
    lines = [frame.data[:6] for segment in folder.segments for frame in segment.read(100, 10_000)]
    assert lines == [b"line %d" % n for n in range(10)]
    assert oct(os.stat(folder.path).st_mode & 0o777) == "0o700"
    assert oct(os.stat(folder.segments[0].path).st_mode & 0o777) == "0o600"
    assert writer.spooled == 10


def test_a_live_owners_folder_is_left_alone_and_a_dead_ones_is_taken_by_one(tmp_path: Path) -> None:
    root = tmp_path / "s"
    writer = new_writer(root)
    writer.append([b"line"])
    assert take(root, []) == []
    set_owner(writer.folder.path, dead_owner())
    taken: List[Any] = []
    threads = [threading.Thread(target=lambda: taken.extend(take(root, []))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(taken) == 1
    assert [frame.data for frame in taken[0].segments[0].read(9, 99)] == [b"line"]
    assert read_lock(taken[0].path / "lock") == this_process()
    assert not list(taken[0].path.glob("lock.*"))


def test_who_is_dead(tmp_path: Path) -> None:
    me = this_process()
    assert not is_dead(me, 10**9)
    assert is_dead({**me, "start": "closed"}, 0)
    assert is_dead({**me, "boot": "another"}, 0)
    assert is_dead({**me, "start": "12"}, 0)
    assert is_dead(dead_owner(), 0)
    other = {**me, "host": f"not-{socket.gethostname()}", "pid": 1}
    assert not is_dead(other, 6 * 86_400) and is_dead(other, 8 * 86_400)
    inside = {**me, "ns": "pid:[1]", "pid": 99_999_999}
    assert not is_dead(inside, 299) and is_dead(inside, 301)
    del inside["beat"]
    assert not is_dead(inside, 6 * 86_400) and is_dead(inside, 8 * 86_400)
    assert is_dead({}, 0) and is_dead({**me, "pid": "1"}, 0)
    zombie = subprocess.Popen([sys.executable, "-c", ""])
    os.waitid(os.P_PID, zombie.pid, os.WEXITED | os.WNOWAIT)
    assert is_dead({**me, "pid": zombie.pid, "start": ""}, 0)
    zombie.wait()


def test_a_folder_without_a_lock_is_left_alone_for_a_minute(tmp_path: Path) -> None:
    root = tmp_path / "s"
    writer = new_writer(root)
    writer.append([b"line"])
    (writer.folder.path / "lock").unlink()
    assert not take_over(writer.folder.path, this_process())
    os.utime(writer.folder.path, (time.time() - 61, time.time() - 61))
    assert take_over(writer.folder.path, this_process())


def test_locks_are_whole_and_made_once(tmp_path: Path) -> None:
    create_lock(tmp_path, this_process())
    with pytest.raises(FileExistsError):
        create_lock(tmp_path, this_process())
    release_lock(tmp_path, this_process())
    assert read_lock(tmp_path / "lock")["start"] == "closed"  # type: ignore[index]
    assert sorted(os.listdir(tmp_path)) == ["lock"]


def test_only_folders_of_the_same_log_and_key_are_taken(tmp_path: Path) -> None:
    root = tmp_path / "s"
    for at, (log, kid) in enumerate([("ledger.test/other", SIGNER.key_id), (LOG, "k_OTHER"), (LOG, SIGNER.key_id)]):
        writer = new_writer(root, f"prd_01JD000000000000000000000{at}", log=log, kid=kid)
        writer.append([b"line"])
        writer.close()
    assert [folder.path.name[-1] for folder in take(root, [])] == ["2"]


def test_a_short_tail_was_never_in_the_spool(tmp_path: Path) -> None:
    root, said = tmp_path / "s", []  # type: ignore[var-annotated]
    writer = new_writer(root, segment_bytes=10_000)
    writer.append([b"one", b"two", b"three"])
    segment = writer.folder.segments[0]
    whole = segment.path.read_bytes()
    for cut in range(1, 14):
        segment.path.write_bytes(whole[:-cut])
        recovered = recover(writer.folder.path, lambda code, message: said.append(code))
        kept = [frame.data for frame in recovered.segments[0].read(9, 99)]
        assert kept == [b"one", b"two"]
        assert read_segment(segment.path.read_bytes()).damage is None
    assert said == []


def test_a_segment_that_was_being_made_is_nothing(tmp_path: Path) -> None:
    root, said = tmp_path / "s", []  # type: ignore[var-annotated]
    for at, size in enumerate([0, 1, 8, 60]):
        writer = new_writer(root, f"prd_01JD000000000000000000000{at}")
        writer.append([b"line"])
        os.truncate(writer.folder.segments[0].path, size)
        set_owner(writer.folder.path, dead_owner())
    for folder in take(root, said):
        assert folder.segments == [] and folder.remove_if_empty()
    assert os.listdir(root) == [] and said == []


def test_every_flipped_byte_costs_what_comes_after_it_alone(tmp_path: Path) -> None:
    root = tmp_path / "s"
    writer = new_writer(root, segment_bytes=300)
    for n in range(6):
        writer.append([b"line %d " % n + b"x" * 20])
    first = writer.folder.segments[0].path
    rest = [(segment.path, segment.path.read_bytes()) for segment in writer.folder.segments[1:]]
    whole = first.read_bytes()
    frames = read_segment(whole).frames
    for at in range(len(whole)):
        said: List[str] = []
        first.write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
        for path, data in rest:
            path.write_bytes(data)
        recovered = recover(writer.folder.path, lambda code, message, said=said: said.append(code))
        lines = [frame.data for segment in recovered.segments for frame in segment.read(100, 10_000)]
        before = [frame.data for frame in frames if frame.end <= at]
        assert lines[: len(before)] == before and len(lines) == len(before) + 6 - len(frames)
        assert said == ["ghost.spool_damaged"]
        torn = writer.folder.path / "torn-1.bin"
        assert torn.read_bytes()
        torn.unlink()


def test_a_damaged_length_is_told_from_a_torn_tail(tmp_path: Path) -> None:
    root = tmp_path / "s"
    for lines in ([b"one", b"two"], [b"one", b"two", b"three"]):
        said: List[str] = []
        writer = new_writer(root, f"prd_01JD000000000000000000000{len(lines)}", segment_bytes=10_000)
        writer.append(lines)
        segment = writer.folder.segments[0]
        data = bytearray(segment.path.read_bytes())
        data[read_segment(bytes(data)).frames[1].offset + 1] = 7
        segment.path.write_bytes(data)
        recovered = recover(writer.folder.path, lambda code, message, said=said: said.append(code))
        assert [frame.data for frame in recovered.segments[0].read(9, 99)] == [b"one"]
        assert said == ["ghost.spool_damaged"] and b"two" in (writer.folder.path / "torn-1.bin").read_bytes()


def test_zeros_left_by_a_file_system_are_no_record(tmp_path: Path) -> None:
    root, said = tmp_path / "s", []  # type: ignore[var-annotated]
    writer = new_writer(root, segment_bytes=10_000)
    writer.append([b"one"])
    segment = writer.folder.segments[0]
    with open(segment.path, "ab") as file:
        file.write(bytes(4096))
    recovered = recover(writer.folder.path, lambda code, message: said.append(code))
    assert [frame.data for frame in recovered.segments[0].read(9, 99)] == [b"one"]
    assert said == ["ghost.spool_damaged"]


def test_what_was_answered_for_is_not_sent_again(api: RecordsApi, new_client: Make, tmp_path: Path) -> None:
    client = new_client(spool={"segment_bytes": 20_000}, batch={"max_records": 10})
    for n in range(10):
        client.enqueue(draft(n))
    assert client.flush(10).pending == 0
    api.behave = lambda entries: problem(503, "api.busy")
    for n in range(10, 20):
        client.enqueue(draft(n))
    client.flush(0.2)
    client.close()
    seen: List[str] = []
    api.behave = lambda entries: seen.extend(entry["id"] for entry in entries)
    after = new_client()
    after.start_if_left()
    deadline = time.monotonic() + 10
    while len(api.entries) < 21 and time.monotonic() < deadline:
        time.sleep(0.02)
    assert [id for id in seen if id.startswith("dec_")] == [f"dec_{n}" for n in range(10, 20)]


def test_a_spool_that_is_changed_under_a_live_process_is_given_up_and_said(
    api: RecordsApi, new_client: Make, tmp_path: Path, problems: List[Any]
) -> None:
    api.behave = lambda entries: problem(503, "api.busy")
    client = new_client()
    client.enqueue(draft(1))
    client.flush(0.2)
    (segment,) = (tmp_path / "spool").glob("prd_*/*.seg")
    data = segment.read_bytes()
    segment.write_bytes(data[:-1] + bytes([data[-1] ^ 1]))
    api.behave = lambda entries: None
    assert client.flush(10).pending == 0
    client.enqueue(draft(2))
    assert client.flush(10).pending == 0
    assert list(api.entries) == ["dec_2"]
    assert "ghost.spool_damaged" in codes(problems)
    assert client.stats().refused == 1
