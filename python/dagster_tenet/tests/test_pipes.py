"""Pipes with a real Node process, under Dagster itself. Where Dagster's own client is open, ours is closed: both are shown."""

import json
import shutil
import textwrap
from pathlib import Path
from typing import Any

import pytest
from dagster import (
    AssetCheckSpec,
    AssetExecutionContext,
    DagsterInstance,
    DailyPartitionsDefinition,
    PipesSubprocessClient,
    asset,
    materialize,
)

from dagster_tenet import TenetPipesClient

CLIENT = Path(__file__).parents[3] / "packages/ghost/dist/dagster/index.js"
NODE = shutil.which("node") or "node"

pytestmark = pytest.mark.skipif(
    shutil.which("node") is None or not CLIENT.exists(), reason="needs node and the built Ghost SDK: npm run build"
)


class Outcome:
    def __init__(self, result: Any) -> None:
        self.result = result
        self.ok: bool = result.success
        self.materializations = result.asset_materializations_for_node("scored")
        self.checks = result.get_asset_check_evaluations()
        failures = [event for event in result.all_events if event.is_step_failure]
        error = failures[0].step_failure_data.error if failures else None
        self.says = f"{error.message} {error.cause.message if error.cause else ''}" if error else ""

    @property
    def metadata(self) -> dict[str, Any]:
        return {name: entry.value for name, entry in self.materializations[0].metadata.items()}


def run(body: str, client: Any = None, **materialize_args: Any) -> Outcome:
    """Runs a module as the asset's process; `tenet` is the package's Pipes client."""
    script = f"import * as tenet from {json.dumps(str(CLIENT))};\nimport {{ writeFileSync, appendFileSync }} from 'node:fs';\n"
    script += "import { inflateSync } from 'node:zlib';\n"
    script += "const raw = JSON.parse(inflateSync(Buffer.from(process.env.DAGSTER_PIPES_MESSAGES, 'base64'))).path;\n"
    script += textwrap.dedent(body)
    pipes = client or TenetPipesClient()

    @asset(
        check_specs=[AssetCheckSpec("sane", asset="scored")],
        partitions_def=materialize_args.pop("partitions_def", None),
        code_version="9",
    )
    def scored(context: AssetExecutionContext):  # type: ignore[no-untyped-def]
        done = pipes.run(context=context, command=[NODE, "--input-type=module", "-e", script])
        return done.get_results(implicit_materializations=client is not None)

    return Outcome(
        materialize([scored], raise_on_error=False, instance=DagsterInstance.ephemeral(), **materialize_args)
    )


GOOD = """
await tenet.withDagsterPipes((pipes) => {
  pipes.log('info', `run ${pipes.context.runId}`);
  pipes.reportAssetMaterialization({
    dataVersion: 'v3',
    metadata: {
      rows: 3,
      share: 0.5,
      ok: true,
      none: null,
      page: { type: 'url', rawValue: 'https://example.org' },
      lineage: [pipes.lineage],
      session: pipes.session,
      odd: 'lone \\ud800 surrogate',
      nan: Number.NaN,
      big: 2n ** 70n,
    },
  });
  pipes.reportAssetCheck({ checkName: 'sane', passed: true, metadata: { seen: 3 } });
});
"""


def test_what_a_node_process_reports_is_on_the_asset() -> None:
    days = DailyPartitionsDefinition(start_date="2026-05-01", end_date="2026-05-04")
    outcome = run(GOOD, partitions_def=days, partition_key="2026-05-02")
    assert outcome.ok, outcome.says
    metadata = outcome.metadata
    assert (metadata["rows"], metadata["share"], metadata["ok"], metadata["none"]) == (3, 0.5, True, None)
    assert metadata["page"] == "https://example.org"
    assert metadata["odd"] == "lone \ufffd surrogate"
    assert (metadata["nan"], metadata["big"]) == ("NaN", str(2**70))
    assert outcome.materializations[0].tags["dagster/data_version"] == "v3"
    (check,) = outcome.checks
    assert check.passed and check.metadata["seen"].value == 3
    run_id = outcome.result.run_id
    assert metadata["session"] == f"dagster/{run_id}/scored"
    (lineage,) = metadata["lineage"]
    assert lineage["run_id"] == lineage["root_run_id"] == run_id
    assert (lineage["step_key"], lineage["partition"], lineage["retry_number"]) == ("scored", "2026-05-02", 0)
    assert (lineage["asset_keys"], lineage["code_version"]) == (["scored"], {"scored": "9"})


def test_an_error_in_the_process_fails_the_step_and_says_why() -> None:
    outcome = run("await tenet.withDagsterPipes(() => { throw new RangeError('no bureau'); });")
    assert not outcome.ok and not outcome.materializations
    assert "RangeError: no bureau" in outcome.says


def test_stdout_is_the_process_s_own() -> None:
    outcome = run("console.log('not json at all'); console.log('{');\n" + GOOD)
    assert outcome.ok, outcome.says


def test_a_message_of_many_megabytes_arrives_whole() -> None:
    outcome = run(
        """
        await tenet.withDagsterPipes((pipes) => {
          pipes.reportAssetMaterialization({ metadata: { long: 'x'.repeat(8_000_000) } });
          pipes.reportAssetCheck({ checkName: 'sane', passed: true });
        });
        """
    )
    assert outcome.ok, outcome.says
    assert len(outcome.metadata["long"]) == 8_000_000


#: Processes that end with 0. Dagster's own client takes each of them for a success.
OPEN = {
    "says nothing at all": "process.exit(0);",
    "never opens, reports nothing": "console.log('done');",
    "opens and reports nothing": "tenet.openDagsterPipes().close();",
    "says a line that is no message": """
        const pipes = tenet.openDagsterPipes();
        appendFileSync(raw, 'Warning: something\\n');
        pipes.reportAssetMaterialization();
        pipes.close();
    """,
    "calls a method that Dagster does not know": """
        const pipes = tenet.openDagsterPipes();
        appendFileSync(raw, JSON.stringify({ __dagster_pipes_version: '0.1', method: 'report_run', params: {} }) + '\\n');
        pipes.reportAssetMaterialization();
        pipes.close();
    """,
    "closes with an error and ends with 0": """
        const pipes = tenet.openDagsterPipes();
        pipes.reportAssetMaterialization();
        pipes.close(new Error('half of the rows'));
        process.exitCode = 0;
    """,
    "stops in the middle of a line": """
        const pipes = tenet.openDagsterPipes();
        pipes.reportAssetMaterialization();
        pipes.close();
        appendFileSync(raw, '{"__dagster_pipes_version":"0.1","meth');
    """,
}


@pytest.mark.parametrize("what", OPEN)
def test_what_dagster_lets_pass_is_a_failure_here(what: str) -> None:
    checked = OPEN[what].replace(
        "pipes.reportAssetMaterialization();",
        "pipes.reportAssetMaterialization(); pipes.reportAssetCheck({ checkName: 'sane', passed: true });",
    )
    ours = run(checked)
    assert not ours.ok and not ours.materializations
    assert "ended with 0, and yet" in ours.says


def test_the_same_under_dagster_s_own_client_is_a_success() -> None:
    silent = run_unchecked(OPEN["says nothing at all"])
    assert silent.ok and len(silent.materializations) == 1
    unreadable = run_unchecked(OPEN["says a line that is no message"])
    assert unreadable.ok and len(unreadable.materializations) == 1
    half = run_unchecked(OPEN["closes with an error and ends with 0"])
    assert half.ok


def run_unchecked(body: str) -> Outcome:
    script = f"import * as tenet from {json.dumps(str(CLIENT))};\nimport {{ appendFileSync }} from 'node:fs';\n"
    script += "import { inflateSync } from 'node:zlib';\n"
    script += "const raw = JSON.parse(inflateSync(Buffer.from(process.env.DAGSTER_PIPES_MESSAGES, 'base64'))).path;\n"

    @asset
    def scored(context: AssetExecutionContext):  # type: ignore[no-untyped-def]
        done = PipesSubprocessClient().run(
            context=context, command=[NODE, "--input-type=module", "-e", script + textwrap.dedent(body)]
        )
        return done.get_results()

    return Outcome(materialize([scored], raise_on_error=False))


def test_a_check_that_is_not_declared_never_reaches_dagster() -> None:
    outcome = run(
        "await tenet.withDagsterPipes((pipes) => pipes.reportAssetCheck({ checkName: 'other', passed: true }));"
    )
    assert not outcome.ok
    assert "declares no check other" in outcome.says
