"""Run against a live platform: enrols, records, and prints the ids of what was recorded as JSON. No test by itself."""

from __future__ import annotations

import dataclasses
import json
import os
import sys
from typing import Any, Dict, List

from tenet_ghost import ghost


@ghost.tool("bureau.lookup", effect="read", key="0")
def look_up(applicant: str) -> Dict[str, Any]:
    return {"score": 611.0, "applicant": applicant}


@ghost.agent(name="underwriter", version="4.2.0", type="loan.approve", outcome="status", reasons="reasons", key="id")
def decide(application: Dict[str, Any]) -> Dict[str, Any]:
    score = look_up(application["id"])["score"]
    here = ghost.current()
    if here is not None:
        here.step(f"the score is {score:g}")
    return {"status": "approve" if score > 500 else "refer", "reasons": ["good enough"]}


def main() -> None:
    problems: List[Any] = []
    state = os.environ["TENET_STATE"]
    identity = ghost.enrol(
        endpoint=os.environ["TENET_ENDPOINT"], token=os.environ["TENET_TOKEN"], key_file=f"{state}/record.pem"
    )
    sealed = os.environ.get("TENET_PLAIN") is None
    if not sealed:
        identity.pop("seal_key", None)
    ghost.configure(**identity, session="ses_py", spool={"dir": f"{state}/spool"}, on_problem=problems.append)
    count = int(os.environ.get("TENET_COUNT", "20"))
    for n in range(count):
        decide({"id": f"a-{n}", "amount": 1000.0 + n, "text": "Zürich \U0001f3d4", "tiny": 1e-7})
    finished = ghost.decision(
        agent="underwriter", version="4.2.0", type="loan.approve", outcome="refer", key="by-hand", subject="ann"
    )
    assert finished is not None
    linked = [
        ghost.effect(finished, action="letter.send", target="ann", result="success"),
        ghost.override(finished, by="human:7", reason="income was checked", outcome="approve", previous="refer"),
        ghost.correction(finished, reason="typing", fields={"/context/inputs/amount": 1.0}),
    ]
    left = ghost.flush(timeout=30)
    stats = dataclasses.asdict(ghost.stats())
    said = [dataclasses.asdict(problem) for problem in problems]
    answer = {"finished": finished, "linked": linked, "pending": left.pending, "stats": stats, "problems": said}
    json.dump({**answer, "sealed": sealed and "seal_key" in identity, "kid": identity["kid"]}, sys.stdout)


if __name__ == "__main__":
    main()
