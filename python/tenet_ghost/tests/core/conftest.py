from __future__ import annotations

import os
from pathlib import Path
from typing import Any, Callable, Dict, Iterator, List

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import settings
from records_api import RecordsApi

from tenet_ghost._identity.keys import KeySigner
from tenet_ghost._process.client import ProcessClient
from tenet_ghost._process.config import read_config
from tenet_ghost._process.problems import Problems

# A busy machine is no fault, and a test run leaves nothing behind.
settings.register_profile("tenet", deadline=None, database=None)
settings.load_profile("tenet")

ROOT = Path(__file__).resolve().parents[4]
#: Conformance vectors that are not part of this repository.
VECTORS = Path(os.environ.get("TENET_SHARED", ROOT.parent / "shared")) / "vectors"
#: Written by the TypeScript side.
GHOST_VECTORS = ROOT / "packages" / "ghost" / "vectors"
OWN_VECTORS = Path(__file__).resolve().parents[1] / "vectors"

SIGNER = KeySigner(Ed25519PrivateKey.from_private_bytes(b"\x11" * 32))


@pytest.fixture
def vectors() -> Path:
    if not VECTORS.exists():
        pytest.skip(f"conformance vectors not found at {VECTORS}")
    return VECTORS


@pytest.fixture
def api() -> Iterator[RecordsApi]:
    api = RecordsApi(SIGNER.public_key)
    yield api
    api.close()


@pytest.fixture
def problems() -> List[Any]:
    return []


@pytest.fixture
def new_client(tmp_path: Path, api: RecordsApi, problems: List[Any]) -> Iterator[Callable[..., ProcessClient]]:
    """Clients of one process, each a producer of its own in the same spool."""
    clients: List[ProcessClient] = []

    def make(**options: Any) -> ProcessClient:
        given: Dict[str, Any] = {
            "endpoint": api.endpoint,
            "api_key": "tnt_test",
            "tenant": "acme",
            "log": "ledger.test/acme",
            "signer": SIGNER,
            "on_problem": problems.append,
            **options,
        }
        given["spool"] = {"dir": str(tmp_path / "spool"), **(options.get("spool") or {})}
        given["batch"] = {"linger_ms": 1, **(options.get("batch") or {})}
        say = Problems(given["on_problem"])
        client = ProcessClient(read_config(given, say), say)
        clients.append(client)
        return client

    yield make
    for client in clients:
        client.close()


def draft(n: int, **more: Any) -> Any:
    return {
        "kind": "decision",
        "type": "loan.approve",
        "id": f"dec_{n}",
        "agent": "underwriter@1",
        "links": [],
        "occurredAt": "2026-01-02T03:04:05.678Z",
        "record": {
            "intent": {"goal": "loan.approve", "origin": "agent", "session": "ses_1"},
            "context": {"inputs": {"n": n}},
            "reasoning": [f"case {n}"],
            "alternatives": [],
            "decision": {"outcome": "approve"},
            "provenance": {"agent": "underwriter", "version": "1", "sdk": "ghost-py/0.1.0"},
            "tape": [],
            "grade": {"grade": "C", "reasons": []},
        },
        **more,
    }


def codes(problems: List[Any]) -> List[str]:
    return [problem.code for problem in problems]
