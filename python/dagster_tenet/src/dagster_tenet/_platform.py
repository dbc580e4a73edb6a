"""The reading side: what is in the ledger, and what gates said."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from ._cli import Cli
from ._errors import TenetError
from ._http import Http

#: Without the command line each place is a request of its own.
_MOST_PLACES = 500


@dataclass(frozen=True)
class RecordedDecision:
    id: str
    agent: str
    #: Place in the ledger; None while it is acknowledged and not yet in the tree.
    index: int | None


@dataclass(frozen=True)
class Head:
    """A state of the log: size and root of a signed checkpoint."""

    size: int
    root: str


@dataclass(frozen=True)
class GateRow:
    id: str
    #: pass | fail | inconclusive | pending
    status: str
    baseline: str
    candidate: str
    created_at: str


class Platform:
    """Asks by HTTP with a read key; without one, and for what has no HTTP door, by the command line."""

    def __init__(self, *, endpoint: str | None, read_key: str | None, cli: Cli | None) -> None:
        self._http = Http(endpoint, read_key) if endpoint and read_key else None
        self._cli = cli

    def decisions(self, *, session: str) -> set[str]:
        """Ids of all of the session's that are acknowledged: committed, in the log or about to be."""
        if self._http is None:
            return {decision.id for decision in self._decisions_by_cli(session)}
        return {str(row["id"]) for row in self._http.pages("/api/v1/decisions", "items", {"session": session})}

    def places(self, *, session: str) -> list[RecordedDecision]:
        """The same with agent and place in the log."""
        if self._cli is not None:
            return self._decisions_by_cli(session)
        if self._http is None:
            raise TenetError("set read_key or cli of TenetResource to read from the ledger")
        ids = self.decisions(session=session)
        return [
            _recorded(self._http.get(f"/api/v1/decisions/{quote(one)}", {"fields": ""}))
            for one in sorted(ids)[:_MOST_PLACES]
        ]

    def head(self) -> Head | None:
        """None where nobody can be asked for it."""
        if self._cli is None:
            return None
        status = self._cli.ask(["ledger", "status"])
        note = status.get("checkpoint") if isinstance(status, dict) else None
        return _head_of(note) if isinstance(note, str) else None

    def gates(self) -> list[GateRow]:
        """The newest ones, newest first."""
        if self._http is None:
            rows = self._need_cli("gates are listed").ask(["gate", "show"])
        else:
            rows = self._http.get("/api/v1/gates", {"limit": "100"})["gates"]
        return [
            GateRow(
                id=str(row["id"]),
                status=str(row["status"]),
                baseline=str(row["baseline"]),
                candidate=str(row["candidate"]),
                created_at=str(row["createdAt"]),
            )
            for row in rows
        ]

    def run_gate(self, arguments: Sequence[str], say: Callable[[str], None], timeout: float) -> dict[str, Any]:
        view = self._need_cli("gates are run").gate_run(arguments, say, timeout)
        if not isinstance(view, dict) or not isinstance(view.get("status"), str):
            raise TenetError("`tenet gate run` printed no verdict")
        return view

    def export_bundle(self, gate: str, out: str) -> None:
        """The evidence of the decision that changed most in this gate."""
        self._need_cli("evidence is exported").run(["decision", "export", "latest", "--gate", gate, "--out", out])

    def _need_cli(self, what: str) -> Cli:
        if self._cli is None:
            raise TenetError(f'{what} by the command line; set `cli` of TenetResource, say to "tenet"')
        return self._cli

    def _decisions_by_cli(self, session: str) -> list[RecordedDecision]:
        cli = self._need_cli("without a read_key decisions are read")
        found: list[RecordedDecision] = []
        cursor: list[str] = []
        while True:
            page = cli.ask(["decision", "list", "--session", session, "--limit", "1000", *cursor])
            found.extend(_recorded(row) for row in page["decisions"])
            if page.get("cursor") is None:
                return found
            cursor = ["--cursor", str(page["cursor"])]


def _head_of(note: str) -> Head | None:
    """A checkpoint is a signed note: origin, size and root, a line each."""
    lines = note.split("\n")
    if len(lines) < 3 or not lines[1].isdigit():
        return None
    return Head(size=int(lines[1]), root=lines[2])


def _recorded(row: dict[str, Any]) -> RecordedDecision:
    index = row.get("index")
    return RecordedDecision(id=str(row["id"]), agent=str(row["agent"]), index=index if isinstance(index, int) else None)
