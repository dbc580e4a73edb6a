from typing import Any

import pytest
from dagster import AssetExecutionContext, AssetKey, DagsterInstance, asset, materialize
from tenet_ghost._record import decision_id

from dagster_tenet import TenetResource, tenet_coverage_check
from fakes import Fakes
from scenario import Scenario

ROWS = ["a", "b", "c"]


@asset
def decided(context: AssetExecutionContext, tenet: TenetResource) -> list[str]:
    with tenet.get_client(context):
        pass
    return ROWS


def ids(run_id: str, *keys: str, agent: str = "underwriter", version: str = "1.0.0") -> list[str]:
    session = f"dagster/{run_id}/decided"
    return [decision_id(tenant="local", agent=agent, version=version, session=session, key=key) for key in keys]


def run(scenario: Scenario, in_ledger: Any, rows: list[str] = ROWS, **options: Any) -> tuple[Any, DagsterInstance, str]:
    check = tenet_coverage_check(
        asset=decided, agent="underwriter@1.0.0", expected=lambda _context: rows, **{"wait": 0.3, **options}
    )
    instance = DagsterInstance.ephemeral()
    resources = {"tenet": scenario.resource}
    first = materialize([decided], instance=instance, resources=resources)
    scenario.in_ledger(*in_ledger(first.run_id))
    result = materialize(
        [decided, check], selection=check_only(check), instance=instance, resources=resources, raise_on_error=False
    )
    return next(iter(result.get_asset_check_evaluations()), None), instance, first.run_id


def check_only(check: Any) -> Any:
    from dagster import AssetSelection

    return AssetSelection.checks(*check.check_keys)


def values(evaluation: Any) -> dict[str, Any]:
    return {name: entry.value for name, entry in evaluation.metadata.items()}


def test_all_rows_in_the_ledger_pass_and_the_place_there_is_named(fakes: Fakes, scenario: Scenario) -> None:
    evaluation, instance, run_id = run(scenario, lambda run: [(one, 10 + n) for n, one in enumerate(ids(run, *ROWS))])
    assert evaluation.passed
    metadata = values(evaluation)
    assert metadata["tenet/ledger_index_range"] == "10 to 12"
    assert (metadata["tenet/ledger_size"], metadata["tenet/ledger_root"]) == (42, "cm9vdA==")
    assert metadata["tenet/session"] == f"dagster/{run_id}/decided"
    (observation,) = instance.fetch_observations(AssetKey("decided"), limit=5).records
    assert observation.asset_observation is not None
    assert observation.asset_observation.metadata["tenet/decisions_in_ledger"].value == 3


def test_a_row_that_unwrapped_code_decided_is_named(fakes: Fakes, scenario: Scenario) -> None:
    evaluation, _, _ = run(scenario, lambda run: [(one, 1) for one in ids(run, "a", "c")])
    assert not evaluation.passed
    assert values(evaluation)["tenet/missing_keys"] == ["b"]
    assert values(evaluation)["tenet/missing"] == 1


def test_a_row_that_comes_twice_was_decided_once(fakes: Fakes, scenario: Scenario) -> None:
    evaluation, _, _ = run(scenario, lambda run: [(one, 1) for one in ids(run, *ROWS)], rows=[*ROWS, "b"])
    assert not evaluation.passed
    assert values(evaluation)["tenet/missing_keys"] == ["b"]


def test_another_version_or_agent_does_not_stand_in(fakes: Fakes, scenario: Scenario) -> None:
    def others(run: str) -> list[tuple[str, int]]:
        return [(one, 1) for one in (*ids(run, "a", "b"), *ids(run, "c", version="2.0.0"))]

    evaluation, _, _ = run(scenario, others)
    assert not evaluation.passed and values(evaluation)["tenet/missing_keys"] == ["c"]


def test_a_decision_without_a_row_is_counted_and_no_fault(fakes: Fakes, scenario: Scenario) -> None:
    evaluation, _, _ = run(scenario, lambda run: [(one, 1) for one in ids(run, *ROWS, "dropped later")])
    assert evaluation.passed and values(evaluation)["tenet/not_in_rows"] == 1


def test_acknowledged_counts_before_it_is_in_the_tree(fakes: Fakes, scenario: Scenario) -> None:
    evaluation, _, _ = run(scenario, lambda run: [(one, None) for one in ids(run, *ROWS)])
    assert evaluation.passed and values(evaluation)["tenet/not_in_tree_yet"] == 3


def test_no_row_and_no_decision_is_covered(fakes: Fakes, scenario: Scenario) -> None:
    evaluation, _, _ = run(scenario, lambda _run: [], rows=[])
    assert evaluation.passed


def test_a_platform_that_cannot_be_asked_fails_the_check(fakes: Fakes, scenario: Scenario) -> None:
    check = tenet_coverage_check(asset=decided, agent="underwriter@1.0.0", expected=lambda _context: ROWS, wait=0.1)
    scenario.answer("decision list", exit=1)
    result = materialize([decided, check], resources={"tenet": scenario.resource}, raise_on_error=False)
    assert not result.success and not result.get_asset_check_evaluations()


def test_the_rows_may_be_the_value_of_the_asset(fakes: Fakes, scenario: Scenario) -> None:
    check = tenet_coverage_check(asset=decided, agent="underwriter@1.0.0", rows=lambda value: value, wait=0.1)
    scenario.in_ledger()
    result = materialize([decided, check], resources={"tenet": scenario.resource}, raise_on_error=False)
    (evaluation,) = result.get_asset_check_evaluations()
    assert values(evaluation)["tenet/missing_keys"] == ROWS


def test_wrong_arguments_are_refused_where_the_check_is_defined() -> None:
    with pytest.raises(ValueError, match="one of"):
        tenet_coverage_check(asset=decided, agent="underwriter@1.0.0")
    with pytest.raises(ValueError, match="name@version"):
        tenet_coverage_check(asset=decided, agent="underwriter", expected=lambda _context: [])
