from __future__ import annotations

import time

from tenet_ghost import ghost

_PAUSE = 0.005


def wait_for_spool(seconds: float) -> bool:
    """
    Until everything decided in this process is on disk, where it outlives the process: whoever runs next delivers what the platform has not
    acknowledged. The platform itself is not waited for: it may be down, and the step's time is the pipeline's.
    """
    deadline = time.monotonic() + seconds
    while True:
        stats = ghost.stats()
        if stats.spooled + stats.refused + stats.dropped >= stats.enqueued:
            return True
        if time.monotonic() >= deadline:
            return False
        # Whoever flushes has the writer hurry. It also has it deliver, which is not waited for.
        ghost.flush(timeout=_PAUSE)
