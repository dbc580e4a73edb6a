from __future__ import annotations

import time
from datetime import datetime, timezone


def rfc3339(ms: int) -> str:
    """UTC with milliseconds."""
    seconds, rest = divmod(ms, 1000)
    return f"{datetime.fromtimestamp(seconds, timezone.utc).strftime('%Y-%m-%dT%H:%M:%S')}.{rest:03d}Z"


def rfc3339_now() -> str:
    return rfc3339(time.time_ns() // 1_000_000)
