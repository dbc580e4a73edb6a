"""Runs one fetched batch: reading, running and posting overlap. Every row is posted before `run` returns, or it raises."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from typing import Dict, Iterator, List, Optional, Sequence, Set

from .doors import Doors, Lane, OpenBatch
from .patiently import patiently
from .replay_child import ChildPool, Job, Row

_LINES_A_JOB = 50
#: Live calls dominate: small jobs spread over the children.
_LIVE_LINES_A_JOB = 1
_BYTES_A_JOB = 524_288
#: The door takes 2,000 rows and 8 MB.
_ROWS_A_POST = 500
_BYTES_A_POST = 4_194_304
_POST_TRIES = 6
#: Slow agents post what they have: a worker that dies loses about this much work.
_POST_EVERY_S = 1.0


@dataclass
class BatchEnd:
    #: Every decision of the batch has its result stored.
    complete: bool = True
    #: The server's word that nothing more may be spent.
    stop: Optional[str] = None
    #: The lane's model endpoint failed; its decisions were put back.
    model_unavailable: bool = False
    retry_after_ms: Optional[float] = None
    lease_spent: bool = False

    @property
    def ended(self) -> bool:
        return self.stop is not None or self.model_unavailable or self.lease_spent


class BatchRun:
    def __init__(self, doors: Doors, pool: ChildPool, lane: Lane, counts: Dict[str, int], put_back: bool) -> None:
        self._doors = doors
        self._pool = pool
        self._lane = lane
        self._counts = counts
        #: Whether a decision whose model endpoint failed is put back to be run again, or is a row.
        self._put_back = put_back
        self._ready: List[Row] = []
        self._chars = 0
        self._posted_at = time.monotonic()
        self._end = BatchEnd()

    async def run(self, batch: OpenBatch) -> BatchEnd:
        policy = batch.header.policy
        calls = batch.header.max_calls

        def take_call() -> bool:
            nonlocal calls
            if calls is None:
                return True
            calls -= 1
            return calls >= 0

        running: Set[asyncio.Task[None]] = set()
        jobs = _jobs_of(batch.lines(), policy["model"] == "live")
        loop = asyncio.get_running_loop()
        try:
            while True:
                lines = await loop.run_in_executor(None, next, jobs, None)
                if lines is None:
                    break
                if self._end.ended:
                    self._end.complete = False
                    break
                job = Job(lines, policy, take_call if calls is not None else None)
                running.add(asyncio.ensure_future(self._run_job(job)))
                if len(running) >= self._pool.size * 2 + 1:
                    running -= await self._settle(running, asyncio.FIRST_COMPLETED)
            await self._settle(running, asyncio.ALL_COMPLETED)
        finally:
            for task in running:
                task.cancel()
            if running:
                await asyncio.wait(running)
            batch.close()
            # What was run counts, whatever became of the rest; a failure to post it is the one that is raised.
            await self._post()
        return self._end

    async def _settle(self, running: Set[asyncio.Task[None]], until: str) -> Set[asyncio.Task[None]]:
        if not running:
            return set()
        done, _ = await asyncio.wait(running, return_when=until)
        for task in done:
            task.result()
        return done

    async def _run_job(self, job: Job) -> None:
        for row in await self._pool.run(job):
            self._take(row)
        due = time.monotonic() - self._posted_at >= _POST_EVERY_S
        if due or len(self._ready) >= _ROWS_A_POST or self._chars >= _BYTES_A_POST:
            await self._post()

    def _take(self, row: Row) -> None:
        """A decision that was only stopped from outside has no result: it is run again, by whoever comes next."""
        end = self._end
        if row.code == "replay.budget":
            end.lease_spent, end.complete = True, False
        elif row.code == "replay.model_unavailable" and self._put_back:
            end.model_unavailable, end.complete = True, False
            end.retry_after_ms = end.retry_after_ms if end.retry_after_ms is not None else row.retry_after_ms
        else:
            self._ready.append(row)
            self._chars += len(row.line)

    async def _post(self) -> None:
        rows, self._ready, self._chars = self._ready, [], 0
        self._posted_at = time.monotonic()
        for some in _posts_of(rows):
            stop = await patiently(_POST_TRIES, self._doors.post, self._lane, [row.line for row in some])
            self._end.stop = self._end.stop or stop
            for row in some:
                self._counts[row.status if row.status in ("done", "refused") else "failed"] += 1


def _posts_of(rows: Sequence[Row]) -> Iterator[List[Row]]:
    """A row alone is within the door's limit; several of them need not be."""
    post: List[Row] = []
    size = 0
    for row in rows:
        added = len(row.line.encode("utf-8", "surrogatepass")) + 1
        if post and (len(post) == _ROWS_A_POST or size + added > _BYTES_A_POST):
            yield post
            post, size = [], 0
        post.append(row)
        size += added
    if post:
        yield post


def _jobs_of(lines: Iterator[str], live: bool) -> Iterator[List[str]]:
    most = _LIVE_LINES_A_JOB if live else _LINES_A_JOB
    job: List[str] = []
    chars = 0
    for line in lines:
        job.append(line)
        chars += len(line)
        if len(job) >= most or chars >= _BYTES_A_JOB:
            yield job
            job, chars = [], 0
    if job:
        yield job
