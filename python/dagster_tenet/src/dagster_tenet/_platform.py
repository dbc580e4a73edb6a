"""The reading side: what is in the ledger, and what gates said."""

from __future__ import annotations

import http.client
import json
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from ._cli import Cli
from ._errors import NoSuchDoor, TenetError

_PAGE = 500
_REQUEST_SECONDS = 20.0
_MAX_ANSWER = 64 * 1024 * 1024


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
    """Asks by HTTP with a read key; without one, and where there is no HTTP door, by the command line."""

    def __init__(self, *, endpoint: str | None, read_key: str | None, cli: Cli | None) -> None:
        self._endpoint = endpoint.rstrip("/") if endpoint else None
        self._read_key = read_key
        self._cli = cli

    def decisions(self, *, session: str) -> list[RecordedDecision]:
        """All of the session's, acknowledged: they are committed, with a place in the log or about to have one."""
        if self._endpoint and self._read_key:
            try:
                return self._decisions_by_http(session)
            except NoSuchDoor:
                if self._cli is None:
                    raise
        return self._decisions_by_cli(session)

    def head(self) -> Head | None:
        """None where nobody can be asked for it."""
        if self._cli is None:
            return None
        status = self._cli.ask(["ledger", "status"])
        note = status.get("checkpoint") if isinstance(status, dict) else None
        return _head_of(note) if isinstance(note, str) else None

    def gates(self) -> list[GateRow]:
        """The newest ones, newest first."""
        return [
            GateRow(
                id=str(row["id"]),
                status=str(row["status"]),
                baseline=str(row["baseline"]),
                candidate=str(row["candidate"]),
                created_at=str(row["createdAt"]),
            )
            for row in self._need_cli("gates are listed").ask(["gate", "show"])
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

    def _decisions_by_http(self, session: str) -> list[RecordedDecision]:
        found: list[RecordedDecision] = []
        query = {"session": session, "limit": str(_PAGE)}
        while True:
            page = self._get("/api/v1/decisions", query)
            found.extend(_recorded(row) for row in page["decisions"])
            following = page.get("cursor")
            if following is None:
                return found
            query["cursor"] = str(following)

    def _get(self, path: str, query: dict[str, str]) -> dict[str, Any]:
        url = f"{self._endpoint}{path}?{urllib.parse.urlencode(query)}"
        headers = {"x-api-key": self._read_key or "", "x-purpose": "dagster", "accept": "application/json"}
        try:
            with urllib.request.urlopen(
                urllib.request.Request(url, headers=headers), timeout=_REQUEST_SECONDS
            ) as answer:
                page = json.loads(answer.read(_MAX_ANSWER))
        except urllib.error.HTTPError as error:
            said = error.read(2_000).decode("utf-8", "replace")
            if error.code == 404:
                raise NoSuchDoor(f"{self._endpoint} has no {path}") from error
            raise TenetError(f"{self._endpoint}{path} answered {error.code}: {said}") from error
        except (OSError, ValueError, http.client.HTTPException) as error:
            raise TenetError(f"{self._endpoint} could not be asked: {error}") from error
        if not isinstance(page, dict) or not isinstance(page.get("decisions"), list):
            raise TenetError(f"{self._endpoint}{path} answered no decisions")
        return page


def _head_of(note: str) -> Head | None:
    """A checkpoint is a signed note: origin, size and root, a line each."""
    lines = note.split("\n")
    if len(lines) < 3 or not lines[1].isdigit():
        return None
    return Head(size=int(lines[1]), root=lines[2])


def _recorded(row: dict[str, Any]) -> RecordedDecision:
    index = row.get("index")
    return RecordedDecision(id=str(row["id"]), agent=str(row["agent"]), index=index if isinstance(index, int) else None)
