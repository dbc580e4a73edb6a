"""The replay gate's verdict, and completeness of the record, as asset checks."""

import os
import time
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Literal

from dagster import (
    AssetCheckExecutionContext,
    AssetCheckResult,
    AssetChecksDefinition,
    AssetCheckSeverity,
    AssetKey,
    AssetObservation,
    AssetsDefinition,
    Failure,
    MetadataValue,
    PartitionsDefinition,
    asset_check,
)

from ._coverage import Coverage, compare
from ._errors import TenetError
from ._gate import Gate
from ._ledger import ledger_metadata
from ._materialized import materialized_session
from ._names import RECORDED
from ._platform import Platform
from ._steps import Step, attempt, read_step

Severity = Literal["WARN", "ERROR"]
Asset = AssetKey | str | Sequence[str] | AssetsDefinition

_POLL_SECONDS = 0.25
#: For the first decisions of a materialisation to arrive: a gate over none has nothing to say.
_GATE_WAIT_SECONDS = 30.0


def tenet_gate_check(
    *,
    asset: Asset,
    policy: str,
    candidate: str,
    baseline: str | None = None,
    name: str = "tenet_gate",
    cohort: Literal["materialization", "all"] = "materialization",
    serve: Sequence[str] = (),
    blocking: bool = True,
    inconclusive: Severity = "ERROR",
    max_calls: int | None = None,
    max_cost: float | None = None,
    timeout: float = 3600.0,
    bundle_dir: str | None = None,
    partitions_def: PartitionsDefinition[Any] | None = None,
    resource_key: str = "tenet",
    **check_args: Any,
) -> AssetChecksDefinition:
    """
    Passes when the gate does. A verdict of `fail` fails with ERROR, which blocks what is downstream. An inconclusive one is not a pass: it fails with the
    severity chosen here (WARN lets the run go on). Where no gate could be run at all the check itself fails.

    `cohort`: the decisions of the materialisation that is checked, or all that are recorded of the baseline.
    """
    gate = Gate(policy, candidate, baseline, tuple(serve), max_calls, max_cost, timeout, bundle_dir)
    key = _key_of(asset)

    @asset_check(
        asset=asset,
        name=name,
        blocking=blocking,
        required_resource_keys={resource_key},
        **_partitioned(partitions_def),
        **{"description": f"replay gate {os.path.basename(policy)}: would {candidate} decide the same?", **check_args},
    )
    def check(context: AssetCheckExecutionContext) -> AssetCheckResult:
        tenet = getattr(context.resources, resource_key)
        session = None if cohort == "all" else _session_checked(context, key)
        platform = tenet.platform()
        if session is not None:
            attempt(lambda: _acknowledged(platform, session, bool, _GATE_WAIT_SECONDS), None)
        try:
            verdict = gate.run(platform, session, context.log.info)
        except TenetError as error:
            raise Failure(f"no verdict: {error}") from error
        # Pending is what a gate says that was left before its end: no verdict either.
        severity = inconclusive if verdict.status == "inconclusive" else "ERROR"
        return AssetCheckResult(
            passed=verdict.status == "pass",
            severity=AssetCheckSeverity(severity),
            description=verdict.line,
            metadata=verdict.metadata(tenet.gate_link),
        )

    return check


def tenet_coverage_check(
    *,
    asset: Asset,
    agent: str,
    expected: Callable[[AssetCheckExecutionContext], Iterable[Any]] | None = None,
    rows: Callable[[Any], Iterable[Any]] | None = None,
    name: str = "tenet_coverage",
    blocking: bool = False,
    severity: Severity = "ERROR",
    wait: float = 30.0,
    partitions_def: PartitionsDefinition[Any] | None = None,
    resource_key: str = "tenet",
    **check_args: Any,
) -> AssetChecksDefinition:
    """
    Passes when every row that was decided is a decision acknowledged by the ledger, for this run and partition. A producer's own sequence shows what
    was lost after capture; only the rows show what was decided by code that is not wrapped.

    `agent`: name@version of the wrapped function, whose `key` names the row. The keys of the rows come from `rows`, given the asset's value, or from
    `expected`, given the context. `wait`: seconds for the ledger to acknowledge what is still in the spool.
    """
    if (expected is None) == (rows is None):
        raise ValueError("tenet_coverage_check: give one of `expected` and `rows`")
    name_of_agent, _, version = agent.rpartition("@")
    if not name_of_agent:
        raise ValueError(f"tenet_coverage_check: agent is name@version, got {agent!r}")
    key = _key_of(asset)
    arguments: dict[str, Any] = {
        "asset": asset,
        "name": name,
        "blocking": blocking,
        "required_resource_keys": {resource_key},
        **_partitioned(partitions_def),
        **{"description": "every row that was decided is in the ledger", **check_args},
    }

    def covered(context: AssetCheckExecutionContext, keys: Iterable[Any]) -> AssetCheckResult:
        tenet = getattr(context.resources, resource_key)
        session = _session_checked(context, key)
        coverage = Coverage(tenet.tenant_name(), name_of_agent, version, session, [str(one) for one in keys])
        platform: Platform = tenet.platform()
        try:
            found = _acknowledged(platform, session, coverage.complete, wait)
        except TenetError as error:
            raise Failure(f"the ledger could not be asked: {error}") from error
        outcome = compare(coverage, found)
        in_ledger = ledger_metadata(platform, session)
        _observe(context, key, {RECORDED: outcome.recorded, **in_ledger})
        return AssetCheckResult(
            passed=outcome.passed,
            severity=AssetCheckSeverity(severity),
            description=outcome.line,
            metadata={**outcome.metadata(), **in_ledger},
        )

    if rows is not None:
        of_value = rows

        @asset_check(**arguments)
        def check_rows(context: AssetCheckExecutionContext, decided: Any) -> AssetCheckResult:
            return covered(context, of_value(decided))

        return check_rows
    of_context = expected
    assert of_context is not None

    @asset_check(**arguments)
    def check_expected(context: AssetCheckExecutionContext) -> AssetCheckResult:
        return covered(context, of_context(context))

    return check_expected


def _key_of(asset: Asset) -> AssetKey:
    return asset.key if isinstance(asset, AssetsDefinition) else AssetKey.from_coercible(asset)


def _partitioned(partitions_def: PartitionsDefinition[Any] | None) -> dict[str, Any]:
    """Checks have partitions since Dagster 1.12: older ones don't know the argument."""
    return {} if partitions_def is None else {"partitions_def": partitions_def}


def _session_checked(context: AssetCheckExecutionContext, key: AssetKey) -> str:
    step: Step = read_step(context)
    partition = step.partition_keys[0] if len(step.partition_keys) == 1 else None
    run_id = step.run.run_id if step.run else None
    session = materialized_session(context.instance, key, run_id=run_id, partition=partition)
    if session is None:
        where = f" in partition {partition}" if partition is not None else ""
        raise Failure(
            f"no materialisation of {key.to_user_string()}{where} names its decisions; decide inside `tenet.get_client(context)`",
            metadata={"asset": MetadataValue.asset(key)},
        )
    return session


def _acknowledged(platform: Platform, session: str, complete: Callable[[set[str]], bool], wait: float) -> set[str]:
    """As soon as they are complete; else what is there when the time is up."""
    deadline = time.monotonic() + wait
    while True:
        found = platform.decisions(session=session)
        if complete(found) or time.monotonic() >= deadline:
            return found
        time.sleep(_POLL_SECONDS)


def _observe(context: AssetCheckExecutionContext, key: AssetKey, metadata: dict[str, Any]) -> None:
    """The materialisation was written before the ledger had answered: what it answered stands beside it on the asset's page."""
    step = read_step(context)
    partition = step.partition_keys[0] if len(step.partition_keys) == 1 else None
    observation = AssetObservation(asset_key=key, partition=partition, metadata=metadata)
    attempt(lambda: context.op_execution_context.log_event(observation), None)
