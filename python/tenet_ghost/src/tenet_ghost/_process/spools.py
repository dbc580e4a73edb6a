from __future__ import annotations

import contextlib
import os
import threading
from pathlib import Path
from typing import Callable, Iterator, Optional, Tuple

from .._client import Problem
from .._spool.errors import SpoolError
from .._spool.folder import SpoolFolder
from .._spool.lock import release_lock, this_process
from .._spool.places import default_dir, is_ephemeral, spool_dir
from .._spool.recover import orphans
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

    def open(self) -> Tuple[str, SpoolWriter]:
        """A folder of its own for a new producer. Raises OSError or SpoolError."""
        producer = f"prd_{new_ulid()}"
        config, spool = self._config, self._config.spool
        options = WriterOptions(
            root=self._place(),
            producer=producer,
            log=config.log,
            kid=config.signer.key_id,
            seal_to=config.seal_to,
            fsync=spool.fsync,
            segment_bytes=max(4096, min(spool.segment_bytes, spool.max_bytes // 4)),
            now=rfc3339_now,
        )
        return producer, SpoolWriter(options)

    def has_some(self) -> bool:
        root = Path(self._config.spool.dir or default_dir())
        return root.is_dir() and any(name.startswith("prd_") for name in os.listdir(root))

    def take_over(self) -> Iterator[SpoolFolder]:
        """What dead processes left. Where there is no place for a spool, the writer says so."""

        def say(code: str, message: str) -> None:
            self._problem(Problem(code, message))

        with contextlib.suppress(FileNotFoundError, SpoolError):
            yield from orphans(self._place(), self._config.log, self._config.signer.key_id, this_process(), say)

    def release(self, folder: SpoolFolder) -> None:
        release_lock(folder.path, this_process())

    def _place(self) -> Path:
        with self._placing:
            if self.root is None:
                root = spool_dir(self._config.spool.dir, lambda said: self._problem(Problem("ghost.spool", said)))
                self.ephemeral = is_ephemeral(root)
                self.root = root
            return self.root
