"""Where a decision comes from, in Dagster's terms: it is written into the decision's record as `/provenance/lineage`."""

from __future__ import annotations

from typing import Any

import dagster
from dagster import AssetKey, AssetRecordsFilter, DagsterInstance, EventLogRecord

from ._steps import Context, Step, attempt, read_step

MAX_TAGS = 40
MAX_UPSTREAM = 20
MAX_PARTITIONS = 50
_DATA_VERSION = "dagster/data_version"
#: Of Dagster's own tags, those that say who asked for the run. The others repeat what lineage has, or say where it ran.
_ASKED_BY = {
    "dagster/backfill",
    "dagster/schedule_name",
    "dagster/sensor_name",
    "dagster/auto_materialize",
    "dagster/from_automation_condition",
}

Lineage = dict[str, Any]


def lineage_of(context: Context, step: Step | None = None) -> Lineage:
    """Never raises: what a context can't tell is left out."""
    step = step or read_step(context)
    lineage: Lineage = {"orchestrator": "dagster", "orchestrator_version": dagster.__version__}
    if step.run is not None:
        run = step.run
        lineage |= {"run_id": run.run_id, "root_run_id": run.root_run_id or run.run_id}
        lineage |= _given(parent_run_id=run.parent_run_id, job=run.job_name, run_tags=_tags(run.tags))
    lineage |= _given(op=step.op_name, step_key=step.step_key)
    lineage["retry_number"] = step.retry_number
    if step.asset_keys:
        lineage["asset_keys"] = [key.to_user_string() for key in step.asset_keys]
        lineage.update(attempt(lambda: _of_specs(context, step), {}))
    lineage |= _partitions(step.partition_keys)
    return lineage


def _given(**members: Any) -> Lineage:
    return {name: value for name, value in members.items() if value not in (None, "", {}, [])}


def _tags(tags: dict[str, str]) -> dict[str, str]:
    own = {name: value for name, value in tags.items() if not name.startswith((".dagster", "dagster/"))}
    asked = {name: value for name, value in tags.items() if name in _ASKED_BY}
    return dict(sorted({**own, **asked}.items())[:MAX_TAGS])


def _partitions(keys: list[str]) -> Lineage:
    if not keys:
        return {}
    if len(keys) == 1:
        return {"partition": keys[0]}
    return {"partition_range": {"start": keys[0], "end": keys[-1]}, "partitions": keys[:MAX_PARTITIONS]}


def _of_specs(context: Any, step: Step) -> Lineage:
    specs = [context.assets_def.get_asset_spec(key) for key in step.asset_keys]
    versions = {spec.key.to_user_string(): spec.code_version for spec in specs if spec.code_version is not None}
    owners = {spec.key.to_user_string(): list(spec.owners) for spec in specs if spec.owners}
    own = set(step.asset_keys)
    upstream = dict.fromkeys(dep.asset_key for spec in specs for dep in spec.deps if dep.asset_key not in own)
    found: Lineage = {}
    if step.instance is not None:
        for key in list(upstream)[:MAX_UPSTREAM]:
            found[key.to_user_string()] = upstream_version(step.instance, key, step.partition_keys)
    return _given(code_version=versions, owners=owners, upstream=found)


def upstream_version(instance: DagsterInstance, key: AssetKey, partitions: list[str]) -> Lineage:
    """
    The newest materialisation of `key` in one of these partitions. Where it has none there (an upstream that is partitioned otherwise, or not at
    all), the newest of any, with its own partition named so that nobody takes it for this one's.
    """
    record = attempt(lambda: latest_materialization(instance, key, partitions), None)
    if record is None or record.asset_materialization is None:
        return {"data_version": None}
    materialization = record.asset_materialization
    return {
        "data_version": (materialization.tags or {}).get(_DATA_VERSION),
        **_given(run_id=record.run_id, partition=materialization.partition),
    }


def latest_materialization(instance: DagsterInstance, key: AssetKey, partitions: list[str]) -> EventLogRecord | None:
    if partitions:
        asked = AssetRecordsFilter(asset_key=key, asset_partitions=partitions)
        records = instance.fetch_materializations(asked, limit=1).records
        if records:
            return records[0]
    records = instance.fetch_materializations(key, limit=1).records
    return records[0] if records else None
