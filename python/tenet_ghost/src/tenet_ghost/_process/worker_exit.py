from __future__ import annotations

import sys
from typing import Protocol


class Closable(Protocol):
    def close(self) -> None: ...


def close_with_worker(client: Closable) -> None:
    """A worker of `multiprocessing` ends by os._exit, past atexit, and runs its own finalisers."""
    util = sys.modules.get("multiprocessing.util")
    process = sys.modules.get("multiprocessing.process")
    if util is not None and process is not None and process.parent_process() is not None:
        util.Finalize(None, client.close, exitpriority=0)
