"""
Serves one agent version: an activity-only Temporal worker that knows the API, Temporal and its token, and runs the agent's code in
child processes that know none of them. Says on stdout, once, that it is ready.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import signal
from datetime import timedelta
from typing import Any

from .args import WorkerArgs
from .digest import agent_digest
from .doors import Doors
from .errors import WorkerError
from .replay_child import ChildPool

#: Several gates at once; a waiting batch holds a few hundred KB. A batch is taken at once and waits here, heartbeating: one left on the
#: queue would read as "no worker came".
_BATCHES_AT_ONCE = 64
_PARENT_POLL_S = 0.5
_PART = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


def agent_queue(tenant: str, agent: str, digest: str) -> str:
    """Task queue of one agent version: activities can't be pinned to a version otherwise."""
    name = agent.split("@", 1)[0]
    if not _PART.fullmatch(tenant):
        raise WorkerError("input.invalid", "no task queue can be named after this tenant", field="/tenant", got=tenant)
    if not _NAME.fullmatch(name):
        raise WorkerError("input.invalid", "no task queue can be named after this agent", field="/agent", got=agent)
    return f"agent.{tenant}.{name}.{digest[:16]}"


async def describe(args: WorkerArgs) -> Any:
    """What an agent module is, found out where it may do nothing: its code is loaded in a fenced child that is then ended."""
    digest = agent_digest(args.child.file)
    pool = ChildPool(args.child, 1)
    try:
        return {**await pool.start(), "digest": digest}
    finally:
        await pool.stop()


async def serve(args: WorkerArgs) -> None:
    try:
        from temporalio.client import Client
        from temporalio.worker import Worker

        from .replay_batch import create_replay_batch
    except ImportError as error:
        raise WorkerError(
            "usage.invalid", f"the Temporal client is missing: {error}", fix='pip install "tenet-ghost[worker]"'
        ) from None
    digest = agent_digest(args.child.file)
    pool = ChildPool(args.child, args.children)
    try:
        described = await pool.start()
        agent = described["agent"]
        queue = agent_queue(args.tenant, agent, digest)
        client = await _connect(Client, args)
        worker = Worker(
            client,
            task_queue=queue,
            activities=[create_replay_batch(Doors(args.api, args.token), pool, agent, digest)],
            max_concurrent_activities=_BATCHES_AT_ONCE,
            graceful_shutdown_timeout=timedelta(seconds=5),
        )
        running = asyncio.ensure_future(worker.run())
        ready = {"ready": True, "queue": queue, "agent": agent, "digest": digest, "pid": os.getpid()}
        pids = pool.pids
        print(json.dumps({**ready, "childPid": pids[0], "childPids": pids}), flush=True)
        stopped = asyncio.ensure_future(_until_stopped())
        await asyncio.wait({running, stopped}, return_when=asyncio.FIRST_COMPLETED)
        if not running.done():
            await worker.shutdown()
        stopped.cancel()
        await running
    finally:
        await pool.stop()


async def _connect(client: Any, args: WorkerArgs) -> Any:
    try:
        return await client.connect(args.temporal, namespace=args.namespace)
    except Exception as error:
        raise WorkerError(
            "temporal.unavailable", f"{args.temporal} did not answer: {error}", fix="see that it runs: tenet doctor"
        ) from error


async def _until_stopped() -> None:
    """SIGINT, SIGTERM, or the end of the command that started us, even by SIGKILL."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    parent = os.environ.get("TENET_PARENT", "")
    while not stop.is_set():
        if parent.isdigit() and os.getppid() != int(parent):
            return
        try:
            await asyncio.wait_for(stop.wait(), _PARENT_POLL_S)
        except asyncio.TimeoutError:
            continue
