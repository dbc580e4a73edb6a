"""
What recording adds to a step of the Dagster example: the same step with recording, without it, and with the platform down, in turn.

    python python/bench/dagster_overhead.py --identity identity.json [--pairs 60] [--rows 200]

A round runs the step once in each way, in an order that turns with the round, so that a slow moment of the machine falls on all alike. What a step takes is
what Dagster itself says of it: the time between its STEP_START and STEP_SUCCESS events, which is what SLA metrics are made of. "Added" is the
difference within a round. Each way has a process of its own that stays, since the SDK is one for a process. The target is 5 ms added at p99.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
import warnings
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
TARGET_MS = 5.0
WAYS = ("without", "recorded", "platform down")
_SETTLE_SECONDS = 0.1
_NOWHERE = "http://127.0.0.1:9"


def serve(way: str, identity: str, spool: str, rows: int) -> None:
    """One way, round after round: a line in, the step's milliseconds out."""
    warnings.simplefilter("ignore")
    from dagster import AssetExecutionContext, DagsterInstance, asset, materialize
    from dagster_tenet import TenetResource
    from dagster_underwriting.applicants import applications_of
    from dagster_underwriting.underwriter import underwriter
    from tenet_ghost import ghost
    from tenet_ghost._agent import agent_of

    decide = underwriter("1.0.0")
    wrapped = agent_of(decide)
    if way == "without" and wrapped is not None:
        decide = wrapped.fn
    applications = [dict(row) for row in applications_of("2026-05-01")][:rows]

    @asset
    def decided(context: AssetExecutionContext, tenet: TenetResource) -> None:
        with tenet.get_client(context):
            for application in applications:
                decide(application)

    more: dict[str, Any] = {"endpoint": _NOWHERE} if way == "platform down" else {}
    enabled = way != "without"
    tenet = TenetResource(identity_file=identity, spool_dir=spool, enabled=enabled, **more)
    with DagsterInstance.ephemeral() as instance:
        for _line in sys.stdin:
            result = materialize([decided], instance=instance, resources={"tenet": tenet})
            stats = instance.get_run_step_stats(result.run_id, ["decided"])[0]
            assert stats.start_time is not None and stats.end_time is not None
            print(json.dumps((stats.end_time - stats.start_time) * 1000), flush=True)
            # The next step begins with nothing of this one under way, as in a process of its own.
            ghost.flush(timeout=_SETTLE_SECONDS)
            time.sleep(_SETTLE_SECONDS)


class Way:
    def __init__(self, way: str, options: argparse.Namespace, folder: str) -> None:
        paths = [
            ROOT / "python/dagster_tenet/src",
            ROOT / "python/tenet_ghost/src",
            ROOT / "examples/dagster-underwriting",
        ]
        env = {**os.environ, "PYTHONPATH": os.pathsep.join(map(str, paths))}
        spool = str(Path(folder) / way.replace(" ", "-"))
        argv = [sys.executable, __file__, "--serve", way, "--identity", options.identity, "--spool", spool]
        self._child = subprocess.Popen(
            [*argv, "--rows", str(options.rows)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            env=env,
        )

    def step(self) -> float:
        assert self._child.stdin is not None and self._child.stdout is not None
        self._child.stdin.write("\n")
        self._child.stdin.flush()
        return float(json.loads(self._child.stdout.readline()))

    def end(self) -> None:
        assert self._child.stdin is not None
        self._child.stdin.close()
        self._child.wait(60)


def quantile(values: list[float], share: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, round(share * (len(ordered) - 1)))]


def bench(options: argparse.Namespace) -> int:
    with tempfile.TemporaryDirectory(prefix="tenet-bench-", dir=options.folder) as folder:
        ways = {way: Way(way, options, folder) for way in WAYS}
        for way in ways.values():
            for _ in range(options.warm_up):
                way.step()
        rounds: list[dict[str, float]] = []
        for number in range(options.pairs):
            turned = [*WAYS[number % 3 :], *WAYS[: number % 3]]
            rounds.append({way: ways[way].step() for way in turned})
        for way in ways.values():
            way.end()
    print(f"{options.pairs} rounds, {options.rows} decisions a step, {os.cpu_count()} cores; milliseconds")
    for way in WAYS:
        taken = [one[way] for one in rounds]
        print(f"  step {way:<14} p50 {quantile(taken, 0.5):7.2f}   p99 {quantile(taken, 0.99):7.2f}")
    worst = 0.0
    for way in WAYS[1:]:
        added = [one[way] - one["without"] for one in rounds]
        p99 = quantile(added, 0.99)
        worst = max(worst, p99)
        per = statistics.median(added) / options.rows * 1000
        print(
            f"  added {way:<13} p50 {quantile(added, 0.5):7.2f}   p95 {quantile(added, 0.95):7.2f}   p99 {p99:7.2f}"
            f"   ({per:.1f} µs a decision at p50)"
        )
    base = quantile([one["without"] for one in rounds], 0.99)
    for way in WAYS[1:]:
        # The difference within a round has the spread of both steps in it; this is how far the step's own p99 moves.
        print(f"  p99 of the step moves by {quantile([one[way] for one in rounds], 0.99) - base:+.2f} ({way})")
    met = worst <= TARGET_MS
    print(f"target: at most {TARGET_MS:g} ms added at p99: {'met' if met else 'missed'}")
    return 0 if met else 1


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--identity", required=True)
    parser.add_argument("--pairs", type=int, default=60)
    parser.add_argument("--rows", type=int, default=200)
    parser.add_argument("--warm-up", type=int, default=5)
    parser.add_argument("--folder", help="where spools are kept meanwhile; a disk, as in production")
    parser.add_argument("--serve", choices=WAYS, help=argparse.SUPPRESS)
    parser.add_argument("--spool", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.serve:
        serve(options.serve, options.identity, options.spool, options.rows)
        return 0
    return bench(options)


if __name__ == "__main__":
    sys.exit(main())
