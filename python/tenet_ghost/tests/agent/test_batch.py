"""The activity: batches from the API, rows back to it, counts to Temporal. API and model are stand-ins."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Dict, Iterator, List, Optional, Tuple

import pytest
from temporalio.exceptions import ApplicationError
from temporalio.testing import ActivityEnvironment

from tenet_ghost.worker.doors import Doors
from tenet_ghost.worker.replay_batch import create_replay_batch
from tenet_ghost.worker.replay_child import ChildOptions, ChildPool

from .replaying import item

sys.path.insert(0, str(Path(__file__).parents[1] / "support"))
from openai_stand_in import openai_stand_in

FIXTURES = Path(__file__).parent / "fixtures"
POLICY = {"model": "tape", "liveReads": False, "randomness": "fresh", "timeoutMs": 5_000, "maxResultBytes": 1_000_000}
DIGEST = "d" * 64


class Api:
    """Hands out `cases` by ordinal, at most five at once, and keeps what comes back."""

    def __init__(self, cases: List[Any], policy: Dict[str, Any], max_calls: Optional[int]) -> None:
        self.cases = cases
        self.policy = policy
        self.max_calls = max_calls
        self.rows: Dict[str, Dict[str, Any]] = {}
        self.asked: List[str] = []
        self.refuse: List[Tuple[int, Dict[str, Any]]] = []
        self.digest = DIGEST
        self.url = ""

    def batch(self, query: Dict[str, str]) -> str:
        after, until = int(query["after"]), int(query["until"])
        last = min(until, after + 5)
        header = {
            "v": 1, "runId": "run_1", "lane": "candidate", "repeat": 1, "agent": "zoo@1.0.0", "digest": self.digest,
            "policy": self.policy, "limits": {"maxCalls": self.max_calls}, "cursor": last,
        }  # fmt: skip
        lines = [json.dumps(header)]
        for n in range(after, last):
            if f"dec_{n}" not in self.rows:
                lines.append(json.dumps({**item(), "decision": f"dec_{n}", "input": self.cases[n]}))
        return "\n".join(lines) + "\n"


@contextmanager
def api_of(cases: List[Any], max_calls: Optional[int] = None, **policy: Any) -> Iterator[Api]:
    api = Api(cases, {**POLICY, **policy}, max_calls)

    class Handler(BaseHTTPRequestHandler):
        def _answer(self, status: int, text: str) -> None:
            self.send_response(status)
            self.send_header("content-length", str(len(text)))
            if status == 503:
                self.send_header("retry-after", "0")
            self.end_headers()
            self.wfile.write(text.encode())

        def do_GET(self) -> None:
            api.asked.append(self.headers["x-api-key"])
            if api.refuse:
                status, problem = api.refuse.pop(0)
                return self._answer(status, json.dumps(problem))
            query = dict(part.split("=") for part in self.path.partition("?")[2].split("&"))
            return self._answer(200, api.batch(query))

        def do_POST(self) -> None:
            lines = self.rfile.read(int(self.headers["content-length"])).decode().splitlines()
            for row in map(json.loads, lines):
                api.rows.setdefault(row["decision"], row)
            return self._answer(200, json.dumps({"stored": len(lines), "duplicates": 0, "stop": None}))

        def log_message(self, *_: Any) -> None:
            return None

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    api.url = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield api
    finally:
        server.shutdown()
        server.server_close()


def run(api: Api, file: str = "zoo.py", agent: str = "zoo@1.0.0", **more: Any) -> Dict[str, int]:
    given = {
        "contract": 1, "runId": "run_1", "lane": "candidate", "repeat": 1, "shard": 0, "after": 0,
        "until": len(api.cases), "count": 100, "deadline": "2099-01-01T00:00:00.000Z", **more.pop("given", {}),
    }  # fmt: skip
    options: Dict[str, Any] = {"name": None, "model": None, "live_reads": [], "env": {}, "memory_mb": 1024, **more}

    async def go() -> Dict[str, int]:
        pool = ChildPool(ChildOptions(file=str(FIXTURES / file), **options), 1)
        try:
            activity = create_replay_batch(Doors(api.url, "tnt_token"), pool, agent, DIGEST)
            return await ActivityEnvironment().run(activity, given)
        finally:
            await pool.stop()

    return asyncio.run(go())


def test_a_batch_is_run_to_its_end_and_every_row_is_posted_once() -> None:
    with api_of([{"do": "x"}] * 11 + [{"do": "die"}]) as api:
        api.refuse.append((503, {"code": "db.unavailable", "detail": "not now"}))
        assert run(api) == {"done": 11, "failed": 1, "refused": 0, "cursor": 12}
    assert len(api.rows) == 12
    assert api.rows["dec_11"]["refusal"]["code"] == "replay.crashed"
    assert set(api.asked) == {"tnt_token"}


def test_a_spent_budget_and_a_passed_deadline_are_planned_ends() -> None:
    with api_of([{"do": "x"}] * 3) as api:
        api.refuse.append((409, {"code": "budget.exhausted", "detail": "nothing is left"}))
        assert run(api)["cursor"] == 0
        assert run(api, given={"deadline": "2000-01-01T00:00:00.000Z"})["cursor"] == 0


@pytest.mark.parametrize(
    ("given", "digest", "code"),
    [({}, "e" * 64, "agent.digest_changed"), ({"contract": 2}, DIGEST, "input.invalid"), ({"deadline": "x"}, DIGEST, "input.invalid")],
)  # fmt: skip
def test_what_another_try_can_not_mend_is_not_retried(given: Dict[str, Any], digest: str, code: str) -> None:
    with api_of([{"do": "x"}]) as api:
        api.digest = digest
        with pytest.raises(ApplicationError) as caught:
            run(api, given=given)
    assert (caught.value.type, caught.value.non_retryable) == (code, True)


def test_a_live_lane_reaches_its_model_through_the_fence_within_its_lease() -> None:
    with openai_stand_in() as model, api_of(["a", "b", "c"], max_calls=2, model="live") as api:
        live = {"baseURL": model.url, "apiKey": "lane-key"}
        env = {"OPENAI_API_KEY": "none-in-replay", "OPENAI_BASE_URL": "http://127.0.0.1:9/v1"}
        ended = run(api, "live.py", model=live, env=env)
        # Two calls are leased with each batch: the third decision is left for the next one.
        assert (ended["done"], ended["cursor"], len(api.asked)) == (3, 3, 2)
        assert {row["outcome"] for row in api.rows.values()} == {"echo: a", "echo: b", "echo: c"}
        assert len(model.requests) == 3
        assert set(model.keys) == {"Bearer lane-key"}


def test_a_model_that_is_down_puts_its_decisions_back() -> None:
    with openai_stand_in() as model, api_of(["a"], model="live") as api:
        model.fail[:] = [429]
        live = {"baseURL": model.url, "apiKey": "k"}
        with pytest.raises(ApplicationError) as caught:
            run(api, "live.py", model=live, env={"OPENAI_API_KEY": "x"})
    assert (caught.value.type, caught.value.non_retryable) == ("replay.model_unavailable", False)
    assert caught.value.next_retry_delay is not None
    assert caught.value.next_retry_delay.total_seconds() == 2
    assert api.rows == {}


def test_a_child_ends_with_its_parent_even_in_a_loop_of_the_agent() -> None:
    code = f"""
import asyncio, json, sys
sys.path.insert(0, {str(FIXTURES.parents[2] / "src")!r})
from tenet_ghost.worker.replay_child import ChildOptions, ChildPool, Job
async def main():
    pool = ChildPool(ChildOptions({str(FIXTURES / "zoo.py")!r}, None, None, [], {{}}, 1024), 1)
    await pool.start()
    print(pool.pids[0], flush=True)
    await pool.run(Job([json.dumps({{**{item()!r}, "input": {{"do": "loop"}}}})], {{**{POLICY!r}, "timeoutMs": 60000}}, None))
asyncio.run(main())
"""
    parent = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    child = int(parent.stdout.readline())
    time.sleep(0.5)
    os.kill(parent.pid, signal.SIGKILL)
    parent.wait()
    parent.stdout.close()
    for _ in range(100):
        try:
            os.kill(child, 0)
        except ProcessLookupError:
            return
        if Path(f"/proc/{child}/stat").read_text().split(")")[1].split()[0] == "Z":
            return
        time.sleep(0.1)
    os.kill(child, signal.SIGKILL)
    raise AssertionError("the child outlived its parent")
