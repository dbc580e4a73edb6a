"""
The example project against a running platform. Where it is, the environment says (test/python/dagster.test.ts sets it):
TENET_IDENTITY, TENET_READ_KEY, TENET_CLI, TENET_STATE_DIR, TENET_SPOOL_DIR.
"""

from __future__ import annotations

import json
import os
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from dagster import DagsterInstance

LINEAGE = "/provenance/lineage"


class Reader:
    """What somebody with a read key sees of the ledger. It knows nothing of the code under test."""

    def __init__(self) -> None:
        self.identity = json.loads(Path(os.environ["TENET_IDENTITY"]).read_text(encoding="utf-8"))
        self._key = os.environ["TENET_READ_KEY"]

    def get(self, path: str) -> dict[str, Any]:
        url = f"{self.identity['endpoint']}{path}"
        request = urllib.request.Request(url, headers={"x-api-key": self._key, "x-purpose": "test"})
        with urllib.request.urlopen(request, timeout=30) as answer:
            content: dict[str, Any] = json.loads(answer.read())
            return content

    def by_run(self, run_id: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        cursor = ""
        while True:
            page = self.get(f"/api/v1/decisions?runId={quote(run_id)}&limit=100&fields={quote(LINEAGE)}{cursor}")
            found += page["items"]
            if page["cursor"] is None:
                return found
            cursor = f"&cursor={quote(page['cursor'])}"


@pytest.fixture(scope="session")
def ledger() -> Reader:
    return Reader()


@pytest.fixture(scope="module")
def instance() -> Iterator[DagsterInstance]:
    with DagsterInstance.local_temp() as made:
        yield made


def metadata_of(event: Any) -> dict[str, Any]:
    """Of a materialisation in the event log."""
    return {name: entry.value for name, entry in event.asset_materialization.metadata.items()}
