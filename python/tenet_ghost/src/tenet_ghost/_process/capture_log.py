"""What a producer says about its own capture, as entries of kind `capture`. Record format, §2.3."""

from __future__ import annotations

import hashlib
from typing import Any, Callable, Dict, List, Mapping

from .._draft import Draft
from .._sdk import SDK
from .._ulid import new_ulid
from .config import SamplingRule

#: Ids of what is said here. Nobody enqueued these entries, so stats don't count them.
OWN_SAYING = "cap_"
_DROPPED_EVERY_SECONDS = 1.0
_SAMPLED_EVERY_SECONDS = 10.0


class CaptureLog:
    """Not thread-safe. `now` gives RFC 3339, `clock` monotonic seconds."""

    def __init__(
        self, session: str, sampling: Mapping[str, SamplingRule], now: Callable[[], str], clock: Callable[[], float]
    ) -> None:
        self.dropped = 0
        self.skipped = 0
        self._session = session
        self._rules = sampling
        self._now = now
        self._clock = clock
        self._reported = 0
        self._since = ""
        self._until = ""
        self._policy = "drop-newest"
        self._dropped_at = -_DROPPED_EVERY_SECONDS
        self._sampled_at = clock()
        self._seen: Dict[str, List[int]] = {}
        self._unsaid: Dict[str, bool] = {}

    @property
    def has_dues(self) -> bool:
        return self.dropped != self._reported

    def drop(self, count: int, policy: str) -> None:
        self._until = self._now()
        if self.dropped == self._reported:
            self._since = self._until
        self.dropped += count
        self._policy = policy

    def keeps(self, draft: Draft) -> bool:
        """By the decision's id: a case that comes again is in or out as it was."""
        rule = self._rules.get(draft["type"]) if draft["kind"] == "decision" else None
        if rule is None:
            return True
        counts = self._seen.setdefault(draft["type"], [0, 0])
        counts[0] += 1
        self._unsaid[draft["type"]] = True
        draw = int.from_bytes(hashlib.sha256(draft["id"].encode("utf-8", "replace")).digest()[:7], "big") / 2**56
        if draw >= rule.rate:
            self.skipped += 1
            return False
        counts[1] += 1
        return True

    def due(self, closing: bool = False) -> List[Draft]:
        """Entries to be written now."""
        drafts: List[Draft] = []
        clock = self._clock()
        if self.dropped != self._reported and (closing or clock - self._dropped_at >= _DROPPED_EVERY_SECONDS):
            self._dropped_at = clock
            self._reported = self.dropped
            fields = {"dropped": self.dropped, "since": self._since, "until": self._until, "policy": self._policy}
            drafts.append(self._draft("capture.dropped", fields))
        if self._unsaid and (closing or clock - self._sampled_at >= _SAMPLED_EVERY_SECONDS):
            self._sampled_at = clock
            for type_name in self._unsaid:
                rule, (seen, kept) = self._rules[type_name], self._seen[type_name]
                said = {"type": type_name, "rate": rule.rate, "reason": rule.reason, "seen": seen, "kept": kept}
                drafts.append(self._draft("capture.sampled", said))
            self._unsaid = {}
        return drafts

    def say_again(self) -> None:
        """It could not be written. Counts are totals: the next try says what came meanwhile too."""
        if self.dropped > 0:
            self._reported = 0
        self._unsaid = dict.fromkeys(self._seen, True)

    def closed(self, records: int) -> Draft:
        return self._draft("capture.closed", {"records": records, "dropped": self.dropped})

    def _draft(self, type_name: str, members: Mapping[str, Any]) -> Draft:
        said = {**members, "session": self._session}
        return {
            "kind": "capture",
            "type": type_name,
            "id": f"{OWN_SAYING}{new_ulid()}",
            "agent": SDK.replace("/", "@"),
            "links": [],
            "occurredAt": self._now(),
            "fields": [{"path": f"/capture/{name}", "value": value} for name, value in said.items()],
        }
