"""
One child process and its jobs, one at a time. Owns the promise that every line of a job becomes a row: a child that hangs is killed and
its decision is a `timeout` row, one that dies takes its decision with it as a `failed` row, and the rest goes on in a new child.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import sys
import time
from dataclasses import dataclass, field
from typing import Any, Callable, Dict, List, Mapping, NamedTuple, Optional, Sequence, Tuple

from .._replay.replay_agent import line_of
from .._replay.types import empty_result
from .errors import WorkerError

_PACKAGE_ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
_BOOT = (
    "import sys; sys.path[0:1] = [{root!r}]; from tenet_ghost.worker.child import main; main({read}, {write}, {memory})"
)
#: The child's own timer comes first; beyond it something holds the thread.
_GRACE_S = 0.25
#: How long an agent's module may take to load.
_START_S = 60
_MAX_FRUITLESS_STARTS = 3
_LINE_BYTES = 64 * 1_048_576


@dataclass(frozen=True)
class ChildOptions:
    file: str
    name: Optional[str]
    model: Optional[Mapping[str, Any]]
    #: host:port that reads may reach while the lane allows live reads.
    live_reads: Sequence[str]
    #: The child's whole environment.
    env: Mapping[str, str]
    memory_mb: int
    #: Redaction rules of the recorded decisions; secrets alone where there are none.
    redact: Optional[Mapping[str, Any]] = None


class Row(NamedTuple):
    status: str
    code: Optional[str]
    #: A ReplayResult as JSON.
    line: str
    retry_after_ms: Optional[float] = None


@dataclass
class Job:
    lines: Sequence[str]
    policy: Mapping[str, Any]
    #: Asked before each live model call; None: unlimited.
    take_call: Optional[Callable[[], bool]]
    rows: Dict[int, Row] = field(default_factory=dict)

    @property
    def left(self) -> List[Tuple[int, str]]:
        return [(i, line) for i, line in enumerate(self.lines) if i not in self.rows]


class ReplayChild:
    def __init__(self, options: ChildOptions) -> None:
        self._options = options
        self._lock = asyncio.Lock()
        self._process: Optional[asyncio.subprocess.Process] = None
        self._reader: Optional[asyncio.StreamReader] = None
        self._transport: Optional[asyncio.BaseTransport] = None
        self._writer: Optional[asyncio.WriteTransport] = None
        #: Jobs under way or waiting.
        self.load = 0
        self.described: Dict[str, str] = {}

    @property
    def pid(self) -> Optional[int]:
        return None if self._process is None else self._process.pid

    async def start(self) -> Dict[str, str]:
        async with self._lock:
            if self._process is None:
                await self._start()
        return self.described

    async def run(self, job: Job) -> List[Row]:
        self.load += 1
        try:
            async with self._lock:
                await self._run(job)
        finally:
            self.load -= 1
        return [job.rows[i] for i in range(len(job.lines))]

    async def stop(self) -> None:
        await self._end()

    async def _run(self, job: Job) -> None:
        fruitless = 0
        while job.left:
            before = len(job.left)
            if self._process is None:
                await self._start()
            try:
                await self._converse(job)
            except BaseException:
                # Cancelled in the middle of a decision, which may take as long as it likes: the child is not kept waiting for it.
                await self._end()
                raise
            fruitless = fruitless + 1 if len(job.left) == before else 0
            if fruitless >= _MAX_FRUITLESS_STARTS:
                raise WorkerError("agent.invalid", f"the agent process ended {fruitless} times before it ran anything")

    async def _converse(self, job: Job) -> None:
        items = [[i, line] for i, line in job.left]
        self._tell({"policy": job.policy, "metered": job.take_call is not None, "items": items})
        timeout_s = float(job.policy["timeoutMs"]) / 1000
        at: Optional[int] = None
        since = time.monotonic()
        while True:
            waiting = None if at is None else max(0.0, since + timeout_s + _GRACE_S - time.monotonic())
            try:
                message = await asyncio.wait_for(self._hear(), waiting)
            except asyncio.TimeoutError:
                await self._end()
                text = f"no answer within {job.policy['timeoutMs']} ms; the process was killed"
                job.rows[_known(at)] = stand_in(
                    job.lines[_known(at)], "timeout", "replay.timeout", text, timeout_s * 1000
                )
                return
            kind = None if message is None else message["t"]
            if message is None or kind == "tainted":
                ended = await self._end()
                if message is None and at is not None:
                    text = f"the agent process ended in this decision ({ended})"
                    job.rows[at] = stand_in(job.lines[at], "failed", "replay.crashed", text)
                return
            if kind == "done":
                return
            if kind == "at":
                at, since = message["i"], time.monotonic()
            elif kind == "ask":
                self._tell({"ok": job.take_call is None or job.take_call()})
            else:
                at = None
                job.rows[message["i"]] = Row(
                    message["status"], message["code"], message["line"], message["retryAfterMs"]
                )

    async def _start(self) -> None:
        options = self._options
        child_reads, we_write = os.pipe()
        we_read, child_writes = os.pipe()
        boot = _BOOT.format(root=_PACKAGE_ROOT, read=child_reads, write=child_writes, memory=options.memory_mb)
        try:
            # Its stdout is not ours, which is for results. Sets iterate in the same order in every re-run.
            self._process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-c",
                boot,
                env={**options.env, "PYTHONHASHSEED": "0"},
                stdin=asyncio.subprocess.DEVNULL,
                stdout=sys.stderr.fileno(),
                stderr=None,
                pass_fds=(child_reads, child_writes),
                start_new_session=True,
            )
        finally:
            os.close(child_reads)
            os.close(child_writes)
        await self._listen(we_read)
        loop = asyncio.get_running_loop()
        self._writer, _ = await loop.connect_write_pipe(asyncio.BaseProtocol, os.fdopen(we_write, "wb", 0))
        self._tell(
            {
                "file": options.file,
                "name": options.name,
                "model": options.model,
                "liveReads": list(options.live_reads),
                "redact": options.redact,
            }
        )
        await self._await_ready()

    async def _listen(self, fd: int) -> None:
        reader = asyncio.StreamReader(limit=_LINE_BYTES)
        pipe = os.fdopen(fd, "rb", 0)
        loop = asyncio.get_running_loop()
        self._transport, _ = await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), pipe)
        self._reader = reader

    async def _await_ready(self) -> None:
        try:
            message = await asyncio.wait_for(self._hear(), _START_S)
        except asyncio.TimeoutError:
            await self._end()
            raise _invalid(f"the agent module did not load within {_START_S} s") from None
        except BaseException:
            await self._end()
            raise
        if message is None:
            raise _invalid(f"the agent process ended while loading ({await self._end()})")
        if message["t"] == "invalid":
            await self._end()
            raise _invalid(message["message"])
        self.described = {name: message[name] for name in ("name", "version", "type", "agent")}

    async def _hear(self) -> Optional[Dict[str, Any]]:
        reader = self._reader
        line = b"" if reader is None else await reader.readline()
        return json.loads(line) if line.endswith(b"\n") else None

    def _tell(self, message: Mapping[str, Any]) -> None:
        """To a child that is gone it says nothing: the end of what it has said follows."""
        if self._writer is not None:
            self._writer.write(json.dumps(message, separators=(",", ":")).encode("utf-8") + b"\n")

    async def _end(self) -> str:
        """Kills the child where it still runs, and says how it ended."""
        process = self._process
        if process is None:
            return "never started"
        self._process = None
        if process.returncode is None:
            try:
                # A process that has closed its pipe is about to end by itself: its own exit code says more.
                await asyncio.wait_for(process.wait(), 0.1)
            except asyncio.TimeoutError:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)
        code = await process.wait()
        for transport in (self._transport, self._writer):
            if transport is not None:
                transport.close()
        self._reader = self._transport = self._writer = None
        return f"signal {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"


def _known(at: Optional[int]) -> int:
    assert at is not None
    return at


def _invalid(message: str) -> WorkerError:
    fix = "let the module have one function wrapped by ghost.agent, and load by itself"
    return WorkerError("agent.invalid", message, field="--agent", fix=fix)


def stand_in(line: str, status: str, code: str, message: str, dur_ms: float = 0) -> Row:
    """The row of a decision whose process is gone: nothing of what it did is known."""
    decision = json.loads(line)["decision"]
    return Row(status, code, line_of(empty_result(decision, status, code, message, dur_ms)))


class ChildPool:
    """A few children of one agent; each job goes to the one with the least to do."""

    def __init__(self, options: ChildOptions, size: int) -> None:
        self._children = [ReplayChild(options) for _ in range(size)]

    @property
    def size(self) -> int:
        return len(self._children)

    @property
    def pids(self) -> List[int]:
        return [child.pid for child in self._children if child.pid is not None]

    async def start(self) -> Dict[str, str]:
        described = await asyncio.gather(*(child.start() for child in self._children))
        return described[0]

    async def run(self, job: Job) -> List[Row]:
        return await min(self._children, key=lambda child: child.load).run(job)

    async def stop(self) -> None:
        await asyncio.gather(*(child.stop() for child in self._children))
