"""Run by a test of both SDKs: leaves records in a spool, or brings to the server what another process left. No test by itself."""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path
from typing import Any, Dict

from tenet_ghost import ghost


def leave(count: int) -> None:
    for n in range(count):
        ghost.decision(agent="underwriter", version="1", type="loan.approve", outcome="approve", key=f"left-{n}")


def deliver(spool: str) -> None:
    deadline = time.monotonic() + 20
    # os.walk passes over a folder that is removed while this looks.
    while any(name.endswith(".seg") for _, _, names in os.walk(spool) for name in names):
        if time.monotonic() > deadline:
            sys.exit(f"left: {list(Path(spool).glob('prd_*/*'))}")
        time.sleep(0.02)


def main() -> None:
    given: Dict[str, Any] = json.loads(sys.argv[2])
    ghost.configure(
        **given, on_problem=lambda problem: print(problem, file=sys.stderr) if "damaged" in problem.code else None
    )
    if sys.argv[1] == "leave":
        leave(10)
    else:
        deliver(given["spool"]["dir"])


if __name__ == "__main__":
    main()
