"""Stands in for Tenet's command line: answers from a scenario file and writes down how it was called."""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path


def main(argv: list[str]) -> int:
    folder = Path(os.environ["FAKE_TENET"])
    with (folder / "calls.jsonl").open("a", encoding="utf-8") as calls:
        calls.write(json.dumps(argv) + "\n")
    words = [word for word in argv if not word.startswith("-")][:2]
    scenario = json.loads((folder / "scenario.json").read_text(encoding="utf-8"))
    answer = scenario.get(" ".join(words))
    if answer is None:
        sys.stderr.write("error: not in the scenario\n")
        return 1
    time.sleep(answer.get("seconds", 0))
    for line in answer.get("said", []):
        sys.stderr.write(line + "\n")
    if "--out" in argv:
        Path(argv[argv.index("--out") + 1]).write_text("{}", encoding="utf-8")
    sys.stdout.write(answer["text"] if "text" in answer else json.dumps(answer.get("json")))
    return int(answer.get("exit", 0))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
