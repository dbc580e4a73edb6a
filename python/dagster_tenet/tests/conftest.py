from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tenet_ghost._shared import shared

from dagster_tenet import TenetResource
from fakes import FakeClient, Fakes
from scenario import Scenario


@pytest.fixture
def fakes(monkeypatch: pytest.MonkeyPatch) -> Iterator[Fakes]:
    """Records go to a list; the resource finds the SDK configured."""
    client = FakeClient()
    before = shared.client
    shared.client = client  # type: ignore[assignment]
    monkeypatch.setattr(TenetResource, "configure", lambda _self: None)
    yield Fakes(client)
    shared.client = before


@pytest.fixture
def scenario(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Scenario:
    monkeypatch.setenv("FAKE_TENET", str(tmp_path))
    return Scenario(tmp_path)
