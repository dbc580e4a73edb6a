from __future__ import annotations

import asyncio
import random
from typing import Any, Callable

from .errors import WorkerError

_FIRST_MS = 250.0
_LONGEST_MS = 10_000.0


async def patiently(tries: int, attempt: Callable[..., Any], *args: Any) -> Any:
    """Runs a blocking attempt in a thread and repeats what failed for the moment, no sooner than the server asks."""
    loop = asyncio.get_running_loop()
    for n in range(1, tries + 1):
        try:
            return await loop.run_in_executor(None, lambda: attempt(*args))
        except WorkerError as error:
            if n >= tries or not error.retryable:
                raise
            own = min(_LONGEST_MS, _FIRST_MS * 2 ** (n - 1)) * (0.5 + random.random() / 2)
            await asyncio.sleep(max(own, error.retry_after_ms or 0) / 1000)
    raise AssertionError("at least one try")
