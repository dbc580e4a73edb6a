"""A gate as it is asked for and as it answers, for the check and for the replay asset."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from dagster import MetadataValue, TableColumn, TableRecord, TableSchema

from ._names import (
    AT_RISK,
    BASELINE,
    BUNDLE,
    CANDIDATE,
    COHORT,
    FLIPPED,
    FLIPS,
    GATE,
    RULES,
    SESSION,
    SHIFTED,
    SIGNED,
    VERDICT,
)
from ._platform import Platform
from ._steps import attempt

_IDS_SHOWN = 50
_RULE_COLUMNS = TableSchema(columns=[TableColumn("rule"), TableColumn("status"), TableColumn("finding")])


@dataclass(frozen=True)
class Gate:
    """What is judged, by which policy, and who serves the versions while it runs."""

    policy: str
    candidate: str
    baseline: str | None = None
    #: Agent modules that the command serves meanwhile; workers that run already need none.
    serve: Sequence[str] = field(default_factory=tuple)
    max_calls: int | None = None
    max_cost: float | None = None
    timeout: float = 3600.0
    #: Folder where the evidence of the decision that changed most is written.
    bundle_dir: str | None = None

    def run(self, platform: Platform, session: str | None, say: Callable[[str], None]) -> Verdict:
        arguments = [self.policy, "--candidate", self.candidate]
        for option, value in (
            ("--baseline", self.baseline),
            ("--session", session),
            ("--max-calls", self.max_calls),
            ("--max-cost", self.max_cost),
        ):
            if value is not None:
                arguments += [option, str(value)]
        if self.serve:
            arguments += ["--serve", *self.serve]
        view = platform.run_gate(arguments, say, self.timeout)
        return Verdict(view, attempt(lambda: self._bundle(platform, view, say), None))

    def _bundle(self, platform: Platform, view: dict[str, Any], say: Callable[[str], None]) -> str | None:
        if self.bundle_dir is None or not view.get("changes"):
            return None
        os.makedirs(self.bundle_dir, exist_ok=True)
        out = os.path.join(os.path.abspath(self.bundle_dir), f"{view['id']}.bundle.json")
        try:
            platform.export_bundle(str(view["id"]), out)
        except Exception as error:
            say(f"no evidence bundle: {error}")
            return None
        return out


@dataclass(frozen=True)
class Verdict:
    #: As `tenet gate show -o json` prints it.
    view: dict[str, Any]
    bundle: str | None = None

    @property
    def status(self) -> str:
        """pass | fail | inconclusive | pending"""
        return str(self.view["status"])

    @property
    def flips(self) -> list[str]:
        return [str(one) for one in self._verdict.get("flips") or []]

    @property
    def line(self) -> str:
        view = self.view
        return f"{view.get('baseline')} → {view.get('candidate')}: {self.status}, {len(self.flips)} flips"

    @property
    def _verdict(self) -> dict[str, Any]:
        return self.view.get("verdict") or {}

    def metadata(self, link: Callable[[str], str | None]) -> dict[str, Any]:
        """Ids, counts and amounts; no recorded text."""
        view, verdict = self.view, self._verdict
        metadata: dict[str, Any] = {
            VERDICT: self.status,
            GATE: str(view.get("id")),
            BASELINE: str(view.get("baseline")),
            CANDIDATE: str(view.get("candidate")),
            FLIPS: len(self.flips),
            SHIFTED: len(verdict.get("shifted") or []),
            RULES: _rules(verdict.get("rules") or []),
        }
        if self.flips:
            metadata[FLIPPED] = MetadataValue.json(self.flips[:_IDS_SHOWN])
        if isinstance(view.get("session"), str):
            metadata[SESSION] = view["session"]
        metadata.update(attempt(lambda: _at_risk(view, verdict), {}))
        metadata.update(attempt(lambda: _cohort(view), {}))
        signed = view.get("signed")
        if isinstance(signed, dict):
            metadata[SIGNED] = f"{signed.get('entry')} at index {signed.get('index')}"
        if self.bundle is not None:
            metadata[BUNDLE] = MetadataValue.path(self.bundle)
        address = link(str(view.get("id")))
        if address is not None:
            metadata["tenet/link"] = MetadataValue.url(address)
        return metadata


def _rules(rules: list[dict[str, Any]]) -> MetadataValue[Any]:
    records = [
        TableRecord({"rule": str(rule["rule"]), "status": str(rule["status"]), "finding": str(rule["line"])})
        for rule in rules
    ]
    return MetadataValue.table(records=records, schema=_RULE_COLUMNS)


def _at_risk(view: dict[str, Any], verdict: dict[str, Any]) -> dict[str, Any]:
    amount = verdict.get("stakeAtRisk")
    if amount is None:
        return {}
    unit = ((view.get("policy") or {}).get("stake") or {}).get("unit", "")
    return {AT_RISK: f"{amount:,} {unit}".strip()}


def _cohort(view: dict[str, Any]) -> dict[str, Any]:
    cohort = view["candidateRun"]["cohort"]
    return {COHORT: f"{cohort['size']} of {cohort['population']} decisions, seed {cohort['seed']}"}
