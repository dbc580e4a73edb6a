from __future__ import annotations

from typing import Callable, Optional

from .backoff import backoff_seconds

FAILURES_TO_OPEN = 5
#: A key that is not accepted is not accepted a second later: somebody has to act.
REFUSED_KEY_SECONDS = 30.0
HURRIED_SECONDS = 0.25


class Circuit:
    """When to ask the server again. `clock` is monotonic, in seconds."""

    def __init__(self, clock: Callable[[], float], random: Callable[[], float]) -> None:
        self.state = "closed"
        self.attempts = 0
        self._clock = clock
        self._random = random
        self._next = 0.0
        self._failed_at = 0.0
        self._asked = False

    def wait_seconds(self, hurry: bool = False) -> float:
        """
        Until the next request may be made; 0 where it may now. While somebody waits (`hurry`) our own back-off is cut short, what
        the server asked for is not.
        """
        now = self._clock()
        at = min(self._next, self._failed_at + HURRIED_SECONDS) if hurry and not self._asked else self._next
        return max(0.0, at - now)

    def begin(self) -> None:
        if self.state == "open":
            self.state = "half-open"

    def succeeded(self) -> None:
        self.state, self.attempts, self._next, self._asked = "closed", 0, 0.0, False

    def failed(self, retry_after: Optional[float] = None, key_refused: bool = False) -> None:
        self.attempts += 1
        seconds = backoff_seconds(self.attempts, retry_after, self._random())
        if key_refused:
            seconds = max(seconds, REFUSED_KEY_SECONDS)
        if key_refused or self.state == "half-open" or self.attempts >= FAILURES_TO_OPEN:
            self.state = "open"
        self._asked = retry_after is not None or key_refused
        self._failed_at = self._clock()
        self._next = self._failed_at + seconds
