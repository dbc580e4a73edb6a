"""kill -9 at random moments under load: what was spooled is neither lost nor doubled, and no gap appears."""

from __future__ import annotations

import contextlib
import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any, Callable, Dict, List

import pytest
from conftest import ROOT, SIGNER, codes, draft
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from records_api import RecordsApi, payload_of, problem

from tenet_ghost._process.client import ProcessClient
from tenet_ghost._spool.segment import read_segment

KILLS = 200 if os.environ.get("TENET_LONG") == "1" else 20
Make = Callable[..., ProcessClient]


def options_of(tmp_path: Path, endpoint: str) -> Dict[str, Any]:
    key = tmp_path / "key.pem"
    secret = Ed25519PrivateKey.from_private_bytes(b"\x11" * 32)
    key.write_bytes(secret.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return {
        "endpoint": endpoint,
        "api_key": "tnt_test",
        "tenant": "acme",
        "log": "ledger.test/acme",
        "key_file": str(key),
        "session": "ses_kill",
        "spool": {"dir": str(tmp_path / "spool"), "segment_bytes": 60_000},
        "batch": {"linger_ms": 1},
    }


def start(options: Dict[str, Any], **more: Any) -> subprocess.Popen[str]:
    script = Path(__file__).with_name("writer_process.py")
    env = {**os.environ, "PYTHONPATH": str(ROOT / "python" / "tenet_ghost" / "src")}
    command = [sys.executable, str(script), json.dumps({**options, **more})]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=env)


def spooled_ids(root: Path) -> List[str]:
    """Of every whole frame that lies in the spool."""
    ids: List[str] = []
    for file in sorted(root.glob("prd_*/*.seg")):
        data = file.read_bytes()
        if len(data) < 300:
            continue
        ids.extend(payload_of(frame.data)["id"] for frame in read_segment(data).frames)
    return ids


def segments(root: Path) -> List[Path]:
    """What lies in the spool; a folder that is emptied and removed while this looks holds nothing."""
    return [Path(folder, name) for folder, _, names in os.walk(root) for name in names if name.endswith(".seg")]


def deliver_rest(new_client: Make, root: Path) -> None:
    """The next processes of this host take over what is there."""
    for _ in range(20):
        for folder in list(root.glob("prd_*")):
            if not (folder / "lock").exists():
                # Killed while it was taken over: left alone for a minute, which has passed.
                with contextlib.suppress(FileNotFoundError):
                    os.utime(folder, (time.time() - 120, time.time() - 120))
        client = new_client()
        client.start_if_left()
        deadline = time.monotonic() + 5
        while segments(root) and time.monotonic() < deadline:
            time.sleep(0.02)
        client.close()
        if not segments(root):
            return
    raise AssertionError(f"left: {list(root.glob('prd_*/*'))}")


def test_no_spooled_record_is_lost_or_doubled(
    api: RecordsApi, new_client: Make, tmp_path: Path, problems: List[Any]
) -> None:
    rng = random.Random(4)
    flaky = {"on": False}
    api.behave = lambda entries: problem(503, "api.busy") if flaky["on"] else None
    options = options_of(tmp_path, api.endpoint)
    for kill in range(KILLS):
        flaky["on"] = rng.random() < 0.4
        writer = start(options, count=1_000_000, prefix=f"k{kill}")
        assert writer.stdout is not None and writer.stdout.readline().strip() == "0"
        time.sleep(rng.random() * 0.4)
        writer.send_signal(signal.SIGKILL)
        writer.wait()
    flaky["on"] = False
    left = spooled_ids(tmp_path / "spool")
    deliver_rest(new_client, tmp_path / "spool")
    assert set(left) <= set(api.entries)
    assert len(api.entries) > KILLS
    # A record that was in the spool and is not here would be a gap; one that was made twice would be a conflict.
    api.assert_chains()
    assert "record.conflict" not in codes(problems)


def test_a_process_that_ends_leaves_its_records_in_the_spool(api: RecordsApi, new_client: Make, tmp_path: Path) -> None:
    api.behave = lambda entries: problem(503, "api.busy")
    writer = start(options_of(tmp_path, api.endpoint), count=500, prefix="end")
    out, err = writer.communicate(timeout=30)
    assert writer.returncode == 0 and "done" in out and err == ""
    assert len(spooled_ids(tmp_path / "spool")) == 501
    api.behave = lambda entries: None
    deliver_rest(new_client, tmp_path / "spool")
    assert len(api.decisions()) == 500
    assert api.captured("closed")[0]["/capture/records"] == 500


def test_the_end_of_a_process_waits_for_the_spool_and_never_for_the_server(api: RecordsApi, tmp_path: Path) -> None:
    hanging = threading.Event()
    api.behave = lambda entries: hanging.wait(60) and None
    writer = start(options_of(tmp_path, api.endpoint), count=300, prefix="hang")
    began = time.monotonic()
    out, err = writer.communicate(timeout=40)
    hanging.set()
    assert (writer.returncode, err) == (0, "") and "done" in out
    assert time.monotonic() - began < 20
    assert len(spooled_ids(tmp_path / "spool")) == 301


def test_a_live_process_keeps_its_spool(api: RecordsApi, new_client: Make, tmp_path: Path, problems: List[Any]) -> None:
    api.behave = lambda entries: problem(503, "api.busy")
    writer = start(options_of(tmp_path, api.endpoint), count=1_000_000, pause=0.01, prefix="live")
    try:
        assert writer.stdout is not None
        writer.stdout.readline()
        client = new_client()
        client.enqueue(draft(1))
        client.flush(0.5)
        assert writer.poll() is None
        assert client.stats().spool["segments"] == 1
        assert SIGNER.key_id
    finally:
        writer.kill()
        writer.wait()


def test_a_forked_child_is_a_producer_of_its_own(api: RecordsApi, tmp_path: Path) -> None:
    script = tmp_path / "forks.py"
    script.write_text(
        """
import json, os, sys
from tenet_ghost import ghost
ghost.configure(**json.loads(sys.argv[1]))
def decide(who, count):
    for n in range(count):
        ghost.decision(agent="a", version="1", type="t", outcome="yes", key=f"{who}-{n}")
decide("before", 50)
pids = []
for child in range(3):
    pid = os.fork()
    if pid == 0:
        decide(f"child{child}", 40)
        left = ghost.flush(20)
        os._exit(0 if left.pending == 0 and ghost.stats().acknowledged == 40 else 1)
    pids.append(pid)
decide("after", 50)
import multiprocessing
worker = multiprocessing.get_context("fork").Process(target=decide, args=("worker", 30))
worker.start()
worker.join()
codes = [os.waitpid(pid, 0)[1] for pid in pids]
left = ghost.flush(20)
print(codes, worker.exitcode, left.pending, ghost.stats().acknowledged)
"""
    )
    env = {**os.environ, "PYTHONPATH": str(ROOT / "python" / "tenet_ghost" / "src")}
    options = json.dumps(options_of(tmp_path, api.endpoint))
    done = subprocess.run(
        [sys.executable, str(script), options], capture_output=True, text=True, env=env, timeout=60, check=False
    )
    assert done.stdout.strip() == "[0, 0, 0] 0 0 100", done.stderr
    # What the worker had not sent lies in the spool.
    assert 50 + 3 * 40 + 50 <= len(api.decisions()) <= 250
    producers = {entry["producer"]["id"] for entry in api.decisions()}
    assert len(producers) >= 4
    api.assert_chains()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
def test_a_worker_that_ends_past_atexit_still_closes(api: RecordsApi, new_client: Make, tmp_path: Path) -> None:
    script = tmp_path / "worker.py"
    script.write_text(
        """
import json, multiprocessing, sys
from tenet_ghost import ghost
def decide():
    ghost.decision(agent="a", version="1", type="t", outcome="yes", key="w")
ghost.configure(**json.loads(sys.argv[1]))
worker = multiprocessing.get_context("fork").Process(target=decide)
worker.start()
worker.join()
"""
    )
    env = {**os.environ, "PYTHONPATH": str(ROOT / "python" / "tenet_ghost" / "src")}
    api.behave = lambda entries: problem(503, "api.busy")
    subprocess.run([sys.executable, str(script), json.dumps(options_of(tmp_path, api.endpoint))], env=env, check=True)
    api.behave = lambda entries: None
    deliver_rest(new_client, tmp_path / "spool")
    assert len(api.decisions()) == 1 and len(api.captured("closed")) == 1
