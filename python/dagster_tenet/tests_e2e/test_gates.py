from typing import Any

import pytest
from dagster import (
    AssetKey,
    DagsterInstance,
    RunConfig,
    build_sensor_context,
    job,
    materialize,
    op,
)
from dagster_underwriting import definitions as example
from dagster_underwriting.settings import BASELINE, HERE, python_version, tenet, typescript_version
from dagster_underwriting.underwriter import NAME
from oracle import flips
from tenet_ghost._record import decision_id

from conftest import metadata_of
from dagster_tenet import TenetPipesClient, tenet_drift_sensor, tenet_gate_check, tenet_replay_asset

DAY = "2026-05-04"
RESOURCES: dict[str, Any] = {"tenet": tenet(), "pipes": TenetPipesClient()}

GATES: dict[str, dict[str, Any]] = {
    "decisions": {
        "policy": str(HERE / "gates/underwriter-py.yaml"),
        "baseline": BASELINE,
        "version": python_version,
        "agent": NAME,
    },
    "typescript_decisions": {
        "policy": str(HERE / "gates/underwriter.yaml"),
        "baseline": BASELINE,
        "version": typescript_version,
        "agent": "underwriter",
    },
}


def arguments(key: str, candidate: str) -> dict[str, Any]:
    gate = GATES[key]
    return {
        "policy": gate["policy"],
        "baseline": gate["baseline"],
        "candidate": candidate,
        "serve": [gate["version"](BASELINE), gate["version"](candidate)],
        "partitions_def": example.DAY,
    }


def run(instance: DagsterInstance, key: str, candidate: str, bundles: str | None = None) -> tuple[Any, Any]:
    asset = getattr(example, key)
    check = tenet_gate_check(asset=asset, bundle_dir=bundles, **arguments(key, candidate))
    result = materialize(
        [example.applications, asset, example.letters, check]
        if key == "decisions"
        else [example.applications, asset, check],
        instance=instance,
        partition_key=DAY,
        resources=RESOURCES,
        raise_on_error=False,
    )
    (evaluation,) = result.get_asset_check_evaluations()
    return result, evaluation


def letters(instance: DagsterInstance) -> str | None:
    event = instance.get_latest_materialization_event(AssetKey("letters"))
    return None if event is None else event.run_id


def test_a_candidate_that_decides_the_same_passes_and_the_letters_go_out(instance: DagsterInstance) -> None:
    result, evaluation = run(instance, "decisions", "1.0.1")
    assert evaluation.passed, evaluation.description
    assert result.success and letters(instance) == result.run_id


@pytest.mark.parametrize("key", list(GATES))
def test_a_relaxed_rule_blocks_and_exactly_its_flips_and_money_are_named(
    instance: DagsterInstance, key: str, tmp_path: Any
) -> None:
    before = letters(instance)
    result, evaluation = run(instance, key, "1.1.0", str(tmp_path))
    metadata = {name: entry.value for name, entry in evaluation.metadata.items()}
    assert not evaluation.passed and not result.success
    assert letters(instance) == before
    expected = flips(DAY)
    assert len(expected) > 3
    ids = {
        decision_id(
            tenant=tenet().tenant_name(),
            agent=GATES[key]["agent"],
            version=BASELINE,
            session=f"dagster/{result.run_id}/{key}",
            key=applicant,
        )
        for applicant in expected
    }
    assert set(metadata["tenet/flipped_decisions"]) == ids
    assert metadata["tenet/at_risk"] == f"{sum(expected.values()):,} DM"
    assert list(tmp_path.iterdir()) and metadata["tenet/bundle"].startswith(str(tmp_path))


def test_a_partition_of_the_replay_asset_finds_the_verdict_of_its_window(instance: DagsterInstance) -> None:
    replayed = tenet_replay_asset(
        name="replayed", decisions=example.typescript_decisions, **arguments("typescript_decisions", "1.1.0")
    )
    result = materialize(
        [example.typescript_decisions, example.applications, replayed],
        selection=[replayed],
        instance=instance,
        partition_key=DAY,
        resources=RESOURCES,
    )
    assert result.success
    event = instance.get_latest_materialization_event(AssetKey("replayed"))
    assert event is not None and event.asset_materialization is not None
    assert event.asset_materialization.partition == DAY
    metadata = metadata_of(event)
    assert metadata["tenet/verdict"] == "fail" and metadata["tenet/flips"] == len(flips(DAY))


def test_the_sensor_hears_of_verdicts_over_http() -> None:
    @op
    def look() -> None:
        pass

    @job
    def review() -> None:
        look()

    sensor = tenet_drift_sensor(job=review, from_start=True, agent=NAME, run_config=lambda _row: RunConfig())
    with build_sensor_context(resources={"tenet": tenet()}) as context:
        first = sensor.evaluate_tick(context)
    assert {request.tags["tenet/verdict"] for request in first.run_requests or []} == {"fail"}
    with build_sensor_context(resources={"tenet": tenet()}, cursor=first.cursor) as context:
        assert not sensor.evaluate_tick(context).run_requests
