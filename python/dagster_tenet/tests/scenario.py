"""What the stand-in for the command line answers."""

from __future__ import annotations

import json
import shlex
import sys
from pathlib import Path
from typing import Any

from dagster_tenet import TenetResource

FAKE = Path(__file__).with_name("fake_tenet.py")
EXIT = {"pass": 0, "fail": 3, "inconclusive": 5, "pending": 8}


class Scenario:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.answers: dict[str, Any] = {}
        self.resource = TenetResource(tenant="local", cli=f"{shlex.quote(sys.executable)} {shlex.quote(str(FAKE))}")

    def answer(self, command: str, **answer: Any) -> None:
        self.answers[command] = answer
        (self.folder / "scenario.json").write_text(json.dumps(self.answers), encoding="utf-8")

    def calls(self, command: str) -> list[list[str]]:
        lines = (self.folder / "calls.jsonl").read_text(encoding="utf-8").splitlines()
        return [argv for argv in map(json.loads, lines) if command in " ".join(argv)]

    def verdict(self, status: str, **more: Any) -> None:
        self.answer("gate run", json=verdict(status, **more), exit=EXIT[status], said=["gate: re-running"])

    def in_ledger(self, *decisions: tuple[str, int | None]) -> None:
        rows = [{"id": one, "agent": "underwriter@1.0.0", "index": index} for one, index in decisions]
        self.answer("decision list", json={"decisions": rows, "cursor": None})
        note = "tenet.localhost/local\n42\ncm9vdA==\n\n— signature\n"
        self.answer("ledger status", json={"size": 42, "checkpoint": note})


def verdict(status: str, flips: tuple[str, ...] = (), **more: Any) -> dict[str, Any]:
    rule = {"rule": "flipRate", "status": status, "line": f"{len(flips)} flips", "decisions": list(flips)}
    return {
        "id": "gate_1",
        "name": "pre-deploy",
        "status": status,
        "baseline": "underwriter@1.0.0",
        "candidate": "underwriter@1.1.0",
        "session": "dagster/r/decided",
        "policy": {"stake": {"unit": "DM"}},
        "candidateRun": {"cohort": {"size": 100, "population": 100, "seed": 41}},
        "verdict": {"status": status, "rules": [rule], "stakeAtRisk": 1234, "flips": list(flips), "shifted": []},
        "signed": {"entry": "ver_1", "index": 7},
        "changes": [{"decision": one} for one in flips],
        **more,
    }
