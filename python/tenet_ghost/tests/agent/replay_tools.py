"""Tools of agents that are re-run; `ran` says which of them ran."""

from __future__ import annotations

from typing import Any, Dict, List

from tenet_ghost import ghost

ran: List[str] = []


class OwnError(Exception):
    def __init__(self, a: int, b: int) -> None:
        super().__init__(a + b)


@ghost.tool("lookup", effect="read", key=lambda case: case)
def lookup(case: str) -> Dict[str, Any]:
    ran.append(f"lookup {case}")
    return {"score": 1}


@ghost.tool("send", effect="irreversible", key=lambda to: to, stub=lambda to: "stubbed")
def send(to: str) -> str:
    ran.append(f"send {to}")
    return "sent"


@ghost.tool("pay", effect="write")
def pay(amount: float) -> str:
    ran.append("pay")
    return "paid"


@ghost.tool("rate", effect="read", as_of=lambda at, pair: [pair, at])
def rate(pair: str, at: str = "now") -> Dict[str, str]:
    return {"pair": pair, "at": at}


@ghost.tool("read_async", effect="read")
async def read_async(n: int) -> int:
    raise AssertionError("not run in a replay")


@ghost.tool("sum", effect="pure")
def add(a: int, b: int) -> int:
    return a + b


def agent(fn: Any, **more: Any) -> Any:
    return ghost.agent(name="a", version="1", type="t", **more)(fn)
