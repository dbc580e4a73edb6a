"""An agent and its tools, for tests of what a decision leaves on the record."""

from __future__ import annotations

from typing import Any, Dict

from tenet_ghost import ghost


@ghost.tool("bureau.lookup", effect="read", key=lambda case: case)
def bureau(case: str) -> Dict[str, Any]:
    return {"score": 612, "case": case}


@ghost.tool("letter.send", effect="irreversible")
def letter(to: str, text: str = "hello") -> Dict[str, bool]:
    return {"sent": True}


@ghost.agent(name="underwriter", version="4.2.0", type="loan.approve", outcome="status", reasons="reasons")
def decide(application: Dict[str, Any]) -> Dict[str, Any]:
    score = bureau(application["id"])["score"]
    letter(to=application["id"])
    return {"status": "approve" if score > 600 else "refer", "reasons": [f"the score is {score}"]}
