"""Records decisions by the baseline version: identity, session and count come as JSON in an argument, ids go out as JSON."""

from __future__ import annotations

import asyncio
import json
import sys
from typing import Any, Dict, List

from lender_1_0_0 import decide
from tenet_ghost import Problem, ghost


async def run(count: int) -> None:
    for i in range(count):
        await decide({"id": f"A-{i}", "person": {"number": f"n-{i}"}, "amount": 1000 + i})


def main() -> None:
    given: Dict[str, Any] = json.loads(sys.argv[1])
    identity = ghost.enrol(endpoint=given["endpoint"], token=given["token"], key_file=given["keyFile"])
    problems: List[str] = []

    def heard(problem: Problem) -> None:
        problems.append(f"{problem.code}: {problem.message}")

    ghost.configure(**identity, session=given["session"], spool={"dir": given["spool"]}, on_problem=heard)
    asyncio.run(run(given["count"]))
    left = ghost.flush(timeout=60)
    print(json.dumps({"pending": left.pending, "problems": problems, "stats": ghost.stats().acknowledged}))


if __name__ == "__main__":
    main()
