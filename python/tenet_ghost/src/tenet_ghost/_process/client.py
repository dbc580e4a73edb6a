"""The configured process: what capture speaks to."""

from __future__ import annotations

import random
import threading
import time
from typing import Any, Callable, Dict, List, Mapping, Optional

from .._client import FlushResult, GhostStats, Problem
from .._delivery.anchor import Anchor
from .._delivery.circuit import Circuit
from .._delivery.http_post import HttpPoster
from .._delivery.records_door import RecordsDoor
from .._delivery.sealer import Sealer
from .._draft import Draft
from .._redact import compile_redaction
from .._ulid import new_ulid
from .capture_log import CaptureLog
from .clock import rfc3339_now
from .config import GhostConfig, new_session
from .deliverer import Deliverer
from .pace import Pace
from .problems import Problems
from .queue import CallerQueue
from .spools import Spools
from .worker_exit import close_with_worker
from .writer import RecordWriter

_SAY_EVERY_SECONDS = 10.0


class ProcessClient:
    """Threads start with the first record; they never keep the process alive."""

    def __init__(self, config: GhostConfig, problems: Problems) -> None:
        self.config = config
        self.problem = problems
        self.tenant = config.tenant
        self.session = new_session(config)
        self.origin = config.origin
        self.lineage: Mapping[str, Any] = config.lineage
        self.code_digest = config.code_digest
        self.tag_key = config.tag_key
        self.wait_seconds = config.wait_seconds
        self._lock = threading.RLock()
        self._counts = threading.RLock()
        self._finished = 0
        self._said_at = -_SAY_EVERY_SECONDS
        self._spools = Spools(config, problems)
        self._queue = CallerQueue(config.queue_bytes)
        self._pace = Pace(config.pace)
        self._blocked = 0.0
        self._refused = 0
        #: Dropped before they were in the queue, by policy; `_turned_away` counts those that the writer knows of.
        self._dropped: Dict[str, int] = {}
        self._turned_away = 0
        self._threads: List[threading.Thread] = []
        self._closing = False
        self._redaction = compile_redaction(config.redact)
        self._captured = CaptureLog(self.session, config.sampling, rfc3339_now, time.monotonic)
        self._anchor = None if config.vkey is None else Anchor(config.vkey, problems)
        self._writer = RecordWriter(
            lock=self._lock,
            config=config.spool,
            sealer_for=self._sealer_for,
            open_spool=self._spools.open,
            redact=self.redact,
            captured=self._captured,
            other_bytes=lambda: self._deliverer.adopted_bytes,
            problem=problems,
        )
        poster = HttpPoster(config.endpoint, config.batch.request_timeout_ms / 1000)
        self._deliverer = Deliverer(
            lock=self._lock,
            door=RecordsDoor(poster, config.api_key, config.batch.gzip_bytes),
            circuit=Circuit(time.monotonic, random.SystemRandom().random),
            limits=config.batch,
            own=lambda: self._writer.folder,
            roll=self._writer.roll,
            adopt=self._spools.take_over,
            release=self._spools.release,
            new_seal_key=self._spools.seal_to_next,
            checkpoint=self._offer,
            rests=self._delivery_rests,
            problem=problems,
        )

    def new_id(self) -> str:
        return "dec_" + new_ulid()

    def enqueue(self, draft: Draft, size: int = 0) -> None:
        if not self._threads:
            self.start()
        if self._closing or not self._queue.offer(draft, size):
            self._no_room(draft, size, draft["id"])

    def defer(self, build: Callable[[], Optional[Draft]], size: int = 0) -> None:
        if not self._threads:
            self.start()
        if self._closing or not self._queue.offer(build, size):
            self._no_room(build, size, None)

    def redact(self, draft: Draft) -> Draft:
        return self._redaction(draft)

    def refuse(self, problem: Problem) -> None:
        if self._threads and threading.current_thread() is self._threads[0]:
            # Built by the writer: it was enqueued already.
            self._writer.refused += 1
        else:
            with self._counts:
                self._refused += 1
        self.problem(problem)

    def _no_room(self, item: Any, size: int, id: Optional[str]) -> None:
        """The newest is dropped and counted, or the caller waits a while for room."""
        block = self.config.block_seconds
        if block is not None:
            began = time.perf_counter()
            done = False
            while not done and not self._closing and time.perf_counter() - began < block:
                time.sleep(0.0005)
                done = self._queue.offer(item, size)
            with self._counts:
                self._blocked += time.perf_counter() - began
            if done:
                return
        policy = "drop-newest" if block is None else "block"
        now = time.monotonic()
        with self._counts:
            self._dropped[policy] = self._dropped.get(policy, 0) + 1
            say = now - self._said_at >= _SAY_EVERY_SECONDS
            self._said_at = now if say else self._said_at
        if say:
            why = "this process is ending" if self._closing else f"{len(self._queue)} records wait already"
            message = f"{why}; the newest is dropped"
            self.problem(Problem("ghost.queue_full", message, id))

    def start(self, for_record: bool = True) -> None:
        """Once, whatever number of callers have a first record."""
        with self._counts:
            if self._threads or self._closing:
                return
            if for_record:
                self._writer.prepare()
            self._threads = [
                threading.Thread(target=self._write, name="tenet-ghost-writer", daemon=True),
                threading.Thread(target=self._deliverer.run, name="tenet-ghost-delivery", daemon=True),
            ]
            for thread in self._threads:
                thread.start()
        close_with_worker(self)

    def start_if_left(self) -> None:
        """Records of a process that died are not to wait for the first decision of this one."""
        if self._spools.has_some():
            self.start(for_record=False)

    def _write(self) -> None:
        pace = self._pace
        busy_until = 0.0
        self._rest()
        while True:
            closing = self._closing
            try:
                wrote = self._write_some()
            except Exception as error:
                self.problem(Problem("ghost.spool", f"{type(error).__name__}: {error}"[:1000]))
                wrote = False
            now = time.monotonic()
            if wrote:
                busy_until = now + pace.busy_seconds
            elif closing:
                return
            elif now < busy_until or self._writer.has_dues or self._captured.has_dues:
                time.sleep(pace.poll_seconds)
            else:
                self._rest()

    def _rest(self) -> None:
        """Until there is a record; at a pace, until the first one has waited a while."""
        self._queue.park(self._pace.idle_seconds, self._pace.wakes_at)
        if self._holds() and len(self._queue) > 0:
            self._queue.park(self._pace.idle_seconds, self._pace.wakes_at)

    def _write_some(self) -> bool:
        # Blocked callers wait for the server then; those that don't block are told by the spool that it is full.
        waits = self.config.block_seconds is not None and not self._closing and self._writer.full()
        holds = self._holds()
        items = [] if waits else self._queue.take(self._pace.take(holds))
        began = time.thread_time()
        try:
            self._move_drops()
            if items:
                self._writer.take(items)
                self._deliverer.wake()
            self._writer.tick()
        finally:
            self._finished += len(items)
        if holds and items:
            time.sleep(self._pace.pause_after(time.thread_time() - began))
        return bool(items)

    def _hurried(self) -> bool:
        return self._closing or self._deliverer.flushing > 0

    def _holds(self) -> bool:
        return self._pace.holds(self._hurried(), len(self._queue))

    def _delivery_rests(self) -> bool:
        return self._pace.delivery_rests(self._hurried(), self._queue.offered)

    def _move_drops(self) -> None:
        if not self._dropped:
            return
        with self._counts:
            dropped, self._dropped = self._dropped, {}
        for policy, count in dropped.items():
            self._turned_away += count
            self._captured.drop(count, policy)

    def flush(self, timeout: float) -> FlushResult:
        deadline = time.monotonic() + timeout
        with self._counts:
            self._deliverer.flushing += 1
        try:
            self._queue.wake()
            while self._pending() > 0 and time.monotonic() < deadline:
                self._deliverer.wake()
                time.sleep(min(0.01, max(0.0, deadline - time.monotonic())))
        finally:
            with self._counts:
                self._deliverer.flushing -= 1
        return FlushResult(pending=self._pending())

    def _pending(self) -> int:
        """In this order: a record that moves on meanwhile is counted twice rather than never."""
        queued = self._queue.offered - self._finished
        folder = self._writer.folder
        return queued + (0 if folder is None else folder.waiting)

    def stats(self) -> GhostStats:
        writer, deliverer, folder = self._writer, self._deliverer, self._writer.folder
        dropped = self._captured.dropped + sum(self._dropped.values())
        own_segments = 0 if folder is None else len(folder.segments)
        return GhostStats(
            enqueued=self._queue.offered
            + self._refused
            + sum(self._dropped.values())
            + self._turned_away
            - self._captured.skipped,
            spooled=writer.spooled,
            synced=writer.synced,
            acknowledged=deliverer.acknowledged,
            refused=self._refused + writer.refused + deliverer.refused,
            duplicates=deliverer.duplicates,
            dropped=dropped,
            blocked_ms=self._blocked * 1000,
            spool={
                "dir": str(self._spools.root or ""),
                "ephemeral": self._spools.ephemeral,
                "bytes": writer.held_bytes,
                "segments": own_segments + deliverer.adopted_segments,
            },
            circuit=deliverer.circuit,
            last_error=self.problem.last,
        )

    def close(self, timeout: float = 5.0) -> None:
        """Waits for the spool, never for the server."""
        self._closing = True
        self._queue.wake()
        for thread in self._threads[:1]:
            if thread is not threading.current_thread():
                thread.join(timeout)
        with self._lock:
            self._deliverer.close()
            self._move_drops()
            self._writer.close()

    def forget(self) -> None:
        """After fork, in the child: threads, queue and folder are the parent's."""
        self._closing = True
        self._writer.forget()

    def _offer(self, checkpoint: Mapping[str, Any]) -> None:
        if self._anchor is not None:
            self._anchor.offer(dict(checkpoint))

    def _sealer_for(self, producer: str, salts: Callable[[int], bytes]) -> Sealer:
        anchor = self._anchor
        after = (lambda: None) if anchor is None else (lambda: anchor.latest)
        return Sealer(self.config.log, self.config.signer, producer, after, salts)
