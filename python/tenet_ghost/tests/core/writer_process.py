"""Run as a process of its own: records decisions until it is told to stop, or is killed."""

from __future__ import annotations

import json
import sys
import time

from tenet_ghost import ghost


def main() -> None:
    options = json.loads(sys.argv[1])
    count, pause = options.pop("count"), options.pop("pause", 0.0)
    prefix = options.pop("prefix")
    ghost.configure(**options)
    for n in range(count):
        ghost.decision(agent="underwriter", version="1", type="loan.approve", outcome="approve", key=f"{prefix}-{n}")
        if pause:
            time.sleep(pause)
        if n % 50 == 0:
            print(n, flush=True)
    print("done", flush=True)


if __name__ == "__main__":
    main()
