"""A job whose steps run in processes of their own, as `dagster dev` runs them."""

from typing import Any

from dagster import AssetSelection, Definitions, JobDefinition, define_asset_job
from dagster_underwriting import definitions as example
from dagster_underwriting.settings import tenet


def recording_job() -> JobDefinition:
    job = define_asset_job("recording", selection=AssetSelection.assets("applications", "decisions"))
    resources: dict[str, Any] = {"tenet": tenet()}
    definitions = Definitions(
        assets=[example.applications, example.decisions],
        asset_checks=[example.coverage],
        jobs=[job],
        resources=resources,
    )
    return (
        definitions.resolve_job_def("recording")
        if hasattr(definitions, "resolve_job_def")
        else definitions.get_job_def("recording")
    )
