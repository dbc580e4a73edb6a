"""Draft → sampled → redacted → sealed → spooled. Runs on the writer thread."""

from __future__ import annotations

import contextlib
import threading
import time
from typing import Any, Callable, List, Optional, Tuple

from .._client import Problem
from .._delivery.sealer import RecordTooLarge, Sealer, salt_pool
from .._draft import Draft
from .._record import RecordError
from .._spool.errors import SpoolError
from .._spool.folder import SpoolFolder
from .._spool.writer import SpoolWriter
from .capture_log import CaptureLog
from .config import SpoolConfig

_CHUNK_RECORDS = 64
_CHUNK_BYTES = 524_288
#: Of the writer's own time, not of the clock's: a write lets go of the interpreter, and a caller that computes gives it back 5 ms later.
_CHUNK_SECONDS = 0.005
#: Beyond its limit the spool takes what says that something was dropped.
_RESERVE_BYTES = 65_536
_SAY_EVERY_SECONDS = 10.0


class RecordWriter:
    """
    `lock` guards the folder against delivery and closing. A record takes its sequence number only when it is in the spool: one that
    could not be written leaves no gap and is counted as dropped.
    """

    def __init__(
        self,
        *,
        lock: threading.RLock,
        config: SpoolConfig,
        sealer_for: Callable[[str, Callable[[int], bytes]], Sealer],
        open_spool: Callable[[], Tuple[str, SpoolWriter]],
        redact: Callable[[Draft], Draft],
        captured: CaptureLog,
        other_bytes: Callable[[], int],
        problem: Callable[[Problem], None],
    ) -> None:
        self._lock = lock
        self._config = config
        self._sealer_for = sealer_for
        self._open_spool = open_spool
        self._redact = redact
        self._captured = captured
        self._other_bytes = other_bytes
        self._problem = problem
        self._spool: Optional[SpoolWriter] = None
        self._sealer: Optional[Sealer] = None
        self._synced_at = 0.0
        self._said_at = -_SAY_EVERY_SECONDS
        self._chunk_bytes = min(_CHUNK_BYTES, config.max_bytes // 16)
        self.refused = 0
        self.closed = False

    @property
    def folder(self) -> Optional[SpoolFolder]:
        return None if self._spool is None else self._spool.folder

    @property
    def spooled(self) -> int:
        return 0 if self._spool is None else self._spool.spooled

    @property
    def synced(self) -> int:
        return 0 if self._spool is None else self._spool.synced

    @property
    def held_bytes(self) -> int:
        return self._other_bytes() + (0 if self._spool is None else self._spool.folder.bytes)

    def full(self) -> bool:
        """No room for a record now. What is answered for makes room."""
        if self.held_bytes < self._config.max_bytes:
            return False
        self._make_room()
        return self.held_bytes >= self._config.max_bytes

    def _make_room(self) -> None:
        with self._lock:
            if self._spool is not None:
                self._spool.roll_if_answered()

    def roll(self) -> None:
        """Holding the lock."""
        if self._spool is not None:
            self._spool.roll()

    def take(self, items: List[Any]) -> None:
        """Drafts, or functions that build one. When it returns each is in the spool, refused, left out, or counted as dropped."""
        lines: List[bytes] = []
        size = 0
        began = time.thread_time()
        for item in items:
            line = self._line(item)
            if line is None:
                continue
            lines.append(line)
            size += len(line)
            late = time.thread_time() - began > _CHUNK_SECONDS
            if late or len(lines) >= _CHUNK_RECORDS or size >= self._chunk_bytes:
                self._append(lines, size, self._config.max_bytes)
                lines, size, began = [], 0, time.thread_time()
        self._append(lines, size, self._config.max_bytes)

    def _line(self, item: Any) -> Optional[bytes]:
        id: Optional[str] = None
        try:
            draft = item() if callable(item) else item
            if draft is None:
                return None
            id = draft["id"]
            if not self._captured.keeps(draft):
                return None
            return self._seal(self._redacted(draft))
        except RecordTooLarge as error:
            self._captured.drop(1, "too-large")
            self._problem(_problem_of(error, id))
        except Exception as error:
            self.refused += 1
            self._problem(_problem_of(error, id))
        return None

    def _redacted(self, draft: Draft) -> Draft:
        try:
            return self._redact(draft)
        except Exception as error:
            # Nothing that was not redacted goes further.
            raise RedactionFailedError(f"{type(error).__name__}: {error}") from error

    def _seal(self, draft: Draft) -> bytes:
        if self._sealer is None:
            self._start()
        assert self._sealer is not None
        return self._sealer.seal(draft).line

    def prepare(self) -> None:
        """
        Makes the folder ahead of the first record, on the caller's thread: each of some twenty system calls lets go of the interpreter, and
        beside a caller that computes the writer would have it back 5 ms later each time.
        """
        with contextlib.suppress(OSError, SpoolError):
            # What fails here fails again for the record, and is said there.
            if self._sealer is None:
                self._start()

    def _start(self) -> None:
        producer, self._spool = self._open_spool()
        self._sealer = self._sealer_for(producer, salt_pool())

    def _append(self, lines: List[bytes], size: int, limit: int, counted: bool = True) -> bool:
        if not lines or self._sealer is None or self._spool is None:
            return not lines
        try:
            if self.held_bytes + size > limit:
                self._make_room()
            if self.held_bytes + size > limit:
                raise SpoolError(
                    "spool.full", f"the spool holds {self.held_bytes} bytes of at most {self._config.max_bytes}"
                )
            with self._lock:
                self._spool.append(lines, counted)
            self._sealer.commit()
            return True
        except (OSError, SpoolError) as error:
            self._sealer.rewind()
            self._captured.drop(len(lines) if counted else 0, "spool-full")
            if time.monotonic() - self._said_at >= _SAY_EVERY_SECONDS:
                self._said_at = time.monotonic()
                self._problem(Problem("ghost.spool_full", f"records are dropped and counted: {error}"))
            return False

    def tick(self) -> None:
        """What is due: counts of what was dropped, and a sync."""
        self._say(self._captured.due())
        self._sync_if_due()

    def _sync_if_due(self) -> None:
        spool = self._spool
        if spool is None or self._config.fsync != "interval" or not spool.dirty:
            return
        if (time.monotonic() - self._synced_at) * 1000 < self._config.fsync_ms:
            return
        self._synced_at = time.monotonic()
        try:
            with self._lock:
                spool.sync()
        except OSError as error:
            self._problem(Problem("ghost.spool", f"the spool could not be synced: {error}"))

    @property
    def has_dues(self) -> bool:
        return self._spool is not None and self._spool.dirty and self._config.fsync == "interval"

    def _say(self, drafts: List[Draft]) -> None:
        for draft in drafts:
            try:
                line = self._seal(draft)
                said = self._append([line], len(line), self._config.max_bytes + _RESERVE_BYTES, counted=False)
            except (OSError, RecordError, SpoolError) as error:
                self._problem(_problem_of(error, draft["id"]))
                said = False
            if not said:
                self._captured.say_again()

    def close(self) -> None:
        """Clean end. What is unsent stays for whoever takes the folder over."""
        with self._lock:
            if self.closed:
                return
            self._say(self._captured.due(closing=True))
            self.closed = True
            if self._spool is None or self._sealer is None:
                return
            try:
                if self._sealer.seq > 0:
                    self._say([self._captured.closed(self._sealer.seq)])
                self._spool.close()
            except OSError as error:
                # A folder that is gone, or that can't be let go: it is found by its owner's death.
                self._problem(Problem("ghost.spool", f"the spool could not be closed: {error}"))

    def forget(self) -> None:
        if self._spool is not None:
            self._spool.forget()


class RedactionFailedError(Exception):
    pass


def _problem_of(error: Exception, id: Optional[str]) -> Problem:
    if isinstance(error, RedactionFailedError):
        return Problem("ghost.redaction", str(error)[:1000], id)
    if isinstance(error, RecordTooLarge):
        return Problem("record.too_large", str(error), id)
    if isinstance(error, RecordError):
        return Problem("record.invalid", error.message, id, error.at)
    if isinstance(error, (OSError, SpoolError)):
        return Problem("ghost.spool", str(error), id)
    return Problem("record.capture", f"{type(error).__name__}: {error}"[:1000], id)
