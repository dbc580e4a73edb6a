"""Goes on with a decision that another process has begun, and hands it on again. The token comes as an argument."""

from __future__ import annotations

import json
import sys

from tenet_ghost import ghost


@ghost.tool("ask.customer", effect="read", key=lambda question: question)
def ask(question: str) -> str:
    return "yes"


def main() -> None:
    decision = ghost.resume(sys.argv[1])
    decision.step("asked in Python")
    decision.alternative({"action": "refuse", "score": 0.25})
    decision.run(lambda: ask("is it so?"))
    print(json.dumps({"decision": decision.decision, "token": decision.suspend()}))


if __name__ == "__main__":
    main()
