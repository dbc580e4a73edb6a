import { readFileSync } from 'node:fs';
import { isObject, type Params } from './params.js';
import { PipesError } from './pipesError.js';

export interface PipesProvenance {
  readonly codeVersion: string;
  readonly inputDataVersions: Readonly<Record<string, string>>;
  readonly isUserProvided: boolean;
}

/** RFC 3339, as Dagster wrote them. */
export interface TimeWindow {
  readonly start: string;
  readonly end: string;
}

/** What Dagster says of the step. Asset keys are in the protocol's spelling: parts joined by "/", "/" and "\" in a part escaped. */
export interface PipesContext {
  readonly assetKeys: readonly string[];
  readonly codeVersions: Readonly<Record<string, string | null>>;
  readonly provenance: Readonly<Record<string, PipesProvenance | null>>;
  readonly partitionKey: string | null;
  readonly partitionKeyRange: TimeWindow | null;
  readonly partitionTimeWindow: TimeWindow | null;
  readonly runId: string;
  readonly jobName: string | null;
  readonly retryNumber: number;
  readonly extras: Readonly<Record<string, unknown>>;
}

/** The parameters name a file, or hold the context themselves. */
export function loadContext(params: Params): PipesContext {
  const { path, data } = params;
  if (typeof path === 'string') return parseContext(readJson(path));
  if (data !== undefined) return parseContext(data);
  throw new PipesError(
    `the context is neither in a file nor in the environment; its parameters are ${Object.keys(params).join(', ')}`,
  );
}

function readJson(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch (cause) {
    throw new PipesError(`the context file ${path} can't be read`, { cause });
  }
}

function parseContext(value: unknown): PipesContext {
  if (!isObject(value) || typeof value['run_id'] !== 'string') throw new PipesError('the context names no run');
  const assetKeys = value['asset_keys'];
  return {
    assetKeys: Array.isArray(assetKeys) ? assetKeys.filter((key) => typeof key === 'string') : [],
    codeVersions: mapped(value['code_version_by_asset_key'], text),
    provenance: mapped(value['provenance_by_asset_key'], provenance),
    partitionKey: text(value['partition_key']),
    partitionKeyRange: window(value['partition_key_range']),
    partitionTimeWindow: window(value['partition_time_window']),
    runId: value['run_id'],
    jobName: text(value['job_name']),
    retryNumber: typeof value['retry_number'] === 'number' ? value['retry_number'] : 0,
    extras: isObject(value['extras']) ? value['extras'] : {},
  };
}

const text = (value: unknown): string | null => (typeof value === 'string' ? value : null);

function mapped<T>(value: unknown, read: (one: unknown) => T): Readonly<Record<string, T>> {
  if (!isObject(value)) return {};
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, read(one)]));
}

function window(value: unknown): TimeWindow | null {
  if (!isObject(value)) return null;
  const { start, end } = value;
  return typeof start === 'string' && typeof end === 'string' ? { start, end } : null;
}

function provenance(value: unknown): PipesProvenance | null {
  if (!isObject(value)) return null;
  const versions = mapped(value['input_data_versions'], text);
  return {
    codeVersion: text(value['code_version']) ?? '',
    inputDataVersions: Object.fromEntries(
      Object.entries(versions).flatMap(([key, version]) => (version === null ? [] : [[key, version]])),
    ),
    isUserProvided: value['is_user_provided'] === true,
  };
}
