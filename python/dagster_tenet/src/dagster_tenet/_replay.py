"""Replay as an asset: a backfill of its partitions is a replay of those windows of decisions."""

from collections.abc import Callable, Sequence
from typing import Any

from dagster import (
    AssetExecutionContext,
    AssetKey,
    AssetsDefinition,
    BackfillPolicy,
    Failure,
    MaterializeResult,
    MetadataValue,
    PartitionsDefinition,
    asset,
)

from ._errors import TenetError
from ._gate import Gate
from ._materialized import materialized_session


def tenet_replay_asset(
    *,
    name: str,
    decisions: AssetKey | str | Sequence[str] | AssetsDefinition,
    policy: str,
    candidate: str,
    partitions_def: PartitionsDefinition[Any],
    baseline: str | None = None,
    serve: Sequence[str] = (),
    max_calls: int | None = None,
    max_cost: float | None = None,
    timeout: float = 3600.0,
    bundle_dir: str | None = None,
    resource_key: str = "tenet",
    **asset_args: Any,
) -> AssetsDefinition:
    """
    A partition is the cohort of the decisions that the same partition of `decisions` was last materialised from, re-run by `candidate` and judged by the policy.
    It is materialised whatever the verdict: the verdict is its content. One run for each partition, so that one that can't be replayed fails alone.
    """
    gate = Gate(policy, candidate, baseline, tuple(serve), max_calls, max_cost, timeout, bundle_dir)
    key = decisions.key if isinstance(decisions, AssetsDefinition) else AssetKey.from_coercible(decisions)

    decorate: Callable[[Callable[..., MaterializeResult[Any]]], AssetsDefinition] = asset(
        name=name,
        deps=[key],
        partitions_def=partitions_def,
        backfill_policy=BackfillPolicy.multi_run(1),
        required_resource_keys={resource_key},
        **{"description": f"decisions of the window re-run by {candidate}", "kinds": {"tenet"}, **asset_args},
    )

    def replayed(context: AssetExecutionContext) -> MaterializeResult[Any]:
        tenet = getattr(context.resources, resource_key)
        partition = context.partition_key
        session = materialized_session(context.instance, key, run_id=None, partition=partition)
        if session is None:
            raise Failure(
                f"partition {partition} of {key.to_user_string()} has no recorded decisions to re-run; materialise it first",
                metadata={"asset": MetadataValue.asset(key)},
            )
        try:
            verdict = gate.run(tenet.platform(), session, context.log.info)
        except TenetError as error:
            raise Failure(f"no verdict: {error}") from error
        if verdict.status == "pending":
            raise Failure(f"gate {verdict.view.get('id')} was left before its end; run the partition again")
        context.log.info(verdict.line)
        return MaterializeResult(metadata=verdict.metadata(tenet.gate_link))

    return decorate(replayed)
