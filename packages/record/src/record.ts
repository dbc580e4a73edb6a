import { utf8 } from './bytes.js';
import { toBase32 } from './base64.js';
import { RecordError } from './errors.js';
import { MAX_FIELDS } from './assertEntry.js';
import { sha256, type Sha256 } from './hash.js';
import { canonicalize } from './jcs.js';
import { escapeToken } from './pointer.js';
import type { DecisionRecord, Json } from './types.js';

export interface Field {
  readonly path: string;
  readonly value: Json;
}

export interface FlattenOptions {
  /** Members of `context.inputs` that become fields of their own; the rest stays together under /context/inputs. */
  readonly splitInputs?: readonly string[];
}

const PARTS = {
  intent: ['goal', 'origin', 'session', 'parent', 'constraints'],
  context: ['inputs', 'externalVersions'],
  decision: ['outcome', 'confidence', 'rules'],
  provenance: ['agent', 'version', 'codeDigest', 'model', 'promptVersion', 'sdk', 'lineage'],
} as const;
const LAYERS = new Set(['intent', 'context', 'reasoning', 'alternatives', 'decision', 'provenance', 'tape', 'grade']);

/**
 * A record as the fields that get their own salted digest, in a fixed order. Only names of the schema appear in paths: the keys of a map
 * may be personal data and stay inside its value, except inputs the caller names in `splitInputs`. An empty list is
 * still a field, so "there was none" can be told from "withheld".
 */
export function flattenRecord(record: DecisionRecord, options: FlattenOptions = {}): Field[] {
  assertMembers(record, LAYERS, '');
  const fields: Field[] = [];
  addParts(fields, 'intent', record.intent);
  addContext(fields, record.context, options.splitInputs ?? []);
  const reasoningAt = fields.length;
  fields.push({ path: '/alternatives', value: record.alternatives as unknown as Json });
  addParts(fields, 'decision', record.decision);
  addParts(fields, 'provenance', record.provenance);
  fields.push({ path: '/grade', value: record.grade });
  const free = MAX_FIELDS - fields.length;
  if (free < 2) {
    throw new RecordError('record.fields', 'too many split inputs for one record', {
      expected: `at most ${MAX_FIELDS} fields`,
      got: `${fields.length + 2}`,
    });
  }
  const { reasoning, tape } = splitLists(record, free);
  fields.splice(reasoningAt, 0, ...reasoning);
  fields.push(...tape);
  return fields;
}

/** The longer list collapses into one field first; the other only if that is not enough. */
function splitLists(record: DecisionRecord, free: number): { reasoning: Field[]; tape: Field[] } {
  const count = (length: number): number => Math.max(1, length);
  const steps = record.reasoning.length;
  const calls = record.tape.length;
  let splitSteps = steps > 0;
  let splitCalls = calls > 0;
  if (count(steps) + count(calls) > free) {
    if (calls >= steps) {
      splitCalls = false;
      if (count(steps) + 1 > free) splitSteps = false;
    } else {
      splitSteps = false;
      if (count(calls) + 1 > free) splitCalls = false;
    }
  }
  return {
    reasoning: splitSteps
      ? record.reasoning.map((value, i) => ({ path: `/reasoning/${i}`, value }))
      : [{ path: '/reasoning', value: record.reasoning }],
    tape: splitCalls ? tapeFields(record.tape) : [{ path: '/tape', value: record.tape as unknown as Json }],
  };
}

function tapeFields(tape: DecisionRecord['tape']): Field[] {
  const seen = new Set<number>();
  return tape.map((call) => {
    if (!Number.isSafeInteger(call.n) || call.n < 1 || seen.has(call.n)) {
      throw new RecordError('record.tape', 'the calls on a tape are numbered from 1, each once', {
        at: '/tape',
        got: String(call.n),
      });
    }
    seen.add(call.n);
    return { path: `/tape/${String(call.n).padStart(4, '0')}`, value: call as unknown as Json };
  });
}

function addParts(fields: Field[], layer: 'intent' | 'decision' | 'provenance', value: object): void {
  const parts: readonly string[] = PARTS[layer];
  assertMembers(value, new Set(parts), `/${layer}`);
  for (const part of parts) {
    const member = (value as Record<string, Json | undefined>)[part];
    if (member !== undefined) fields.push({ path: `/${layer}/${part}`, value: member });
  }
}

function addContext(fields: Field[], context: DecisionRecord['context'], split: readonly string[]): void {
  assertMembers(context, new Set(PARTS.context), '/context');
  const { inputs, externalVersions } = context;
  if (split.length > 0 && isMap(inputs)) {
    const rest: Record<string, Json> = {};
    const wanted = new Set(split);
    for (const key of Object.keys(inputs)) {
      if (wanted.has(key)) fields.push({ path: `/context/inputs/${escapeToken(key)}`, value: inputs[key]! });
      else define(rest, key, inputs[key]!);
    }
    fields.push({ path: '/context/inputs', value: rest });
  } else {
    fields.push({ path: '/context/inputs', value: inputs });
  }
  if (externalVersions !== undefined) fields.push({ path: '/context/externalVersions', value: externalVersions });
}

function assertMembers(value: object, known: ReadonlySet<string>, at: string): void {
  for (const key of Object.keys(value)) {
    if (!known.has(key)) {
      throw new RecordError('record.unknown_field', `the record has a member the schema does not know: ${at}/${key}`, {
        at: `${at}/${key}`,
      });
    }
  }
}

export const isMap = (value: Json): value is { readonly [key: string]: Json } =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Assignment that also works for the key "__proto__". */
export function define(target: Record<string, Json>, key: string, value: Json): void {
  Object.defineProperty(target, key, { value, enumerable: true, configurable: true, writable: true });
}

/** "dec_" and 26 characters of base32(SHA-256(JCS([tenant, agent, version, session, key]))): the same step, the same id. */
export function decisionId(
  of: {
    readonly tenant: string;
    readonly agent: string;
    readonly version: string;
    readonly session: string;
    readonly key: string;
  },
  hash: Sha256 = sha256,
): string {
  const text = canonicalize([of.tenant, of.agent, of.version, of.session, of.key]);
  return `dec_${toBase32(hash(utf8(text)), 26)}`;
}
