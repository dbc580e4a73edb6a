import { unescapeToken } from './pointer.js';
import { define, isMap } from './record.js';
import type { Alternative, DecisionRecord, Json, RuleResult, TapeEntry } from './types.js';

/** What a holder of some of the disclosures can see. A missing member was withheld or erased, or never existed. */
export interface PartialRecord {
  readonly intent?: Partial<DecisionRecord['intent']>;
  readonly context?: Partial<DecisionRecord['context']>;
  /** In order; null for a step that was withheld while a later one was not. */
  readonly reasoning?: readonly (string | null)[];
  readonly alternatives?: readonly Alternative[];
  readonly decision?: {
    readonly outcome?: string;
    readonly confidence?: number;
    readonly rules?: readonly RuleResult[];
  };
  readonly provenance?: Partial<DecisionRecord['provenance']>;
  /** The disclosed calls, by call number. */
  readonly tape?: readonly TapeEntry[];
  readonly grade?: DecisionRecord['grade'];
}

const MAP_LAYERS = new Set(['intent', 'context', 'decision', 'provenance']);
const LIST_FIELDS = new Set(['alternatives', 'grade', 'reasoning', 'tape']);

/**
 * The inverse of `flattenRecord` on any subset of its fields. Values are handed on as they are: they bind to the record by
 * digest, not by schema. Paths outside the decision schema are left out; read those from the map itself.
 */
export function unflattenRecord(fields: ReadonlyMap<string, Json>): PartialRecord {
  const out: Record<string, Json> = {};
  const inputs: [string, Json][] = [];
  const steps: [number, Json][] = [];
  const calls: [number, Json][] = [];
  for (const [path, value] of fields) {
    const tokens = path.split('/').slice(1).map(unescapeToken);
    const [layer, part, member] = tokens as [string, string?, string?];
    if (tokens.length === 1 && LIST_FIELDS.has(layer)) out[layer] = value;
    else if (tokens.length === 2 && layer === 'reasoning') pushNumbered(steps, part!, value);
    else if (tokens.length === 2 && layer === 'tape') pushNumbered(calls, part!, value);
    else if (tokens.length === 2 && MAP_LAYERS.has(layer)) define(layerOf(out, layer), part!, value);
    else if (tokens.length === 3 && layer === 'context' && part === 'inputs') inputs.push([member!, value]);
  }
  if (inputs.length > 0) mergeInputs(layerOf(out, 'context'), inputs);
  if (steps.length > 0) out['reasoning'] = placeSteps(steps);
  if (calls.length > 0) out['tape'] = calls.sort(([a], [b]) => a - b).map(([, call]) => call);
  return out;
}

const layerOf = (out: Record<string, Json>, layer: string): Record<string, Json> =>
  (out[layer] ??= {}) as Record<string, Json>;

function pushNumbered(list: [number, Json][], token: string, value: Json): void {
  if (/^\d{1,9}$/.test(token)) list.push([Number(token), value]);
}

/** Split members beside the rest; a rest that is not a map (never written by `flattenRecord`) is left alone. */
function mergeInputs(context: Record<string, Json>, split: readonly [string, Json][]): void {
  const rest = context['inputs'] ?? {};
  if (!isMap(rest)) return;
  const merged: Record<string, Json> = {};
  for (const key of Object.keys(rest)) define(merged, key, rest[key]!);
  for (const [key, value] of split) define(merged, key, value);
  context['inputs'] = merged;
}

const MAX_STEPS = 4096;

function placeSteps(steps: readonly [number, Json][]): Json[] {
  const placed: Json[] = [];
  for (const [i, value] of steps) if (i < MAX_STEPS) placed[i] = value;
  return Array.from(placed, (value) => value ?? null);
}
