from __future__ import annotations

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[4]
#: Conformance vectors that are not part of this repository.
VECTORS = Path(os.environ.get("TENET_SHARED", ROOT.parent / "shared")) / "vectors"
#: Written by the TypeScript side.
GHOST_VECTORS = ROOT / "packages" / "ghost" / "vectors"
OWN_VECTORS = Path(__file__).resolve().parents[1] / "vectors"


@pytest.fixture
def vectors() -> Path:
    if not VECTORS.exists():
        pytest.skip(f"conformance vectors not found at {VECTORS}")
    return VECTORS
