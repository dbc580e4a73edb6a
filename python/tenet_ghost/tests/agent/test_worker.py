"""The agent worker: what it loads, in what, and what becomes of every line of a job."""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any, Callable, Coroutine, Dict, List, Optional, TypeVar

import pytest

from tenet_ghost._record import canonicalize
from tenet_ghost.worker import WorkerError, agent_digest
from tenet_ghost.worker.args import read_args
from tenet_ghost.worker.digest import digest_files
from tenet_ghost.worker.load_agent import split_entry
from tenet_ghost.worker.replay_child import ChildOptions, ChildPool, Job, Row

from .replaying import item, taped

FIXTURES = Path(__file__).parent / "fixtures"
SRC = Path(__file__).parents[2] / "src"
POLICY = {"model": "tape", "liveReads": False, "randomness": "fresh", "timeoutMs": 1_000, "maxResultBytes": 1_000_000}
T = TypeVar("T")


def options(file: str, **more: Any) -> ChildOptions:
    base: Dict[str, Any] = {"name": None, "model": None, "live_reads": [], "env": {"GIVEN": "1"}, "memory_mb": 1024}
    return ChildOptions(file=str(FIXTURES / file), **{**base, **more})


def with_pool(child: ChildOptions, use: Callable[[ChildPool], Coroutine[Any, Any, T]], size: int = 1) -> T:
    async def run() -> T:
        pool = ChildPool(child, size)
        try:
            await pool.start()
            return await use(pool)
        finally:
            await pool.stop()

    return asyncio.run(run())


def lines(cases: List[Any], **more: Any) -> List[str]:
    return [json.dumps({**item(**more), "decision": f"dec_{i}", "input": case}) for i, case in enumerate(cases)]


def zoo(cases: List[Any], take_call: Optional[Callable[[], bool]] = None, **policy: Any) -> List[Dict[str, Any]]:
    async def use(pool: ChildPool) -> List[Row]:
        return await pool.run(Job(lines(cases), {**POLICY, **policy}, take_call))

    return [json.loads(row.line) for row in with_pool(options("zoo.py"), use)]


def test_every_line_becomes_a_row_whatever_the_agent_does() -> None:
    cases = [{"do": "x"}, {"do": "loop"}, {"do": "x"}, {"do": "die"}, {"do": "print"}, {"do": "nothing"}]
    rows = zoo(cases, timeoutMs=300)
    assert [row["decision"] for row in rows] == [f"dec_{i}" for i in range(6)]
    assert [row["status"] for row in rows] == ["done", "timeout", "done", "failed", "done", "done"]
    assert rows[1]["refusal"]["code"] == "replay.timeout"
    assert rows[3]["refusal"] == {
        "code": "replay.crashed",
        "message": "the agent process ended in this decision (exit code 7)",
    }


def test_a_hanging_async_agent_is_a_row_and_the_rest_goes_on_in_a_new_process() -> None:
    async def use(pool: ChildPool) -> List[Row]:
        return await pool.run(Job(lines(["a", "hang", "b"]), {**POLICY, "timeoutMs": 200}, None))

    rows = with_pool(options("hangs.py"), use)
    assert [row.status for row in rows] == ["done", "timeout", "done"]


def test_the_fence_refuses_connections_and_processes_also_swallowed_ones() -> None:
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        port = server.getsockname()[1]
        server.settimeout(0.05)
        rows = zoo(
            [
                {"do": "call", "url": f"http://127.0.0.1:{port}/"},
                {"do": "call quietly", "port": port},
                {"do": "call", "url": "http://example.invalid/"},
                {"do": "shell"},
                {"do": "x"},
            ]
        )
        with pytest.raises(socket.timeout):
            server.accept()
    assert [row["status"] for row in rows] == ["refused"] * 4 + ["done"]
    assert {row["refusal"]["code"] for row in rows[:4]} == {"replay.fence"}


def test_agent_code_sees_an_empty_environment_and_its_direct_use_of_the_clock_is_said(monkeypatch: Any) -> None:
    monkeypatch.setenv("TENET_AGENT_TOKEN", "tnt_secret")
    env, clock, argv = zoo([{"do": "env"}, {"do": "clock"}, {"do": "args"}])
    assert set(env["outcome"].split(",")) <= {"GIVEN", "PYTHONHASHSEED", "LC_CTYPE"}
    assert clock["findings"] == ["direct: time.time"]
    assert argv["outcome"] == "-c"


def test_the_tape_answers_in_the_child() -> None:
    async def use(pool: ChildPool) -> List[Row]:
        given = lines([{"do": "lookup"}], tape=[taped("lookup", "x", {"score": 7})])
        return await pool.run(Job(given, POLICY, None))

    (row,) = with_pool(options("zoo.py"), use)
    result = json.loads(row.line)
    assert (result["outcome"], result["calls"]["served"]) == ("7", 1)


def test_jobs_spread_over_several_children() -> None:
    async def use(pool: ChildPool) -> List[List[Row]]:
        assert len(pool.pids) == 2
        return await asyncio.gather(*(pool.run(Job(lines([{"do": "x"}] * 20), POLICY, None)) for _ in range(4)))

    assert all(len(rows) == 20 for rows in with_pool(options("zoo.py"), use, 2))


@pytest.mark.parametrize(
    ("file", "name", "said"),
    [
        ("broken.py", None, "the module failed to load: RuntimeError: no config"),
        ("two.py", None, "it has 2 wrapped functions"),
        ("two.py", "three", "three is not a function wrapped by ghost.agent"),
        ("pkg/factors.py", None, "it has no function wrapped by ghost.agent"),
    ],
)
def test_a_module_that_is_no_agent_is_said_so(file: str, name: Optional[str], said: str) -> None:
    async def never(pool: ChildPool) -> None:
        raise AssertionError

    with pytest.raises(WorkerError) as caught:
        with_pool(options(file, name=name), never)
    assert caught.value.code == "agent.invalid"
    assert said in caught.value.message


def test_the_digest_is_of_the_agents_own_files_and_the_same_in_any_folder(tmp_path: Path) -> None:
    entry = FIXTURES / "pkg" / "main.py"
    names = [name for name, _ in digest_files(str(entry))]
    assert names == ["__init__.py", "factors.py", "inner/__init__.py", "inner/deep.py", "main.py", "pyproject.toml"]
    copy = tmp_path / "elsewhere" / "pkg"
    shutil.copytree(FIXTURES / "pkg", copy, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(FIXTURES.parents[2] / "pyproject.toml", tmp_path)
    assert agent_digest(str(copy / "main.py")) == agent_digest(str(entry))
    rows = [
        [name, hashlib.sha256((tmp_path if name == "pyproject.toml" else copy).joinpath(name).read_bytes()).hexdigest()]
        for name in names
    ]
    assert hashlib.sha256(canonicalize(rows).encode()).hexdigest() == agent_digest(str(entry))
    (copy / "factors.py").write_text("FACTOR = 3\n")
    assert agent_digest(str(copy / "main.py")) != agent_digest(str(entry))
    (copy / "factors.py").write_text("FACTOR = 2\n")
    (copy / "unused.py").write_text("UNUSED = 2\n")
    assert agent_digest(str(copy / "main.py")) == agent_digest(str(entry))


def worker(*argv: str, **env: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "tenet_ghost.worker", *argv]
    kept = {"PATH": os.environ["PATH"], "PYTHONPATH": str(SRC), **env}
    return subprocess.run(command, capture_output=True, text=True, timeout=60, env=kept, check=False)


def test_describe_tells_what_an_agent_is_or_what_is_wrong_with_it() -> None:
    entry = str(FIXTURES / "pkg" / "main.py")
    told = json.loads(worker("--agent", entry, "--describe").stdout)
    described = {"name": "packed", "version": "2.0.0", "type": "pack", "agent": "packed@2.0.0"}
    assert told == {**described, "digest": agent_digest(entry)}
    assert json.loads(worker("--agent", entry, "--digest").stdout) == {"digest": agent_digest(entry)}
    named = json.loads(worker("--agent", f"{FIXTURES / 'two.py'}:two", "--describe").stdout)
    assert named["agent"] == "two@1"
    wrong = worker("--agent", str(FIXTURES / "broken.py"), "--describe")
    assert json.loads(wrong.stdout)["error"]["code"] == "agent.invalid"
    assert wrong.returncode == 2
    assert worker("--agent", entry, "--api", "http://x", "--temporal", "x:1").returncode == 2


def test_arguments_are_read_and_ours_are_not_handed_out() -> None:
    env = {"TENET_AGENT_TOKEN": "t", "OPENAI_BASE_URL": "http://m:1/v1", "A": "1"}
    base = ["--agent", "x.py", "--api", "http://a", "--temporal", "t:1"]
    args = read_args([*base, "--pass-env", "A", "--price-prompt", "2"], env)
    assert args.child.env == {"A": "1", "OPENAI_API_KEY": "none-in-replay", "OPENAI_BASE_URL": "http://m:1/v1"}
    assert args.child.model == {"baseURL": "http://m:1/v1", "apiKey": "", "price": {"prompt": 2.0, "completion": 0.0}}
    for wrong in (["--pass-env", "TENET_X"], ["--children", "0"], ["--live-read", "nowhere"], ["--nonsense"]):
        with pytest.raises(WorkerError):
            read_args([*base, *wrong], env)
    assert split_entry("a/b.py:decide") == (os.path.realpath("a/b.py"), "decide")
    assert split_entry("a.b:decide") == (os.path.realpath("a/b.py"), "decide")


def test_redaction_rules_are_checked_and_carry_the_key_of_pseudonyms(tmp_path: Path) -> None:
    env = {"TENET_AGENT_TOKEN": "t"}
    base = ["--agent", "x.py", "--api", "http://a", "--temporal", "t:1", "--redact"]
    key, rules, bad = tmp_path / "key", tmp_path / "rules.json", tmp_path / "bad.json"
    key.write_text("A" * 43 + "=\n")
    rules.write_text(json.dumps({"pseudonyms": {"paths": ["/context/inputs/name"], "keyFile": str(key)}}))
    bad.write_text(json.dumps({"paths": ["no pointer"]}))
    given = read_args([*base, str(rules)], env).child.redact
    assert given == {"pseudonyms": {"paths": ["/context/inputs/name"], "key": "A" * 43 + "="}}
    for wrong in (str(bad), str(tmp_path / "nowhere.json")):
        with pytest.raises(WorkerError):
            read_args([*base, wrong], env)
