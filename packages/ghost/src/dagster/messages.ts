import { wellFormed } from '../snapshot.js';
import { isObject } from './params.js';
import type { PipesContext } from './pipesContext.js';
import { PipesError } from './pipesError.js';

export const PROTOCOL_VERSION = '0.1';

export interface PipesMessage {
  readonly __dagster_pipes_version: typeof PROTOCOL_VERSION;
  readonly method: string;
  readonly params: Readonly<Record<string, unknown>> | null;
}

export type LogLevel = 'debug' | 'info' | 'warning' | 'error' | 'critical';

const METADATA_TYPES = [
  '__infer__',
  'text',
  'url',
  'path',
  'notebook',
  'json',
  'md',
  'float',
  'int',
  'bool',
  'dagster_run',
  'asset',
  'null',
  'table',
  'table_schema',
  'table_column_lineage',
  'timestamp',
] as const;
export type MetadataType = (typeof METADATA_TYPES)[number];

/** A raw value, whose type Dagster infers, or one of a stated type. */
export type MetadataEntry = string | number | bigint | boolean | null | readonly unknown[] | TypedMetadata;

export interface TypedMetadata {
  readonly type: MetadataType;
  readonly rawValue: unknown;
}

export interface AssetMaterialization {
  /** May be left out where the step has one asset. */
  readonly assetKey?: string;
  readonly metadata?: Readonly<Record<string, MetadataEntry>>;
  readonly dataVersion?: string;
}

export interface AssetCheck {
  readonly checkName: string;
  readonly passed: boolean;
  /** @default 'ERROR' */
  readonly severity?: 'WARN' | 'ERROR';
  readonly assetKey?: string;
  readonly metadata?: Readonly<Record<string, MetadataEntry>>;
}

export const message = (method: string, params: PipesMessage['params']): PipesMessage => ({
  __dagster_pipes_version: PROTOCOL_VERSION,
  method,
  params,
});

export function materializationMessage(context: PipesContext, asset: AssetMaterialization): PipesMessage {
  return message('report_asset_materialization', {
    asset_key: assetKeyOf(context, asset.assetKey),
    data_version: asset.dataVersion ?? null,
    metadata: normalizeMetadata(asset.metadata ?? {}),
  });
}

export function checkMessage(context: PipesContext, check: AssetCheck): PipesMessage {
  const { checkName, passed, severity = 'ERROR', metadata = {} } = check;
  const assetKey = assetKeyOf(context, check.assetKey);
  assertDeclared(context, assetKey, checkName);
  if (typeof passed !== 'boolean')
    throw new PipesError(`check ${checkName}: passed is ${typeof passed}, not a boolean`);
  if (severity !== 'WARN' && severity !== 'ERROR')
    throw new PipesError(`check ${checkName}: severity is ${String(severity)}, expected WARN or ERROR`);
  return message('report_asset_check', {
    asset_key: assetKey,
    check_name: checkName,
    passed,
    severity,
    metadata: normalizeMetadata(metadata),
  });
}

function assetKeyOf({ assetKeys }: PipesContext, asked: string | undefined): string {
  if (asked !== undefined) {
    if (assetKeys.length === 0 || assetKeys.includes(asked)) return asked;
    throw new PipesError(`the step has no asset ${asked}; it has ${assetKeys.join(', ')}`);
  }
  const [only] = assetKeys;
  if (only !== undefined && assetKeys.length === 1) return only;
  throw new PipesError(
    assetKeys.length === 0
      ? 'the step has no asset: name one by assetKey'
      : `name one of the step's assets by assetKey: ${assetKeys.join(', ')}`,
  );
}

/** A result of a check that the asset does not declare ends the step, long after this process has said it. */
function assertDeclared({ extras }: PipesContext, assetKey: string, checkName: string): void {
  const { tenet } = extras;
  if (!isObject(tenet) || !isObject(tenet['checks'])) return;
  const declared = tenet['checks'][assetKey];
  if (Array.isArray(declared) && !declared.includes(checkName))
    throw new PipesError(
      `${assetKey} declares no check ${checkName}${declared.length > 0 ? `; it declares ${declared.join(', ')}` : ''}`,
    );
}

export function normalizeMetadata(
  metadata: Readonly<Record<string, MetadataEntry>>,
): Readonly<Record<string, { raw_value: unknown; type: MetadataType }>> {
  return Object.fromEntries(
    Object.entries(metadata).map(([name, entry]) => {
      if (!isTyped(entry)) return [name, { raw_value: plain(entry), type: inferred(entry) }];
      if (!METADATA_TYPES.includes(entry.type)) throw new PipesError(`metadata ${name}: no type ${String(entry.type)}`);
      assertFits(name, entry);
      return [name, { raw_value: plain(entry.rawValue), type: entry.type }];
    }),
  );
}

function isTyped(entry: MetadataEntry): entry is TypedMetadata {
  return isObject(entry) && 'type' in entry && 'rawValue' in entry;
}

/** Numbers that JSON has no text for would become null, which Dagster takes for another type. */
function inferred(entry: unknown): MetadataType {
  if (typeof entry === 'bigint' || (typeof entry === 'number' && !Number.isFinite(entry))) return 'text';
  if (isObject(entry) || Array.isArray(entry)) return 'json';
  return entry === undefined || entry === null ? 'null' : '__infer__';
}

const EXPECTED: Readonly<Partial<Record<MetadataType, (value: unknown) => boolean>>> = {
  text: isText,
  url: isText,
  path: isText,
  notebook: isText,
  md: isText,
  dagster_run: isText,
  asset: isText,
  float: (value) => Number.isFinite(value),
  timestamp: (value) => Number.isFinite(value),
  int: (value) => Number.isSafeInteger(value),
  bool: (value) => typeof value === 'boolean',
};

function isText(value: unknown): boolean {
  return typeof value === 'string';
}

function assertFits(name: string, { type, rawValue }: TypedMetadata): void {
  if (EXPECTED[type]?.(rawValue) === false)
    throw new PipesError(`metadata ${name}: ${String(rawValue)} is no value of type ${type}`);
}

function plain(value: unknown): unknown {
  if (typeof value === 'bigint' || (typeof value === 'number' && !Number.isFinite(value))) return String(value);
  return value ?? null;
}

/** JSON without lone surrogates: Dagster's database refuses a text that is no UTF-8. */
export function lineOf(content: PipesMessage): string {
  return JSON.stringify(content, (_key, value: unknown) => {
    if (typeof value === 'string') return wellFormed(value);
    if (typeof value === 'bigint') return String(value);
    if (typeof value === 'number' && !Number.isFinite(value)) return String(value);
    return value;
  });
}
