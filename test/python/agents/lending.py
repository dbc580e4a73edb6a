"""A small lending agent in Python: two tools, a rule, and reasons in words of its own drawing."""

from __future__ import annotations

from typing import Any, Callable, Dict, List, Sequence

from tenet_ghost import ghost

Reason = Callable[[Dict[str, Any]], str]

WORDS: List[Reason] = [
    lambda facts: f"The bureau score of {facts['score']} is weighed against the limit of {facts['limit']}.",
    lambda facts: f"A bureau score of {facts['score']} stands against a limit of {facts['limit']}.",
]

OTHER_WORDS: List[Reason] = [
    lambda facts: f"With {facts['score']} points from the bureau, the bar of {facts['limit']} is what counts.",
    lambda facts: f"The bar lies at {facts['limit']}; the bureau gave {facts['score']} points.",
]


@ghost.tool("bureau.lookup", effect="read", key=lambda applicant: applicant)
async def look_up(applicant: str) -> Dict[str, int]:
    return {"score": 560 + (int(applicant.split("-")[1]) * 37) % 100}


@ghost.tool(
    "letter.send", effect="irreversible", key=lambda applicant, outcome: f"{applicant}:{outcome}", stub=lambda *_: None
)
def send_letter(applicant: str, outcome: str) -> None:
    SENT.append(applicant)


SENT: List[str] = []


def lender(version: str, limit: int = 600, words: Sequence[Reason] = WORDS) -> Callable[[Dict[str, Any]], Any]:
    @ghost.agent(
        name="lender",
        version=version,
        type="loan.approve",
        key="id",
        subject="person.number",
        outcome="status",
        reasons="reasons",
        confidence="confidence",
        prompt_version="1",
    )
    async def decide(application: Dict[str, Any]) -> Dict[str, Any]:
        here = ghost.current()
        assert here is not None
        found = await look_up(application["id"])
        status = "approve" if found["score"] >= limit else "decline"
        word = words[int(here.random() * len(words))]
        send_letter(application["id"], status)
        return {
            "status": status,
            "confidence": 0.9,
            "reasons": [word({"score": found["score"], "limit": 600})],
        }

    return decide
