"""Spool → server, at least once. Runs on a thread of its own: a server that is slow keeps no record from the disk."""

from __future__ import annotations

import contextlib
import threading
import time
from typing import Callable, Dict, Iterable, List, Optional, Tuple

from .._client import Problem
from .._delivery.circuit import Circuit
from .._delivery.records_door import BatchAnswer, Later, RecordsDoor, Rejected, Results, SegmentRefused, Settled
from .._spool.folder import SpoolFolder, SpoolSegment
from .._spool.lock import BEAT_SECONDS, beat
from .._spool.seal import SealTo
from .._spool.segment import Frame
from .capture_log import OWN_SAYING
from .clock import rfc3339_now
from .config import BatchConfig
from .pace import REST_SECONDS

#: The server reads at most 8 MB a request.
_MAX_REQUEST_BYTES = 7_000_000
_ADOPT_SECONDS = 30.0
_BEAT_SECONDS = BEAT_SECONDS / 4
_ACKED_SECONDS = 1.0


class Deliverer:
    """Counts what became of this process's own records; those of dead processes are delivered too, and not counted."""

    def __init__(
        self,
        *,
        lock: threading.RLock,
        door: RecordsDoor,
        circuit: Circuit,
        limits: BatchConfig,
        own: Callable[[], Optional[SpoolFolder]],
        roll: Callable[[], None],
        adopt: Callable[[], Iterable[SpoolFolder]],
        release: Callable[[SpoolFolder], None],
        new_seal_key: Callable[[Optional[SealTo]], None],
        checkpoint: Callable[[Dict[str, object]], None],
        problem: Callable[[Problem], None],
        rests: Callable[[], bool],
    ) -> None:
        self._lock = lock
        self._door = door
        self._circuit = circuit
        self._limits = limits
        self._own = own
        self._roll = roll
        self._adopt = adopt
        self._release = release
        self._new_seal_key = new_seal_key
        self._checkpoint = checkpoint
        self._problem = problem
        self._rests = rests
        self._adopted: List[SpoolFolder] = []
        self._adopt_at = 0.0
        self._acked_at = 0.0
        self._beat_at = 0.0
        self._most = limits.max_records
        self._wake = threading.Event()
        self._turn = 0
        self.flushing = 0
        self.closed = False
        self.acknowledged = 0
        self.duplicates = 0
        self.refused = 0

    @property
    def circuit(self) -> str:
        return self._circuit.state

    @property
    def adopted_bytes(self) -> int:
        return sum([folder.bytes for folder in self._adopted])

    @property
    def adopted_segments(self) -> int:
        return sum([len(folder.segments) for folder in self._adopted])

    def wake(self) -> None:
        self._wake.set()

    def run(self) -> None:
        while not self.closed:
            try:
                self._step()
            except Exception as error:
                self._problem(Problem("ghost.delivery", f"{type(error).__name__}: {error}"[:1000]))
                self._circuit.failed()
                self._pause(self._circuit.wait_seconds())
        self._door.close()

    def _step(self) -> None:
        if self._rests():
            self._beat_if_due()
            self._pause(REST_SECONDS, until_flush=True)
            return
        self._adopt_if_due()
        self._beat_if_due()
        picked = self._pick()
        if picked is None:
            self._acked_if_due(0)
            self._pause(_BEAT_SECONDS)
            return
        wait = self._circuit.wait_seconds(hurry=self.flushing > 0)
        if wait > 0:
            self._pause(min(wait, _BEAT_SECONDS))
            return
        folder, segment = picked
        if folder.own and segment.waiting < self._most and not self.flushing and self._limits.linger_ms > 0:
            # The first record waits for company.
            self._pause(self._limits.linger_ms / 1000, until_flush=True)
        if not self.closed:
            self._deliver(folder, segment)
            self._acked_if_due(_ACKED_SECONDS)

    def _pause(self, seconds: float, until_flush: bool = False) -> None:
        deadline = time.monotonic() + seconds
        while not self.closed:
            left = deadline - time.monotonic()
            if left <= 0:
                break
            woken = self._wake.wait(left)
            self._wake.clear()
            if woken and (not until_flush or self.flushing):
                break

    def _pick(self) -> Optional[Tuple[SpoolFolder, SpoolSegment]]:
        """Own records and those of the dead take turns; while somebody waits, own ones come first."""
        own = self._own()
        folders = [] if own is None else [own]
        self._turn += 1
        folders = [*folders, *self._adopted] if self.flushing or self._turn % 4 else [*self._adopted, *folders]
        with self._lock:
            for folder in folders:
                segment = None if self.closed else folder.next_segment()
                if segment is not None:
                    return folder, segment
                if not folder.own:
                    self._adopted.remove(folder)
                    if not folder.remove_if_empty():
                        self._release(folder)
        return None

    def _adopt_if_due(self) -> None:
        if time.monotonic() < self._adopt_at:
            return
        self._adopt_at = time.monotonic() + _ADOPT_SECONDS
        for folder in self._adopt():
            self._adopted.append(folder)

    def _beat_if_due(self) -> None:
        """Within what our locks promise, also while a server is left alone."""
        if time.monotonic() < self._beat_at:
            return
        self._beat_at = time.monotonic() + _BEAT_SECONDS
        own = self._own()
        with self._lock:
            for folder in [*self._adopted, *([] if own is None else [own])]:
                with contextlib.suppress(OSError):
                    if not self.closed:
                        beat(folder.path)

    def _acked_if_due(self, every: float) -> None:
        if time.monotonic() - self._acked_at < every:
            return
        self._acked_at = time.monotonic()
        own = self._own()
        with self._lock:
            for folder in [*self._adopted, *([] if own is None else [own])]:
                if not self.closed:
                    folder.write_acked()

    def _deliver(self, folder: SpoolFolder, segment: SpoolSegment) -> None:
        try:
            frames = segment.read(self._most, min(self._limits.max_bytes, _MAX_REQUEST_BYTES))
        except OSError as error:
            self._give_up(folder, segment, Problem("ghost.spool_damaged", str(error)))
            return
        if not frames:
            return
        self._circuit.begin()
        answer = self._door.send(segment, frames)
        if isinstance(answer, SegmentRefused) and folder.own:
            self._new_seal_key(self._door.fetch_seal_key())
        with self._lock:
            if not self.closed:
                self._act(folder, segment, frames, answer)

    def _act(self, folder: SpoolFolder, segment: SpoolSegment, frames: List[Frame], answer: BatchAnswer) -> None:
        if isinstance(answer, Results):
            settled = _pair_up(frames, answer.results)
            if settled:
                self._circuit.succeeded()
                self._most = min(self._limits.max_records, self._most * 2)
                self._settle(folder, segment, frames[: len(settled)], settled)
                if answer.checkpoint is not None:
                    self._checkpoint(answer.checkpoint)
                return
            answer = Later(Problem("ghost.delivery", "the answer does not speak of the records sent"), None, False)
        if isinstance(answer, SegmentRefused):
            self._circuit.succeeded()
            self._give_up(folder, segment, answer.problem)
        elif isinstance(answer, Rejected):
            self._circuit.succeeded()
            if len(frames) > 1:
                # Asked for in halves, so that only the wrong ones are given up.
                self._most = max(1, len(frames) // 2)
            else:
                problem = answer.problem
                refused = Settled("", "refused", problem.code, problem.message, problem.field)
                self._settle(folder, segment, frames, [refused])
        else:
            self._circuit.failed(answer.retry_after, answer.key_refused)
            message = f"{answer.problem.message}; trying again (attempt {self._circuit.attempts})"
            self._problem(Problem(answer.problem.code, message))

    def _settle(self, folder: SpoolFolder, segment: SpoolSegment, frames: List[Frame], settled: List[Settled]) -> None:
        for frame, result in zip(frames, settled):
            if result.status in ("accepted", "duplicate"):
                if folder.own and not result.id.startswith(OWN_SAYING):
                    self.acknowledged += 1
                    self.duplicates += result.status == "duplicate"
                continue
            self.refused += folder.own and not result.id.startswith(OWN_SAYING)
            code = result.code or f"record.{result.status}"
            message = result.message or f"the server answered {result.status}"
            try:
                folder.quarantine(segment, frame, rfc3339_now(), code, message, result.id or None)
            except OSError as error:
                message = f"{message} (and it could not be kept: {error})"
            self._problem(Problem(code, message, result.id or None, result.field))
        segment.settle(frames)

    def _give_up(self, folder: SpoolFolder, segment: SpoolSegment, problem: Problem) -> None:
        """The segment as a whole; what comes next goes into another."""
        with self._lock:
            waiting = segment.waiting
            self.refused += waiting if folder.own else 0
            if segment.open:
                self._roll()
            folder.quarantine_segment(segment)
        message = f"{waiting} records are given up: {problem.message}"
        self._problem(Problem(problem.code, message))

    def close(self) -> None:
        """Holding the lock: what is answered from now on is asked for again by whoever takes the spool over."""
        self.closed = True
        self._wake.set()
        for folder in self._adopted:
            try:
                folder.write_acked()
                self._release(folder)
            except OSError:
                continue
        self._adopted = []


def _pair_up(frames: List[Frame], results: List[Settled]) -> List[Settled]:
    """One result per record, in order. An answer of another length speaks of none for certain: all are asked for again."""
    return results if len(results) == len(frames) else []
