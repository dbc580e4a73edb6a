"""What is recorded in the bench of capture: that of the TypeScript bench (bench/capture/workload.ts), value for value: 2.1 KB in all as a draft."""

from __future__ import annotations

from typing import Any, Callable, Dict, List

from tenet_ghost import ghost

Application = Dict[str, Any]
Decide = Callable[[Application], Dict[str, Any]]

REASONS = ["score 712 is above 640", "instalment is 11 % of income", "no late payment in 12 months"]


def application(n: int, note: int = 5) -> Application:
    """`note`: how long its text is; it makes the larger input of the two that are measured."""
    return {
        "id": f"app-{10_000 + n}",
        "applicant": {
            "name": "Mara Lind",
            "age": 41,
            "job": "skilled",
            "housing": "own",
            "income": 3_150 + n,
            "dependants": 2,
        },
        "requested": {"amount": 4_000 + 10 * n, "currency": "EUR", "months": 24, "purpose": "car", "secured": False},
        "history": [
            {"month": f"2026-0{i + 1}", "balance": 120.5 * i, "late": i == 3, "limit": 1_000} for i in range(6)
        ],
        "note": "The applicant asks for a car loan and names the employer; " * note,
    }


APPLICATIONS: List[Application] = [application(n) for n in range(64)]
#: 2 KB of input alone.
LARGER: List[Application] = [application(n, note=25) for n in range(64)]


def bureau(id: str) -> Dict[str, Any]:
    return {"id": id, "score": 712, "lines": 3, "utilisation": 0.31, "checked": "2026-11-20"}


def fraud(id: str, amount: float) -> Dict[str, Any]:
    return {"id": id, "amount": amount, "risk": 0.02, "signals": []}


def terms(amount: float, months: int) -> Dict[str, Any]:
    return {"rate": 0.049, "instalment": amount / months, "months": months}


def agent_of(*tools: Callable[..., Any]) -> Decide:
    look_up, screen, price = tools

    def decide(application: Application) -> Dict[str, Any]:
        requested = application["requested"]
        look_up(application["id"])
        screen(application["id"], requested["amount"])
        price(requested["amount"], requested["months"])
        return {"status": "approve", "reasons": REASONS}

    return decide


def wrapped() -> Decide:
    look_up = ghost.tool("bureau.lookup", effect="read", key="0")(bureau)
    screen = ghost.tool("fraud.score", effect="read")(fraud)
    price = ghost.tool("terms.price", effect="pure")(terms)
    options = {"outcome": "status", "reasons": "reasons"}
    decide: Decide = ghost.agent(name="underwriter", version="4.2.0", type="loan.approve", **options)(
        agent_of(look_up, screen, price)
    )
    return decide
