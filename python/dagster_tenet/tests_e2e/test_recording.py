import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from dagster import (
    AssetExecutionContext,
    AssetKey,
    DagsterInstance,
    ReexecutionOptions,
    asset,
    execute_job,
    materialize,
)
from dagster._core.definitions.reconstruct import ReconstructableJob
from dagster_underwriting import definitions as example
from dagster_underwriting.applicants import applications_of
from dagster_underwriting.assets import DAY
from dagster_underwriting.settings import tenet
from dagster_underwriting.underwriter import NAME, underwriter

from conftest import LINEAGE, Reader, metadata_of
from dagster_tenet import TenetPipesClient, TenetResource, tenet_coverage_check

#: Loaded anew by each step's process.
JOB = ReconstructableJob.for_file(str(Path(__file__).with_name("recording_job.py")), "recording_job")
RESOURCES: dict[str, Any] = {"tenet": tenet(), "pipes": TenetPipesClient()}


def evaluation_of(result: Any, name: str) -> dict[str, Any]:
    found = next(one for one in result.get_asset_check_evaluations() if one.check_name == name)
    return {"passed": found.passed, **{key: entry.value for key, entry in found.metadata.items()}}


def latest(instance: DagsterInstance, key: str) -> Any:
    event = instance.get_latest_materialization_event(AssetKey(key))
    assert event is not None
    return event


def test_each_decision_of_a_run_is_in_the_ledger_by_the_run_s_id(instance: DagsterInstance, ledger: Reader) -> None:
    day = "2026-05-01"
    result = materialize(
        [example.applications, example.decisions, example.coverage],
        instance=instance,
        partition_key=day,
        resources=RESOURCES,
    )
    assert result.success
    metadata = metadata_of(latest(instance, "decisions"))
    rows = applications_of(day)
    assert metadata["tenet/decisions"] == len(rows) == 200
    assert metadata["tenet/link"] == f"{ledger.identity['endpoint']}/api/v1/decisions?runId={result.run_id}"
    coverage = evaluation_of(result, "tenet_coverage")
    assert coverage["passed"] and coverage["tenet/decisions_in_ledger"] == 200
    first, last = map(int, coverage["tenet/ledger_index_range"].split(" to "))
    assert last - first >= 199 and coverage["tenet/ledger_size"] > last

    found = ledger.by_run(result.run_id)
    assert len(found) == 200
    assert set(metadata["tenet/decision_ids"]) <= {row["id"] for row in found}
    assert {row["session"] for row in found} == {metadata["tenet/session"]}
    lineages = [row["fields"][LINEAGE] for row in found]
    assert all(lineage == lineages[0] for lineage in lineages)
    upstream = instance.get_latest_materialization_event(AssetKey("applications"))
    assert upstream is not None and upstream.asset_materialization is not None
    expected = {
        "run_id": result.run_id,
        "root_run_id": result.run_id,
        "step_key": "decisions",
        "op": "decisions",
        "asset_keys": ["decisions"],
        "partition": day,
        "code_version": {"decisions": "1.0.0"},
        "retry_number": 0,
    }
    assert lineages[0].items() >= expected.items()
    tags = upstream.asset_materialization.tags or {}
    assert lineages[0]["upstream"]["applications"] == {
        "data_version": tags["dagster/data_version"],
        "run_id": result.run_id,
        "partition": day,
    }


def test_a_node_process_under_pipes_is_found_by_the_same_run_id(instance: DagsterInstance, ledger: Reader) -> None:
    result = materialize(
        [example.applications, example.typescript_decisions],
        instance=instance,
        partition_key="2026-05-01",
        resources=RESOURCES,
    )
    assert result.success
    metadata = metadata_of(latest(instance, "typescript_decisions"))
    assert metadata["tenet/decisions"] == metadata["rows"] == 200
    assert metadata["tenet/link"].endswith(result.run_id)
    found = ledger.by_run(result.run_id)
    assert len(found) == 200 and {row["agent"] for row in found} == {"underwriter@1.0.0"}
    lineage = found[0]["fields"][LINEAGE]
    assert (lineage["step_key"], lineage["partition"]) == ("typescript_decisions", "2026-05-01")
    assert lineage["upstream"]["applications"]["data_version"]


def test_steps_in_processes_of_their_own_leave_nothing_behind(ledger: Reader) -> None:
    """A step does not wait for the platform: the process of the next step delivers what its own left in the spool."""
    with DagsterInstance.local_temp() as instance:
        result = execute_job(
            JOB,
            instance=instance,
            tags={"dagster/partition": "2026-05-02"},
        )
        assert result.success, [event.message for event in result.all_events if event.is_failure]
        assert evaluation_of(result, "tenet_coverage")["passed"]
        assert len(ledger.by_run(result.run_id)) == 200

        again = execute_job(
            JOB,
            instance=instance,
            tags={"dagster/partition": "2026-05-02"},
            reexecution_options=ReexecutionOptions(parent_run_id=result.run_id),
        )
        lineage = ledger.by_run(again.run_id)[0]["fields"][LINEAGE]
        assert (lineage["parent_run_id"], lineage["root_run_id"]) == (result.run_id, result.run_id)


def test_code_that_was_never_wrapped_is_found_by_its_rows(instance: DagsterInstance) -> None:
    wrapped = underwriter("1.0.0")
    bare = wrapped.__wrapped__ if hasattr(wrapped, "__wrapped__") else (lambda row: {"id": row["id"]})

    @asset(partitions_def=DAY)
    def half_wrapped(context: AssetExecutionContext, tenet: TenetResource) -> list[str]:
        rows = applications_of(context.partition_key)[:10]
        with tenet.get_client(context):
            for row in rows[:7]:
                wrapped(dict(row))
            for row in rows[7:]:
                bare(dict(row))
        return [row["id"] for row in rows]

    check = tenet_coverage_check(
        asset=half_wrapped, agent=f"{NAME}@1.0.0", rows=lambda value: value, wait=3.0, partitions_def=DAY
    )
    result = materialize([half_wrapped, check], instance=instance, partition_key="2026-05-03", resources=RESOURCES)
    coverage = evaluation_of(result, "tenet_coverage")
    assert not coverage["passed"]
    assert coverage["tenet/missing_keys"] == [row["id"] for row in applications_of("2026-05-03")[7:10]]


def test_a_step_that_may_wait_names_the_place_in_the_ledger_itself(instance: DagsterInstance) -> None:
    wrapped = underwriter("1.0.0")

    @asset
    def waited(context: AssetExecutionContext, tenet: TenetResource) -> None:
        with tenet.get_client(context):
            for row in applications_of("2026-05-04")[:5]:
                wrapped(dict(row))

    patient = tenet(wait_for_ledger=20.0)
    materialize([waited], instance=instance, resources={"tenet": patient})
    metadata = metadata_of(latest(instance, "waited"))
    assert metadata["tenet/decisions_in_ledger"] == 5
    first, last = map(int, metadata["tenet/ledger_index_range"].split(" to "))
    assert last - first >= 4 and metadata["tenet/ledger_root"]


DOWN = """
import json, sys
from dagster import asset, materialize, AssetExecutionContext
from dagster_tenet import TenetResource
from dagster_underwriting.applicants import applications_of
from dagster_underwriting.underwriter_1_0_0 import decide

@asset
def decided(context: AssetExecutionContext, tenet: TenetResource) -> None:
    with tenet.get_client(context):
        for row in applications_of("2026-05-05")[:50]:
            decide(dict(row))

result = materialize([decided], resources={"tenet": TenetResource(
    identity_file=sys.argv[1], endpoint="http://127.0.0.1:9", spool_dir=sys.argv[2])})
print(json.dumps({"ok": result.success, "run": result.run_id}))
"""


def test_with_the_platform_down_a_run_succeeds_and_the_next_process_delivers(ledger: Reader, tmp_path: Path) -> None:
    import json

    spool = str(tmp_path / "spool")
    command = [sys.executable, "-W", "ignore", "-c", DOWN, os.environ["TENET_IDENTITY"], spool]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    answer = json.loads(done.stdout.splitlines()[-1])
    assert answer["ok"] and ledger.by_run(answer["run"]) == []

    deliver = (
        "import sys, time\nfrom dagster_tenet import TenetResource\nfrom tenet_ghost import ghost\n"
        "assert TenetResource(identity_file=sys.argv[1], spool_dir=sys.argv[2]).configure() is None\n"
        "deadline = time.monotonic() + 30\n"
        "while ghost.stats().spool['segments'] == 0 and time.monotonic() < deadline - 25: time.sleep(0.05)\n"
        "while ghost.stats().spool['segments'] > 0 and time.monotonic() < deadline: time.sleep(0.05)\n"
    )
    command = [sys.executable, "-c", deliver, os.environ["TENET_IDENTITY"], spool]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    assert len(ledger.by_run(answer["run"])) == 50
