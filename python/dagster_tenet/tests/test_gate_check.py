from pathlib import Path
from typing import Any, Literal

import pytest
from dagster import (
    AssetExecutionContext,
    AssetKey,
    DagsterInstance,
    DailyPartitionsDefinition,
    ExecuteInProcessResult,
    asset,
    materialize,
)

from dagster_tenet import TenetResource, tenet_gate_check
from dagster_tenet._materialized import materialized_session
from fakes import Fakes
from scenario import Scenario

DAYS = DailyPartitionsDefinition(start_date="2026-05-01", end_date="2026-05-04")


@asset
def decided(context: AssetExecutionContext, tenet: TenetResource) -> None:
    with tenet.get_client(context):
        pass


@asset(deps=[decided])
def letters() -> None:
    pass


def run(
    scenario: Scenario, inconclusive: Literal["WARN", "ERROR"] = "ERROR", **options: Any
) -> tuple[ExecuteInProcessResult, Any, bool]:
    check = tenet_gate_check(asset=decided, policy="gate.yaml", candidate="1.1.0", inconclusive=inconclusive, **options)
    instance = DagsterInstance.ephemeral()
    result = materialize(
        [decided, letters, check], instance=instance, resources={"tenet": scenario.resource}, raise_on_error=False
    )
    evaluation = next(iter(result.get_asset_check_evaluations()), None)
    sent = instance.get_latest_materialization_event(AssetKey("letters")) is not None
    return result, evaluation, sent


def test_a_pass_lets_the_run_go_on(fakes: Fakes, scenario: Scenario) -> None:
    scenario.verdict("pass")
    result, evaluation, sent = run(scenario)
    assert result.success and sent and evaluation.passed
    metadata = {name: entry.value for name, entry in evaluation.metadata.items()}
    assert metadata["tenet/verdict"] == "pass"
    assert metadata["tenet/at_risk"] == "1,234 DM"
    assert metadata["tenet/signed_entry"] == "ver_1 at index 7"


def test_a_fail_blocks_what_is_downstream_and_names_the_flips(fakes: Fakes, scenario: Scenario, tmp_path: Path) -> None:
    scenario.verdict("fail", flips=("dec_1", "dec_2"))
    scenario.answer("decision export")
    result, evaluation, sent = run(scenario, bundle_dir=str(tmp_path / "bundles"))
    assert not result.success and not sent
    assert not evaluation.passed and evaluation.severity.value == "ERROR"
    metadata = {name: entry.value for name, entry in evaluation.metadata.items()}
    assert metadata["tenet/flips"] == 2
    assert metadata["tenet/flipped_decisions"] == ["dec_1", "dec_2"]
    assert Path(metadata["tenet/bundle"]).exists()


def test_inconclusive_is_not_a_pass(fakes: Fakes, scenario: Scenario) -> None:
    scenario.verdict("inconclusive")
    result, evaluation, sent = run(scenario)
    assert not result.success and not sent and not evaluation.passed


def test_inconclusive_may_be_a_warning_which_does_not_block(fakes: Fakes, scenario: Scenario) -> None:
    scenario.verdict("inconclusive")
    result, evaluation, sent = run(scenario, inconclusive="WARN")
    assert result.success and sent
    assert not evaluation.passed and evaluation.severity.value == "WARN"


def test_pending_is_not_a_pass_even_where_inconclusive_is_a_warning(fakes: Fakes, scenario: Scenario) -> None:
    scenario.verdict("pending", verdict=None, signed=None, candidateRun=None)
    result, evaluation, sent = run(scenario, inconclusive="WARN")
    assert not result.success and not sent and not evaluation.passed


@pytest.mark.parametrize(
    "answer",
    [
        {"exit": 1, "said": ["no worker came"]},
        {"text": "not json"},
        {"json": {"no": "verdict"}},
        {"json": [], "exit": 0},
        {"json": {}, "exit": 130},
    ],
)
def test_no_verdict_fails_the_check(fakes: Fakes, scenario: Scenario, answer: dict[str, Any]) -> None:
    scenario.answer("gate run", **answer)
    result, evaluation, sent = run(scenario, inconclusive="WARN")
    assert not result.success and not sent and evaluation is None


def test_a_command_that_hangs_is_stopped(fakes: Fakes, scenario: Scenario) -> None:
    scenario.answer("gate run", seconds=60)
    result, _, sent = run(scenario, timeout=0.5)
    assert not result.success and not sent


def test_a_command_that_is_not_there_fails_the_check(fakes: Fakes, scenario: Scenario) -> None:
    scenario.resource = TenetResource(tenant="local", cli="/nowhere/tenet")
    result, _, sent = run(scenario)
    assert not result.success and not sent


def test_the_cohort_is_this_materialisation_or_all(fakes: Fakes, scenario: Scenario) -> None:
    scenario.verdict("pass")
    scenario.in_ledger(("dec_1", 1))
    result, _, _ = run(scenario)
    (argv,) = scenario.calls("gate run")
    assert argv[argv.index("--session") + 1] == f"dagster/{result.run_id}/decided"
    run(scenario, cohort="all", serve=["a.js", "b.js"], max_calls=5, baseline="1.0.0")
    argv = scenario.calls("gate run")[-1]
    assert "--session" not in argv
    assert argv[argv.index("--serve") + 1 :][:2] == ["a.js", "b.js"]
    assert argv[argv.index("--max-calls") + 1] == "5"


def test_a_check_of_a_partition_judges_that_window(fakes: Fakes, scenario: Scenario) -> None:
    @asset(partitions_def=DAYS)
    def windows(context: AssetExecutionContext, tenet: TenetResource) -> None:
        with tenet.get_client(context):
            pass

    scenario.verdict("pass")
    scenario.in_ledger(("dec_1", 1))
    check = tenet_gate_check(asset=windows, policy="gate.yaml", candidate="1.1.0", partitions_def=DAYS)
    instance = DagsterInstance.ephemeral()
    resources = {"tenet": scenario.resource}
    first = materialize([windows], instance=instance, partition_key="2026-05-01", resources=resources)
    materialize([windows], instance=instance, partition_key="2026-05-02", resources=resources)
    found = materialized_session(instance, AssetKey("windows"), run_id=None, partition="2026-05-01")
    assert found == f"dagster/{first.run_id}/windows"
    again = materialize([windows, check], instance=instance, partition_key="2026-05-01", resources=resources)
    (evaluation,) = again.get_asset_check_evaluations()
    assert evaluation.passed and evaluation.partition == "2026-05-01"
    (argv,) = scenario.calls("gate run")
    assert argv[argv.index("--session") + 1] == f"dagster/{again.run_id}/windows"


def test_an_asset_that_names_no_decisions_fails_the_check(scenario: Scenario) -> None:
    @asset
    def plain() -> None:
        pass

    scenario.verdict("pass")
    check = tenet_gate_check(asset=plain, policy="gate.yaml", candidate="1.1.0")
    result = materialize([plain, check], resources={"tenet": scenario.resource}, raise_on_error=False)
    assert not result.success
