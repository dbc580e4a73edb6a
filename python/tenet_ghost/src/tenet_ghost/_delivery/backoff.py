from __future__ import annotations

import re
from email.utils import parsedate_to_datetime
from typing import Optional

FIRST_SECONDS = 0.1
LONGEST_SECONDS = 30.0
#: A server may ask for more patience than our own ceiling, within reason.
LONGEST_ASKED_SECONDS = 300.0


def backoff_seconds(attempt: int, retry_after: Optional[float], random: float) -> float:
    """Full jitter under a doubling ceiling; what the server asks for is never undercut. `attempt` counts from 1."""
    own = random * min(LONGEST_SECONDS, FIRST_SECONDS * 2.0 ** min(attempt, 20))
    if retry_after is None:
        return max(own, FIRST_SECONDS)
    # Everybody was told the same moment: the jitter comes on top.
    return min(LONGEST_ASKED_SECONDS, retry_after) + own * 0.1


def parse_retry_after(header: Optional[str], now: float) -> Optional[float]:
    """RFC 9110 §10.2.3: seconds or an HTTP date."""
    text = (header or "").strip()
    if re.fullmatch(r"[0-9]{1,9}", text):
        return float(text)
    try:
        return max(0.0, parsedate_to_datetime(text).timestamp() - now)
    except (TypeError, ValueError, IndexError, OverflowError):
        return None
