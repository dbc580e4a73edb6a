import type { Json } from '../types.js';
import { isObject } from './params.js';
import type { PipesContext } from './pipesContext.js';

/**
 * Where the decisions of this process come from, in the names that dagster-tenet uses for those of a Python step. The
 * protocol carries no step key, no root run and no upstream data versions of its own: the launching side puts them into
 * the extras, under `tenet.lineage`, and they win.
 */
export function dagsterLineage(context: PipesContext): Readonly<Record<string, Json>> {
  const { tenet } = context.extras;
  const given =
    isObject(tenet) && isObject(tenet['lineage']) ? (tenet['lineage'] as Readonly<Record<string, Json>>) : {};
  const { assetKeys, partitionKey, partitionKeyRange, jobName } = context;
  return {
    orchestrator: 'dagster',
    run_id: context.runId,
    retry_number: context.retryNumber,
    ...(jobName !== null && { job: jobName }),
    ...(assetKeys.length > 0 && { asset_keys: assetKeys }),
    ...codeVersions(context),
    ...upstream(context),
    ...(partitionKey !== null && { partition: partitionKey }),
    ...(partitionKey === null && partitionKeyRange !== null && { partition_range: { ...partitionKeyRange } }),
    ...given,
  };
}

function codeVersions({ codeVersions: all }: PipesContext): { code_version?: Json } {
  const known = Object.entries(all).flatMap(([key, version]) => (version === null ? [] : [[key, version] as const]));
  if (known.length === 0) return {};
  return { code_version: Object.fromEntries(known) };
}

/** Provenance is that of the asset's last materialisation: what it was made from then, the best the protocol has. */
function upstream({ provenance }: PipesContext): { previous_input_data_versions?: Json } {
  const versions = Object.assign({}, ...Object.values(provenance).map((one) => one?.inputDataVersions ?? {})) as {
    readonly [key: string]: string;
  };
  return Object.keys(versions).length === 0 ? {} : { previous_input_data_versions: versions };
}
