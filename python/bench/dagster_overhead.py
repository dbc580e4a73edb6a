"""
What recording adds to a step of the Dagster example: the same step with recording, without it, and with the platform down, in turn.

    python python/bench/dagster_overhead.py [--pairs 200] [--rows 200] [--identity identity.json] [--real-time]

A round runs the step once in each way, in an order that turns with the round, so that a slow moment of the machine falls on all alike; "added" is the
difference within a round. Each step has a process of its own that ends with it, as under Dagster's multiprocess executor, forked from one that has imported
Dagster: what a first record costs a process is in every figure. With the platform down its predecessors' records wait in the spool too.

`body`: inside the step by time.perf_counter, from before `get_client` to after it. `step`: between Dagster's own STEP_START and STEP_SUCCESS, which SLA metrics
are made of; what the writer does beside the step falls on it too. `noise`: two steps without recording, as a measure of the machine. `--real-time` asks
the kernel to let no other process come between (Linux, as root). Without `--identity` a sink that accepts everything stands in for the platform.
"""

import argparse
import dataclasses
import json
import os
import subprocess
import sys
import tempfile
import time
import traceback
import warnings
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve()
ROOT = HERE.parents[2]
for _source in ("examples/dagster-underwriting", "python/tenet_ghost/src", "python/dagster_tenet/src"):
    sys.path.insert(0, str(ROOT / _source))

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey  # noqa: E402
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat  # noqa: E402
from dagster import AssetExecutionContext, DagsterInstance, asset, materialize  # noqa: E402
from dagster_tenet import TenetResource  # noqa: E402
from dagster_underwriting.applicants import applications_of  # noqa: E402
from dagster_underwriting.underwriter import look_up, underwriter  # noqa: E402

from tenet_ghost import ghost  # noqa: E402
from tenet_ghost._agent import agent_of  # noqa: E402

TARGET_MS = 5.0
PLAIN, AGAIN, RECORDED, DOWN = WAYS = ("without", "without again", "recorded", "platform down")
MEASURES = ("body", "step")
_NOWHERE = "http://127.0.0.1:9"

Taken = dict[str, float]


@dataclasses.dataclass(frozen=True)
class Bench:
    identity: str
    folder: str
    rows: int

    def step(self, way: str) -> Taken:
        """In a process of its own. Returns once nothing of it is under way."""
        mine, its = os.pipe()
        child = os.fork()
        if child == 0:
            try:
                os.close(mine)
                _without_log_lines()
                os.write(its, json.dumps(self.run(way)).encode())
                if way == RECORDED:
                    ghost.flush(timeout=10)
                ghost.configure()
            except BaseException:
                traceback.print_exc()
            finally:
                os._exit(0)
        os.close(its)
        with os.fdopen(mine) as said:
            text = said.read()
        os.waitpid(child, 0)
        taken: Taken = json.loads(text)
        return taken

    def run(self, way: str) -> Taken:
        decide = underwriter("1.0.0")
        wrapped = agent_of(decide)
        enabled = way in (RECORDED, DOWN)
        if not enabled and wrapped is not None:
            decide = wrapped.fn
        applications = [dict(row) for row in applications_of("2026-05-01")][: self.rows]
        look_up(applications[0]["id"])
        spent: list[float] = []

        @asset
        def decided(context: AssetExecutionContext, tenet: TenetResource) -> None:
            began = time.perf_counter()
            with tenet.get_client(context):
                for application in applications:
                    decide(application)
            spent.append(time.perf_counter() - began)

        more: dict[str, Any] = {"endpoint": _NOWHERE} if way == DOWN else {}
        spool = str(Path(self.folder) / way.replace(" ", "-"))
        tenet = TenetResource(identity_file=self.identity, spool_dir=spool, enabled=enabled, **more)
        with DagsterInstance.ephemeral() as instance:
            result = materialize([decided], instance=instance, resources={"tenet": tenet})
            stats = instance.get_run_step_stats(result.run_id, ["decided"])[0]
        assert stats.start_time is not None and stats.end_time is not None
        return {"body": spent[0] * 1000, "step": (stats.end_time - stats.start_time) * 1000}


def _without_log_lines() -> None:
    """Dagster's own of each step: written as ever, to nowhere."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)


def quantile(values: list[float], share: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, round(share * (len(ordered) - 1)))]


def bench(identity: str, options: argparse.Namespace) -> int:
    if options.real_time:
        os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1))
    with tempfile.TemporaryDirectory(prefix="tenet-bench-", dir=options.folder) as folder:
        one = Bench(identity, folder, options.rows)
        # A step of the parent's own: what Dagster imports and caches with its first run is there for all.
        one.run(PLAIN)
        for way in WAYS:
            one.step(way)
        rounds: list[dict[str, Taken]] = []
        for number in range(options.pairs):
            turned = [*WAYS[number % len(WAYS) :], *WAYS[: number % len(WAYS)]]
            rounds.append({way: one.step(way) for way in turned})
    priority = "real-time priority" if options.real_time else "beside whatever else runs"
    print(
        f"{options.pairs} rounds, {options.rows} decisions a step, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}, "
        f"{priority}; milliseconds"
    )
    return report(rounds, options.rows)


def report(rounds: list[dict[str, Taken]], rows: int) -> int:
    met = True
    for measure in MEASURES:
        taken = {way: [one[way][measure] for one in rounds] for way in WAYS}
        for way in WAYS:
            print(f"{measure} {way:<20} p50 {quantile(taken[way], 0.5):7.2f}   p99 {quantile(taken[way], 0.99):7.2f}")
        for way, name in ((AGAIN, "noise"), (RECORDED, f"added {RECORDED}"), (DOWN, f"added {DOWN}")):
            added = [with_it - without for with_it, without in zip(taken[way], taken[PLAIN])]
            p50, p99 = quantile(added, 0.5), quantile(added, 0.99)
            line = f"{measure} {name:<20} p50 {p50:7.2f}   p99 {p99:7.2f}   p99 moved by {quantile(taken[way], 0.99) - quantile(taken[PLAIN], 0.99):+.2f}"
            if way != AGAIN:
                met = met and p99 <= TARGET_MS
                line += f"   {p50 / rows * 1000:.1f} µs a decision   target {TARGET_MS:g} at p99: {p99 / TARGET_MS:.2f} of it"
            print(line)
    print(f"at most {TARGET_MS:g} ms added at p99: {'met' if met else 'missed'}")
    return 0 if met else 1


def own_identity(folder: str, endpoint: str) -> str:
    """For the sink, which knows no keys."""
    key = Path(folder) / "key.pem"
    key.write_bytes(Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    key.chmod(0o600)
    known = {
        "endpoint": endpoint,
        "api_key": "tnt_bench",
        "tenant": "acme",
        "log": "ledger.test/acme",
        "key_file": str(key),
    }
    file = Path(folder) / "identity.json"
    file.write_text(json.dumps(known))
    return str(file)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--identity", help="of a running platform, as ghost.enrol returned it")
    parser.add_argument("--pairs", type=int, default=200)
    parser.add_argument("--rows", type=int, default=200)
    parser.add_argument("--folder", help="where spools are kept meanwhile; a disk, as in production")
    parser.add_argument("--real-time", action="store_true")
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    os.environ["DAGSTER_DISABLE_TELEMETRY"] = "1"
    if options.identity:
        return bench(options.identity, options)
    argv = [sys.executable, str(HERE.with_name("capture.py")), "--sink"]
    sink = subprocess.Popen(argv, stdout=subprocess.PIPE, text=True)
    try:
        assert sink.stdout is not None
        endpoint = f"http://127.0.0.1:{int(sink.stdout.readline())}"
        with tempfile.TemporaryDirectory(prefix="tenet-bench-") as folder:
            return bench(own_identity(folder, endpoint), options)
    finally:
        sink.kill()


if __name__ == "__main__":
    sys.exit(main())
