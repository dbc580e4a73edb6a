from __future__ import annotations

import math
import time
from email.utils import parsedate_to_datetime
from typing import Any, Dict, Optional

from .types import Price


def add_usage(total: Dict[str, float], answer: Any, price: Optional[Price]) -> None:
    """Adds what one answer says of itself: chat completions, responses and embeddings name it differently."""
    usage = answer.get("usage") if isinstance(answer, dict) else None
    if not isinstance(usage, dict):
        return
    prompt = _count(usage.get("prompt_tokens", usage.get("input_tokens")))
    completion = _count(usage.get("completion_tokens", usage.get("output_tokens")))
    total["promptTokens"] += prompt
    total["completionTokens"] += completion
    if price is not None:
        total["cost"] += (prompt * price.prompt + completion * price.completion) / 1_000_000


def _count(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return 0
    return math.floor(value) if math.isfinite(value) and value > 0 else 0


def is_unavailable(error: BaseException) -> bool:
    """Of the moment or of the infrastructure, and not about this request. What the client library raises after its own retries."""
    status = getattr(error, "status_code", None)
    if isinstance(status, int):
        return status in (408, 429) or status >= 500
    return any(base.__name__.startswith("APIConnection") for base in type(error).__mro__)


def retry_after_ms(error: BaseException) -> Optional[float]:
    headers = getattr(getattr(error, "response", None), "headers", None)
    value = headers.get("retry-after") if headers is not None else None
    if not isinstance(value, str):
        return None
    try:
        return max(0.0, float(value) * 1000)
    except ValueError:
        pass
    try:
        return max(0.0, (parsedate_to_datetime(value).timestamp() - time.time()) * 1000)
    except (TypeError, ValueError):
        return None
