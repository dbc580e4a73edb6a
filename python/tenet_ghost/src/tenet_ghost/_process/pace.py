"""How much the SDK's own threads do beside callers that compute: while one of them has the interpreter, no caller has it."""

from __future__ import annotations

from typing import Optional

_TAKE = 256
#: So little at once that a caller never waits long for the interpreter, and so many waiting that pace is given up.
_PACED_TAKE = 1
PACED_BACKLOG = 500
_LONGEST_PAUSE_SECONDS = 0.05
#: Without a pace the writer looks again after so long while there is work now and then, and sleeps until it is woken when there is none.
_POLL_SECONDS = 0.002
_BUSY_SECONDS = 0.25
_IDLE_SECONDS = 1.0
#: At a pace: what is over by then was not disturbed at all.
REST_SECONDS = 0.25
_PACED_POLL_SECONDS = 0.05
#: However long callers go on, what they have left is delivered now and then.
_MOST_RESTS = 20


class Pace:
    """`share`: of the interpreter's time, above 0, at most 1. One of these per configured process, used by its threads."""

    def __init__(self, share: float) -> None:
        self.share = share
        self.given = share < 1
        self.poll_seconds = _PACED_POLL_SECONDS if self.given else _POLL_SECONDS
        self.busy_seconds = 0.0 if self.given else _BUSY_SECONDS
        self.idle_seconds = REST_SECONDS if self.given else _IDLE_SECONDS
        #: So many records wake a writer that rests.
        self.wakes_at = PACED_BACKLOG if self.given else 1
        self._rests = 0
        self._seen: Optional[int] = None

    def holds(self, hurried: bool, backlog: int) -> bool:
        """Not where somebody waits for the records."""
        return self.given and not hurried and backlog <= PACED_BACKLOG

    def take(self, holds: bool) -> int:
        return _PACED_TAKE if holds else _TAKE

    def pause_after(self, worked_seconds: float) -> float:
        return min(worked_seconds * (1 / self.share - 1), _LONGEST_PAUSE_SECONDS)

    def delivery_rests(self, hurried: bool, offered: int) -> bool:
        """
        Taking over what dead processes left, and delivering, take the interpreter for longer than a record does: they wait for a moment
        without new records. Asked once per `REST_SECONDS`, by the delivery thread.
        """
        quiet = self._seen == offered
        self._seen = offered
        self._rests += 1
        if not self.given or hurried or quiet or self._rests > _MOST_RESTS:
            self._rests = 0
            return False
        return True
