from __future__ import annotations

import contextlib
import os
import threading
from pathlib import Path
from typing import Callable, Iterator, List, Optional, Tuple

from .._client import Problem
from .._spool.folder import SpoolFolder
from .._spool.lock import release_lock, this_process
from .._spool.places import is_ephemeral, places, spool_dir
from .._spool.recover import abandoned, orphans
from .._spool.seal import SealTo
from .._spool.writer import SpoolWriter, WriterOptions
from .._ulid import new_ulid
from .clock import rfc3339_now
from .config import GhostConfig


class Spools:
    """Where this process spools, and what others have left there. The place is made when it is first asked for."""

    def __init__(self, config: GhostConfig, problem: Callable[[Problem], None]) -> None:
        self.root: Optional[Path] = None
        self.ephemeral = False
        self._config = config
        self._problem = problem
        self._placing = threading.Lock()
        #: What the next segments are sealed to.
        self.seal_to = config.seal_to

    def open(self) -> Tuple[str, SpoolWriter]:
        """A folder of its own for a new producer. Raises OSError or SpoolError."""
        producer = f"prd_{new_ulid()}"
        config, spool = self._config, self._config.spool
        options = WriterOptions(
            root=self._place(),
            producer=producer,
            log=config.log,
            kid=config.signer.key_id,
            seal_to=lambda: self.seal_to,
            fsync=spool.fsync,
            segment_bytes=max(4096, min(spool.segment_bytes, spool.max_bytes // 4)),
            now=rfc3339_now,
        )
        return producer, SpoolWriter(options)

    def has_some(self) -> bool:
        """Whether a process that is gone has left something here."""
        return any(abandoned(root) for root in self._roots())

    def take_over(self) -> Iterator[SpoolFolder]:
        """What dead processes left."""

        def say(code: str, message: str) -> None:
            self._problem(Problem(code, message))

        for root in self._roots():
            with contextlib.suppress(FileNotFoundError):
                yield from orphans(root, self._config.log, self._config.signer.key_id, this_process(), say)

    def _roots(self) -> List[Path]:
        """Also where a process had to go that found its own place unusable."""
        return [root for root in dict.fromkeys(places(self._config.spool.dir)) if os.access(root, os.R_OK | os.X_OK)]

    def seal_to_next(self, key: Optional[SealTo]) -> None:
        """The platform's key has changed. None: it could not be asked, and nothing becomes readable for that."""
        if key is not None:
            self.seal_to = key

    def release(self, folder: SpoolFolder) -> None:
        release_lock(folder.path, this_process())

    def _place(self) -> Path:
        with self._placing:
            if self.root is None:
                root = spool_dir(self._config.spool.dir, lambda said: self._problem(Problem("ghost.spool", said)))
                self.ephemeral = is_ephemeral(root)
                self.root = root
            return self.root
