"""Which decisions a materialisation stands for: it names their session."""

from __future__ import annotations

from typing import Any

from dagster import AssetKey, AssetRecordsFilter, DagsterInstance, EventLogRecord

from ._names import SESSION

_LOOKED_AT = 50


def materialized_session(
    instance: DagsterInstance, key: AssetKey, *, run_id: str | None, partition: str | None
) -> str | None:
    """
    Of this run's materialisation of the asset, else of its newest, in this partition only: the newest of an asset may be that of another window.
    """
    asked = AssetRecordsFilter(asset_key=key, asset_partitions=[partition] if partition is not None else None)
    records = instance.fetch_materializations(asked, limit=_LOOKED_AT).records
    own = [record for record in records if record.run_id == run_id]
    for record in [*own, *records]:
        session = _session_of(record)
        if session is not None:
            return session
    return None


def _session_of(record: EventLogRecord) -> str | None:
    materialization = record.asset_materialization
    entry: Any = materialization.metadata.get(SESSION) if materialization is not None else None
    value = getattr(entry, "value", None)
    return value if isinstance(value, str) else None
