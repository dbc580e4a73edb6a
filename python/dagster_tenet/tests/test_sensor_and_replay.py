import json
from typing import Any

import pytest
from dagster import (
    AssetExecutionContext,
    AssetKey,
    DagsterInstance,
    DailyPartitionsDefinition,
    asset,
    build_sensor_context,
    define_asset_job,
    job,
    materialize,
    op,
)

from dagster_tenet import TenetResource, tenet_drift_sensor, tenet_replay_asset
from fakes import Fakes
from scenario import Scenario

DAYS = DailyPartitionsDefinition(start_date="2026-05-01", end_date="2026-05-04")


@op
def look() -> None:
    pass


@job
def review() -> None:
    look()


def gate(number: int, status: str, agent: str = "underwriter") -> dict[str, Any]:
    return {
        "id": f"gate_{number}",
        "status": status,
        "baseline": f"{agent}@1.0.0",
        "candidate": f"{agent}@1.1.0",
        "createdAt": f"2026-05-0{number}T00:00:00.000Z",
        "attempt": 1,
    }


def evaluate(sensor: Any, scenario: Scenario, cursor: str | None = None) -> Any:
    with build_sensor_context(cursor=cursor, resources={"tenet": scenario.resource}) as context:
        return sensor.evaluate_tick(context)


class Ticks:
    """A sensor's ticks, one after the other."""

    def __init__(self, scenario: Scenario, **options: Any) -> None:
        self.scenario = scenario
        self.sensor = tenet_drift_sensor(job=review, **options)
        self.cursor: str | None = None

    def __call__(self, *gates: dict[str, Any]) -> Any:
        # The command line lists the newest first.
        self.scenario.answer("gate show", json=list(reversed(gates)))
        result = evaluate(self.sensor, self.scenario, self.cursor)
        self.cursor = result.cursor
        return [request.run_key for request in result.run_requests or []]


def test_the_first_tick_takes_note_and_the_next_tell_of_what_is_new(scenario: Scenario) -> None:
    tick = Ticks(scenario)
    assert tick(gate(1, "fail")) == []
    assert tick(gate(1, "fail"), gate(2, "pass"), gate(3, "fail"), gate(4, "inconclusive")) == ["gate_3", "gate_4"]
    assert tick(gate(1, "fail"), gate(2, "pass"), gate(3, "fail"), gate(4, "inconclusive")) == []


def test_a_pending_gate_is_told_of_once_it_has_ended_even_after_later_ones(scenario: Scenario) -> None:
    tick = Ticks(scenario)
    tick()
    assert tick(gate(1, "pending"), gate(2, "fail")) == ["gate_2"]
    assert tick(gate(1, "fail"), gate(2, "fail")) == ["gate_1"]


def test_from_start_tells_of_what_is_there_and_agents_are_told_apart(scenario: Scenario) -> None:
    tick = Ticks(scenario, from_start=True, agent="underwriter")
    assert tick(gate(1, "fail"), gate(2, "fail", agent="other")) == ["gate_1"]


def test_a_platform_that_cannot_be_asked_loses_nothing(scenario: Scenario) -> None:
    tick = Ticks(scenario)
    tick()
    before = tick.cursor
    scenario.answer("gate show", exit=1)
    result = evaluate(tick.sensor, scenario, before)
    assert result.skip_message and result.cursor in (None, before)
    assert tick(gate(1, "fail")) == ["gate_1"]


def test_an_alarm_needs_no_job_and_a_run_names_its_gate(scenario: Scenario) -> None:
    heard: list[str] = []
    alarm = tenet_drift_sensor(on_verdict=lambda _context, row: heard.append(row.id), from_start=True)
    scenario.answer("gate show", json=[gate(1, "fail")])
    evaluate(alarm, scenario)
    assert heard == ["gate_1"]
    result = evaluate(tenet_drift_sensor(job=review, from_start=True), scenario)
    assert result.run_requests
    assert result.run_requests[0].tags["tenet/verdict"] == "fail"
    with pytest.raises(ValueError, match="job"):
        tenet_drift_sensor()


def test_a_broken_cursor_starts_over_quietly(scenario: Scenario) -> None:
    tick = Ticks(scenario)
    tick.cursor = "{"
    assert tick(gate(1, "fail")) == []
    assert json.loads(tick.cursor or "")["seen"] == ["gate_1"]


@asset(partitions_def=DAYS)
def decided(context: AssetExecutionContext, tenet: TenetResource) -> None:
    with tenet.get_client(context):
        pass


def test_a_partition_of_the_replay_is_the_cohort_of_that_window(fakes: Fakes, scenario: Scenario) -> None:
    replayed = tenet_replay_asset(
        name="replayed", decisions=decided, policy="gate.yaml", candidate="1.1.0", partitions_def=DAYS
    )
    scenario.verdict("fail", flips=("dec_1",))
    instance = DagsterInstance.ephemeral()
    resources = {"tenet": scenario.resource}
    runs = {
        day: materialize([decided], instance=instance, partition_key=day, resources=resources).run_id
        for day in ("2026-05-01", "2026-05-02")
    }
    for day in ("2026-05-01", "2026-05-02"):
        result = materialize(
            [decided, replayed], selection=[replayed], instance=instance, partition_key=day, resources=resources
        )
        # Whatever the verdict: it is what the partition holds.
        assert result.success
    sessions = [argv[argv.index("--session") + 1] for argv in scenario.calls("gate run")]
    assert sessions == [f"dagster/{run_id}/decided" for run_id in runs.values()]
    event = instance.get_latest_materialization_event(AssetKey("replayed"))
    assert event is not None and event.asset_materialization is not None
    assert event.asset_materialization.partition == "2026-05-02"
    assert event.asset_materialization.metadata["tenet/verdict"].value == "fail"


def test_a_window_without_decisions_cannot_be_replayed(fakes: Fakes, scenario: Scenario) -> None:
    replayed = tenet_replay_asset(
        name="replayed", decisions=decided, policy="gate.yaml", candidate="1.1.0", partitions_def=DAYS
    )
    scenario.verdict("pass")
    result = materialize(
        [decided, replayed],
        selection=[replayed],
        partition_key="2026-05-03",
        resources={"tenet": scenario.resource},
        raise_on_error=False,
    )
    assert not result.success


def test_a_backfill_takes_one_run_for_each_partition() -> None:
    replayed = tenet_replay_asset(
        name="replayed", decisions="decided", policy="gate.yaml", candidate="1.1.0", partitions_def=DAYS
    )
    assert replayed.backfill_policy is not None and replayed.backfill_policy.max_partitions_per_run == 1
    assert define_asset_job("backfill", selection=[replayed])
