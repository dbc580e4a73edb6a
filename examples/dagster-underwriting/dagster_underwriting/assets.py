"""Applications of a day, the decisions on them, and what follows from the decisions."""

from collections import Counter
from typing import Any

from dagster import (
    AssetExecutionContext,
    Backoff,
    DailyPartitionsDefinition,
    MaterializeResult,
    MetadataValue,
    RetryPolicy,
    asset,
)

from dagster_tenet import TenetPipesClient, TenetResource

from .applicants import DAYS, FIRST_DAY, applications_of
from .settings import NODE, typescript_process
from .underwriter_1_0_0 import decide

DAY = DailyPartitionsDefinition(
    start_date=FIRST_DAY.isoformat(), end_date=FIRST_DAY.replace(day=FIRST_DAY.day + DAYS).isoformat()
)


@asset(partitions_def=DAY, code_version="1", group_name="loans", kinds={"csv"})
def applications(context: AssetExecutionContext) -> list[dict[str, Any]]:
    """The day's applications, as they came in."""
    rows = [dict(row) for row in applications_of(context.partition_key)]
    context.add_output_metadata({"rows": len(rows)})
    return rows


@asset(
    partitions_def=DAY,
    code_version="1.0.0",
    group_name="loans",
    kinds={"python"},
    owners=["team:credit"],
    retry_policy=RetryPolicy(max_retries=1, delay=1, backoff=Backoff.EXPONENTIAL),
)
def decisions(
    context: AssetExecutionContext, tenet: TenetResource, applications: list[dict[str, Any]]
) -> list[dict[str, Any]]:
    """The agent's decision on each application."""
    with tenet.get_client(context):
        decided = [decide(application) for application in applications]
    context.add_output_metadata({"outcomes": MetadataValue.json(Counter(row["status"] for row in decided))})
    return decided


@asset(partitions_def=DAY, group_name="loans", kinds={"python"})
def letters(context: AssetExecutionContext, decisions: list[dict[str, Any]]) -> MaterializeResult[Any]:
    """What goes out to applicants. Not before the gate has passed: it can't be taken back."""
    return MaterializeResult(metadata={"letters": len(decisions)})


@asset(partitions_def=DAY, code_version="1.0.0", group_name="loans", kinds={"typescript"})
def typescript_decisions(
    context: AssetExecutionContext,
    tenet: TenetResource,
    pipes: TenetPipesClient,
    applications: list[dict[str, Any]],
) -> MaterializeResult[Any]:
    """The same applications, decided by the agent in TypeScript, a process of its own."""
    done = pipes.run(
        context=context,
        command=[NODE, typescript_process()],
        tenet=tenet,
        extras={"applications": applications},
    )
    result: MaterializeResult[Any] = done.get_materialize_result()
    return result
