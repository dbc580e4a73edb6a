"""What a step's context says of itself, whatever kind of context it is: of an asset, an op, a check, or made by a test."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from dagster import AssetCheckExecutionContext, AssetExecutionContext, AssetKey, DagsterInstance, OpExecutionContext

Context = AssetExecutionContext | OpExecutionContext | AssetCheckExecutionContext

_T = TypeVar("_T")
_D = TypeVar("_D")


def attempt(read: Callable[[], _T], default: _D) -> _T | _D:
    """Contexts raise for what they lack (each kind and version another set), and none of it may fail a user's step."""
    try:
        return read()
    except Exception:
        return default


@dataclass(frozen=True)
class Run:
    run_id: str
    root_run_id: str | None
    parent_run_id: str | None
    job_name: str | None
    tags: dict[str, str]


@dataclass(frozen=True)
class Step:
    #: None under `build_asset_context()` and the like.
    run: Run | None
    op_name: str | None
    step_key: str | None
    retry_number: int
    asset_keys: list[AssetKey]
    #: Empty without partitions.
    partition_keys: list[str]
    instance: DagsterInstance | None


def read_step(context: Context) -> Step:
    plain: Any = context.op_execution_context if isinstance(context, AssetCheckExecutionContext) else context
    run = attempt(lambda: _read_run(plain), None)
    return Step(
        run=run,
        op_name=attempt(lambda: str(plain.op_def.name), None),
        step_key=attempt(lambda: str(plain.get_step_execution_context().step.key), None) if run else None,
        retry_number=attempt(lambda: int(plain.retry_number), 0),
        asset_keys=_asset_keys(context),
        partition_keys=_partition_keys(plain),
        instance=attempt(lambda: plain.instance, None) if run else None,
    )


def _read_run(context: Any) -> Run:
    run = context.run
    return Run(
        run_id=run.run_id,
        root_run_id=run.root_run_id,
        parent_run_id=run.parent_run_id,
        job_name=attempt(lambda: str(context.job_name), None),
        tags={str(name): str(value) for name, value in run.tags.items()},
    )


def _asset_keys(context: Context) -> list[AssetKey]:
    if isinstance(context, AssetCheckExecutionContext):
        keys: Sequence[AssetKey] = attempt(lambda: [key.asset_key for key in context.selected_asset_check_keys], [])
    else:
        plain: Any = context
        # `.asset_key` raises in a multi-asset, and in an op without assets.
        keys = attempt(lambda: list(plain.selected_asset_keys), [])
    return sorted(set(keys), key=lambda key: list(key.path))


def _partition_keys(context: Any) -> list[str]:
    """Of a ranged run there is no `partition_key`."""
    if attempt(lambda: bool(context.has_partition_key), False):
        return [str(context.partition_key)]
    if attempt(lambda: bool(context.has_partition_key_range), False):
        return attempt(lambda: [str(key) for key in context.partition_keys], [])
    return []
