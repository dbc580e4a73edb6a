"""What `dagster dev` loads."""

from typing import Any

from dagster import (
    AssetExecutionContext,
    AssetSelection,
    Config,
    Definitions,
    RunConfig,
    asset,
    define_asset_job,
)

from dagster_tenet import (
    GateRow,
    TenetPipesClient,
    tenet_coverage_check,
    tenet_drift_sensor,
    tenet_gate_check,
    tenet_replay_asset,
)

from .assets import DAY, applications, decisions, letters, typescript_decisions
from .settings import BASELINE, BUNDLES, CANDIDATE, HERE, python_version, tenet, typescript_version
from .underwriter import NAME

typescript_gate: dict[str, Any] = {
    "policy": str(HERE / "gates/underwriter.yaml"),
    "candidate": CANDIDATE,
    "baseline": BASELINE,
    "serve": [typescript_version(version) for version in dict.fromkeys((BASELINE, CANDIDATE))],
    "bundle_dir": BUNDLES,
}

gate = tenet_gate_check(
    asset=decisions,
    policy=str(HERE / "gates/underwriter-py.yaml"),
    candidate=CANDIDATE,
    baseline=BASELINE,
    serve=[python_version(version) for version in dict.fromkeys((BASELINE, CANDIDATE))],
    bundle_dir=BUNDLES,
    partitions_def=DAY,
)
coverage = tenet_coverage_check(
    asset=decisions,
    agent=f"{NAME}@{BASELINE}",
    rows=lambda decided: [row["id"] for row in decided],
    partitions_def=DAY,
)
typescript_gate_check = tenet_gate_check(asset=typescript_decisions, partitions_def=DAY, **typescript_gate)
replayed = tenet_replay_asset(
    name="replayed", decisions=typescript_decisions, partitions_def=DAY, group_name="review", **typescript_gate
)


class Reviewed(Config):
    gate: str = ""
    verdict: str = ""


@asset(group_name="review")
def drift_review(context: AssetExecutionContext, config: Reviewed) -> None:
    """Started by the sensor for each verdict that is no pass."""
    context.add_output_metadata({"gate": config.gate, "verdict": config.verdict})


def review(row: GateRow) -> RunConfig:
    return RunConfig(ops={"drift_review": Reviewed(gate=row.id, verdict=row.status)})


review_job = define_asset_job("review_drift", selection=AssetSelection.assets(drift_review))

defs = Definitions(
    assets=[applications, decisions, letters, typescript_decisions, replayed, drift_review],
    asset_checks=[gate, coverage, typescript_gate_check],
    jobs=[review_job],
    sensors=[tenet_drift_sensor(job=review_job, run_config=review, minimum_interval_seconds=30)],
    resources={"tenet": tenet(), "pipes": TenetPipesClient()},
)
