"""Rows against records: which decisions should be in the ledger, and which are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from dagster import MetadataValue
from tenet_ghost._record import decision_id

from ._names import EXPECTED, MISSING, MISSING_COUNT, RECORDED, SESSION, UNEXPECTED

_KEYS_SHOWN = 100


@dataclass(frozen=True)
class Coverage:
    """A decision's id follows from these and the row's key: nobody has to read what was decided to know that it is there."""

    tenant: str
    agent: str
    version: str
    session: str
    keys: Sequence[str]

    @cached_property
    def key_by_id(self) -> dict[str, str]:
        return {
            decision_id(tenant=self.tenant, agent=self.agent, version=self.version, session=self.session, key=key): key
            for key in self.keys
        }

    def complete(self, found: set[str]) -> bool:
        return self.key_by_id.keys() <= found


@dataclass(frozen=True)
class Outcome:
    coverage: Coverage
    recorded: int
    missing: list[str]
    #: Decisions of the session that no row stands for: dropped after they had been decided, or of another agent.
    unexpected: int
    #: A key that comes twice is one decision: the second row was never decided on its own.
    repeated: list[str]

    @property
    def passed(self) -> bool:
        return not self.missing and not self.repeated

    @property
    def line(self) -> str:
        rows = len(self.coverage.keys)
        if self.passed:
            return f"all {rows} rows decided are in the ledger"
        return f"{len(self.missing) + len(self.repeated)} of {rows} rows decided have no decision in the ledger"

    def counts(self) -> dict[str, Any]:
        return {
            EXPECTED: len(self.coverage.keys),
            RECORDED: self.recorded,
            MISSING_COUNT: len(self.missing) + len(self.repeated),
            UNEXPECTED: self.unexpected,
        }

    def metadata(self) -> dict[str, Any]:
        metadata = {SESSION: self.coverage.session, **self.counts()}
        if not self.passed:
            metadata[MISSING] = MetadataValue.json([*self.missing, *self.repeated][:_KEYS_SHOWN])
        return metadata


def compare(coverage: Coverage, found: set[str]) -> Outcome:
    by_id = coverage.key_by_id
    counted = Counter(coverage.keys)
    return Outcome(
        coverage=coverage,
        recorded=len(by_id.keys() & found),
        missing=[key for one, key in by_id.items() if one not in found],
        unexpected=len(found - by_id.keys()),
        repeated=[key for key, count in counted.items() for _ in range(count - 1)],
    )
