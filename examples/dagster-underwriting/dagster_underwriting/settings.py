"""Where Tenet is, from the environment. Without any of it the assets run as well, and nothing is recorded."""

from __future__ import annotations

import os
import shlex
from pathlib import Path

from dagster_tenet import TenetResource

from .applicants import ROOT

HERE = Path(__file__).parents[1]
#: The version that stands before the gate. 1.0.1 decides as 1.0.0 does; 1.1.0 approves longer terms for cars.
CANDIDATE = os.environ.get("CANDIDATE", "1.0.1")
BASELINE = "1.0.0"
BUNDLES = str(HERE / "bundles")
NODE = os.environ.get("NODE", "node")


def tenet(wait_for_ledger: float = 0.0) -> TenetResource:
    """`wait_for_ledger`: seconds; where a step may take longer, so that its materialisation names its place in the ledger."""
    return TenetResource(
        wait_for_ledger=wait_for_ledger,
        identity_file=os.environ.get("TENET_IDENTITY"),
        read_key=os.environ.get("TENET_READ_KEY"),
        cli=os.environ.get("TENET_CLI", f"{NODE} {shlex.quote(str(ROOT / 'bin/tenet.js'))}"),
        state_dir=os.environ.get("TENET_STATE_DIR"),
        spool_dir=os.environ.get("TENET_SPOOL_DIR"),
        enabled=os.environ.get("UNDERWRITING_CAPTURE", "on") == "on",
    )


def python_version(version: str) -> str:
    return str(Path(__file__).with_name(f"underwriter_{version.replace('.', '_')}.py"))


def typescript_version(version: str) -> str:
    """As `npm run build` compiles it."""
    return str(ROOT / "dist/examples/underwriting" / f"underwriter-{version}.js")


def typescript_process() -> str:
    return str(ROOT / "dist/examples/dagster-underwriting/agent/decideDay.js")
