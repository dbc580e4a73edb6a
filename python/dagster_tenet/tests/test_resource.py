import asyncio
from typing import Any

import pytest
from dagster import (
    AssetExecutionContext,
    AssetKey,
    AssetSpec,
    DagsterInstance,
    DailyPartitionsDefinition,
    MaterializeResult,
    OpExecutionContext,
    RetryPolicy,
    RetryRequested,
    asset,
    build_asset_context,
    job,
    materialize,
    multi_asset,
    op,
)

from dagster_tenet import TenetResource
from fakes import Fakes

DAYS = DailyPartitionsDefinition(start_date="2026-05-01", end_date="2026-05-04")


def metadata_of(result: Any, key: str) -> dict[str, Any]:
    (materialization,) = result.asset_materializations_for_node(key.replace("/", "__"))
    return {name: entry.value for name, entry in materialization.metadata.items()}


def test_decisions_carry_the_lineage_of_their_step(fakes: Fakes) -> None:
    @asset(code_version="7")
    def raw() -> int:
        return 1

    @asset(deps=[raw], partitions_def=DAYS, code_version="3", owners=["team:credit"])
    def decided(context: AssetExecutionContext, tenet: TenetResource) -> None:
        with tenet.get_client(context):
            fakes.decide("a")

    instance = DagsterInstance.ephemeral()
    materialize([raw], instance=instance)
    result = materialize(
        [raw, decided],
        selection=[decided],
        instance=instance,
        partition_key="2026-05-02",
        resources={"tenet": TenetResource()},
        tags={"team": "credit"},
    )
    (draft,) = fakes.records()
    lineage = draft["provenance"]["lineage"]
    upstream = lineage.pop("upstream")
    assert upstream["raw"]["data_version"]
    assert lineage.pop("orchestrator_version")
    assert lineage == {
        "orchestrator": "dagster",
        "run_id": result.run_id,
        "root_run_id": result.run_id,
        "job": lineage["job"],
        "run_tags": {"team": "credit"},
        "op": "decided",
        "step_key": "decided",
        "retry_number": 0,
        "asset_keys": ["decided"],
        "code_version": {"decided": "3"},
        "owners": {"decided": ["team:credit"]},
        "partition": "2026-05-02",
    }
    assert draft["intent"]["session"] == f"dagster/{result.run_id}/decided"
    assert draft["intent"]["origin"] == "scheduler"


def test_the_materialisation_says_what_was_decided_beside_what_the_step_says(fakes: Fakes) -> None:
    @asset
    def decided(context: AssetExecutionContext, tenet: TenetResource) -> MaterializeResult[Any]:
        with tenet.get_client(context) as client:
            for key in range(25):
                fakes.decide(str(key))
            assert client.count == 25
        return MaterializeResult(metadata={"rows": 25})

    result = materialize([decided], resources={"tenet": TenetResource(endpoint="https://tenet.test/")})
    metadata = metadata_of(result, "decided")
    assert metadata["rows"] == 25
    assert metadata["tenet/decisions"] == 25
    assert len(metadata["tenet/decision_ids"]) == 20
    assert metadata["tenet/link"] == f"https://tenet.test/api/v1/decisions?runId={result.run_id}"
    assert metadata["tenet/session"] == f"dagster/{result.run_id}/decided"


def test_a_body_that_returns_nothing_has_the_metadata_too(fakes: Fakes) -> None:
    @asset
    def decided(context: AssetExecutionContext, tenet: TenetResource) -> None:
        with tenet.get_client(context):
            fakes.decide("a")

    result = materialize([decided], resources={"tenet": TenetResource()})
    assert metadata_of(result, "decided")["tenet/decisions"] == 1


def test_each_asset_of_a_step_has_its_own(fakes: Fakes) -> None:
    @multi_asset(specs=[AssetSpec("one"), AssetSpec(AssetKey(["b", "two"]))], name="both")
    def both(context: AssetExecutionContext, tenet: TenetResource) -> Any:
        with tenet.get_client_for_asset(context, AssetKey("one")):
            fakes.decide("a")
        with tenet.get_client_for_asset(context, AssetKey(["b", "two"])):
            fakes.decide("b")
            fakes.decide("c")
        yield MaterializeResult("one")
        yield MaterializeResult(AssetKey(["b", "two"]))

    result = materialize([both], resources={"tenet": TenetResource()})
    counts = {
        one.asset_key.to_user_string(): one.metadata["tenet/decisions"].value
        for one in result.asset_materializations_for_node("both")
    }
    assert counts == {"one": 1, "b/two": 2}


def test_a_step_of_several_assets_has_to_say_which(fakes: Fakes) -> None:
    @multi_asset(specs=[AssetSpec("one"), AssetSpec("two")])
    def both(context: AssetExecutionContext, tenet: TenetResource):  # type: ignore[no-untyped-def]
        with tenet.get_client(context):
            pass

    with pytest.raises(Exception, match="get_client_for_asset"):
        materialize([both], resources={"tenet": TenetResource()})


def test_an_op_has_lineage_without_assets(fakes: Fakes) -> None:
    @op
    def decide_all(context: OpExecutionContext, tenet: TenetResource) -> None:
        with tenet.get_client(context):
            fakes.decide("a")

    @job
    def nightly() -> None:
        decide_all()

    result = nightly.execute_in_process(resources={"tenet": TenetResource()})
    (draft,) = fakes.records()
    lineage = draft["provenance"]["lineage"]
    assert (lineage["job"], lineage["op"], lineage["run_id"]) == ("nightly", "decide_all", result.run_id)
    assert "asset_keys" not in lineage


def test_a_second_attempt_is_a_session_of_its_own(fakes: Fakes) -> None:
    @asset(retry_policy=RetryPolicy(max_retries=2))
    def decided(context: AssetExecutionContext, tenet: TenetResource) -> None:
        with tenet.get_client(context):
            fakes.decide("a")
        if context.retry_number == 0:
            raise RetryRequested(max_retries=2)

    result = materialize([decided], resources={"tenet": TenetResource()})
    assert result.success
    first, second = fakes.records()
    assert first["provenance"]["lineage"]["retry_number"] == 0
    assert second["provenance"]["lineage"]["retry_number"] == 1
    assert second["intent"]["session"] == f"{first['intent']['session']}/retry-1"


def test_async_bodies_tasks_and_threads_carry_it(fakes: Fakes) -> None:
    @asset
    async def decided(context: AssetExecutionContext, tenet: TenetResource) -> None:
        async def one(key: str) -> None:
            await asyncio.sleep(0)
            fakes.decide(key)

        with tenet.get_client(context):
            await asyncio.gather(one("a"), one("b"))
            await asyncio.to_thread(fakes.decide, "c")

    result = materialize([decided], resources={"tenet": TenetResource()})
    assert metadata_of(result, "decided")["tenet/decisions"] == 3
    assert {draft["provenance"]["lineage"]["run_id"] for draft in fakes.records()} == {result.run_id}


def test_an_error_of_the_step_is_its_own(fakes: Fakes) -> None:
    @asset
    def decided(context: AssetExecutionContext, tenet: TenetResource) -> None:
        with tenet.get_client(context):
            raise ValueError("the step's own")

    with pytest.raises(ValueError, match="the step's own"):
        materialize([decided], resources={"tenet": TenetResource()})


def test_a_result_yielded_inside_costs_the_metadata_and_no_more(fakes: Fakes) -> None:
    @asset
    def decided(context: AssetExecutionContext, tenet: TenetResource) -> Any:
        with tenet.get_client(context):
            fakes.decide("a")
            yield MaterializeResult(metadata={"rows": 1})

    result = materialize([decided], resources={"tenet": TenetResource()})
    assert result.success
    assert metadata_of(result, "decided") == {"rows": 1}


def test_users_own_tests_run_without_anything(fakes: Fakes) -> None:
    @asset(partitions_def=DAYS)
    def decided(context: AssetExecutionContext, tenet: TenetResource) -> int:
        with tenet.get_client(context) as client:
            fakes.decide("a")
            assert client.session is None
            return client.count

    assert decided(context=build_asset_context(partition_key="2026-05-01"), tenet=TenetResource()) == 1
    (draft,) = fakes.records()
    assert draft["provenance"]["lineage"]["partition"] == "2026-05-01"


def test_without_an_identity_the_step_runs_and_says_that_nothing_is_recorded() -> None:
    @asset
    def decided(context: AssetExecutionContext, tenet: TenetResource) -> None:
        with tenet.get_client(context):
            pass

    result = materialize([decided], resources={"tenet": TenetResource(identity_file="/nowhere/identity.json")})
    assert metadata_of(result, "decided")["tenet/recording"].startswith("off: FileNotFoundError")
    disabled = materialize([decided], resources={"tenet": TenetResource(enabled=False)})
    assert metadata_of(disabled, "decided")["tenet/recording"] == "off: disabled"


class _Model:
    """As much of an OpenAI client as is counted."""

    def __init__(self) -> None:
        self.chat = self
        self.completions = self
        self.calls = 0

    def create(self, **_request: Any) -> Any:
        self.calls += 1
        usage = type("Usage", (), {"total_tokens": 7, "prompt_tokens": 5, "completion_tokens": 2})()
        return type("Answer", (), {"model": "gpt-test", "usage": usage})()


def test_usage_of_a_shared_client_is_counted_once(fakes: Fakes, monkeypatch: pytest.MonkeyPatch) -> None:
    shared = _Model()
    monkeypatch.setattr("tenet_ghost.ghost.openai", lambda client: client, raising=False)

    @asset
    def decided(context: AssetExecutionContext, tenet: TenetResource) -> None:
        with tenet.get_client(context) as client:
            client.openai(shared).chat.completions.create(model="gpt-test")
            client.openai(shared).chat.completions.create(model="gpt-test")

    for _ in range(2):
        result = materialize([decided], resources={"tenet": TenetResource()})
        metadata = metadata_of(result, "decided")
        assert metadata["openai.gpt-test.calls"] == 2
        assert metadata["openai.gpt-test.total_tokens"] == 14
    assert shared.calls == 4
