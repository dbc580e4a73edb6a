"""
Runs agent code, one decision at a time, in an empty environment behind the fence. Knows no token and no address but the lane's
model endpoint. Its parent may kill it at any moment; whatever it had not reported is run again.

One JSON object a line. In: `load` once, then `job`s; during a job only the answer to an `ask`. Out: `ready` or `invalid`, then for each
decision `at` before it and `row` after it, and `done` at the end of the job.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import threading
import time
from typing import IO, Any, Dict, FrozenSet, Optional
from urllib.parse import urlsplit

from .._notebook import message_of
from .._redact import compile_redactor
from .._replay import LanePolicy, LiveModel, Price, ReplayOptions, replay_agent
from .._replay.replay_agent import line_of
from .._replay.types import ReplayResult, empty_result
from .._scope import ReplayProcess, current_scope, process
from .direct_use import watch_direct_use
from .errors import WorkerError
from .fence import Fence
from .import_graph import import_root
from .load_agent import LoadedAgent, load_agent

_PARENT_POLL_S = 0.5


class Child:
    def __init__(self, source: IO[str], sink: IO[str]) -> None:
        self._source = source
        self._sink = sink
        self._policy: Optional[LanePolicy] = None
        self._model: Optional[LiveModel] = None
        self._endpoint: Optional[str] = None
        self._live_reads: FrozenSet[str] = frozenset()
        self._loop = asyncio.new_event_loop()
        self._retry_after_ms: Optional[float] = None
        self._redactor = compile_redactor()

    def serve(self) -> None:
        load = self._hear()
        if load is None:
            return
        try:
            loaded, fence = self._load(load)
        except WorkerError as error:
            self._tell({"t": "invalid", "code": error.code, "message": error.message})
            return
        self._tell({"t": "ready", **loaded.described()})
        while True:
            job = self._hear()
            if job is None:
                return
            self._run(job, loaded, fence)

    def _load(self, load: Dict[str, Any]) -> Any:
        process.replay = ReplayProcess()
        model = load["model"]
        if model is not None:
            price = model.get("price")
            self._model = LiveModel(model["baseURL"], model["apiKey"], None if price is None else Price(**price))
            self._endpoint = host_port_of(model["baseURL"])
        self._live_reads = frozenset(load["liveReads"])
        self._redactor = compile_redactor(load.get("redact"))
        fence = Fence(self._reachable, self._refused)
        fence.install()
        watch_direct_use(import_root(load["file"]), self._direct)
        asyncio.set_event_loop(self._loop)
        return load_agent(load["file"], load["name"]), fence

    def _reachable(self) -> FrozenSet[str]:
        policy = self._policy
        if policy is None:
            return frozenset()
        allowed = self._live_reads if policy.live_reads else frozenset()
        return allowed | {self._endpoint} if policy.model == "live" and self._endpoint is not None else allowed

    @staticmethod
    def _refused(what: str, process_started: bool) -> None:
        scope = current_scope()
        if scope is None or scope.run.mode != "replay" or (process_started and scope.inside_call):
            return
        run: Any = scope.run
        message = f"{what} was tried outside ghost.tool and ghost.openai"
        run.refuse({"code": "replay.fence", "message": message})

    @staticmethod
    def _direct(name: str) -> None:
        scope = current_scope()
        if scope is not None and scope.run.mode == "replay" and not scope.inside_call:
            run: Any = scope.run
            run.note(f"direct: {name}")

    def _run(self, job: Dict[str, Any], loaded: LoadedAgent, fence: Fence) -> None:
        policy = LanePolicy.read(job["policy"])
        for index, line in job["items"]:
            self._tell({"t": "at", "i": index})
            self._policy = policy
            fence.drop_unreachable()
            self._retry_after_ms = None
            result = self._decide(loaded, json.loads(line), policy, job["metered"])
            self._policy = None
            refusal = result["refusal"]
            row = {
                "t": "row",
                "i": index,
                "status": result["status"],
                "code": None if refusal is None else refusal["code"],
                "line": line_of(result),
                "retryAfterMs": self._retry_after_ms,
            }
            self._tell(row)
            if result["status"] == "timeout":
                # Something of that decision may still run here: the parent starts a new process for the rest.
                self._tell({"t": "tainted"})
                return
        self._tell({"t": "done"})

    def _decide(self, loaded: LoadedAgent, item: Any, policy: LanePolicy, metered: bool) -> ReplayResult:
        options = ReplayOptions(
            model=self._model,
            take_model_call=self._ask if metered else None,
            redactor=self._redactor,
            on_model_unavailable=self._unavailable,
        )
        try:
            return replay_agent(loaded.wrapped, item, policy, options, self._loop)
        except Exception as error:
            # The platform sent something that is no item: a row too, since the rest of the batch can go on.
            return empty_result(item["decision"], "failed", "replay.bad_item", message_of(error))

    def _unavailable(self, retry_after_ms: Optional[float]) -> None:
        self._retry_after_ms = retry_after_ms

    def _ask(self) -> bool:
        self._tell({"t": "ask"})
        answer = self._hear()
        return answer is not None and answer.get("ok") is True

    def _hear(self) -> Optional[Dict[str, Any]]:
        line = self._source.readline()
        return json.loads(line) if line else None

    def _tell(self, message: Dict[str, Any]) -> None:
        self._sink.write(json.dumps(message, separators=(",", ":")) + "\n")
        self._sink.flush()


def host_port_of(url: str) -> str:
    parts = urlsplit(url)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    return f"{(parts.hostname or '').lower()}:{port}"


def die_with_parent() -> None:
    """Even by SIGKILL. A thread beside agent code that may never give the main one back."""
    parent = os.getppid()

    def watch() -> None:
        pause = time.sleep
        while os.getppid() == parent:
            pause(_PARENT_POLL_S)
        os._exit(1)

    threading.Thread(target=watch, name="tenet-parent-watch", daemon=True).start()


def bound_memory(megabytes: int) -> None:
    try:
        import resource

        most = megabytes * 1_048_576
        resource.setrlimit(resource.RLIMIT_DATA, (most, most))
    except (ImportError, ValueError, OSError):
        # Not every system can: the parent's limits are then the container's.
        return


def main(read_fd: int, write_fd: int, memory_mb: int) -> None:
    die_with_parent()
    bound_memory(memory_mb)
    with os.fdopen(read_fd, "r", encoding="utf-8") as source, os.fdopen(write_fd, "w", encoding="utf-8") as sink:
        Child(source, sink).serve()
    sys.stdout.flush()
    os._exit(0)
