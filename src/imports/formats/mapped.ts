import { canonicalize, sha256, toBase64Url, utf8, type Json } from '@tenet-ledger/record';
import { cleanJson } from '../cleanJson.js';
import { gradeImport } from '../gradeImport.js';
import { brief, ItemError } from '../itemError.js';
import { valueAt } from '../mapping/pointer.js';
import { listAt, missing, numberAt, requiredText, textOf, timeOf } from '../mapping/readField.js';
import type { Mapping, Source } from '../mapping/schema.js';
import type { Converted, ImportedDecision } from '../types.js';
import { mappedTape, type MappedTape } from './mappedTape.js';

export interface MappedOptions {
  readonly mapping: Mapping;
  /** "a JSONL log" */
  readonly source: string;
  /** Where the mapping names none. */
  readonly session: string;
  readonly occurredAt: string;
}

/** A line of a home-made log as a decision, by the mapping file. */
export function convertMapped(line: Json, options: MappedOptions): Converted[] {
  const { mapping } = options;
  if (typeof line !== 'object' || line === null || Array.isArray(line)) {
    throw new ItemError('', 'the line is not an object', { expected: 'members by name', got: brief(line) });
  }
  const unfit = Object.entries(mapping.only ?? {}).find(
    ([pointer, wanted]) => (valueAt(line, pointer) ?? null) !== wanted,
  );
  if (unfit !== undefined) return [{ skipped: `only ${unfit[0]} = ${JSON.stringify(unfit[1])}` }];
  return [{ decision: decisionOf(line, options) }];
}

function decisionOf(line: Json, { mapping, source, session, occurredAt }: MappedOptions): ImportedDecision {
  const text = (field: 'goal' | 'parent' | 'subject' | 'model' | 'promptVersion' | 'codeDigest'): object => {
    const value = textOf(line, field, mapping[field]);
    return value === undefined ? {} : { [field]: value };
  };
  const tape = mapping.tape === undefined ? null : mappedTape(line, mapping.tape);
  const at = textOf(line, 'occurredAt', mapping.occurredAt);
  const reasoning = reasoningOf(line, mapping.reasoning);
  const confidence = numberAt(line, 'confidence', mapping.confidence);
  const constraints = mapping.constraints === undefined ? [] : manyTexts(line, 'constraints', mapping.constraints);
  return {
    key: keyOf(line, mapping.key),
    session: textOf(line, 'session', mapping.session) ?? session,
    agent: requiredText(line, 'agent', mapping.agent),
    version: requiredText(line, 'agentVersion', mapping.agentVersion),
    type: requiredText(line, 'type', mapping.type),
    outcome: requiredText(line, 'outcome', mapping.outcome),
    occurredAt: at === undefined ? occurredAt : timeOf('occurredAt', at),
    origin: originOf(textOf(line, 'origin', mapping.origin)),
    inputs: inputsOf(line, mapping.inputs),
    reasoning,
    ...text('goal'),
    ...text('parent'),
    ...text('subject'),
    ...text('model'),
    ...text('promptVersion'),
    ...text('codeDigest'),
    ...(confidence !== undefined && { confidence }),
    ...(constraints.length > 0 && { constraints }),
    ...maps(line, mapping),
    ...(mapping.splitInputs !== undefined && { splitInputs: mapping.splitInputs }),
    ...(mapping.alternatives !== undefined && { alternatives: alternativesOf(line, mapping.alternatives) }),
    ...(mapping.rules !== undefined && { rules: rulesOf(line, mapping.rules) }),
    tape: tape?.entries ?? [],
    grade: gradeOf(source, { tape, mapping, timed: at !== undefined, hasReasoning: reasoning.length > 0, line }),
  };
}

interface Findings {
  readonly tape: MappedTape | null;
  readonly mapping: Mapping;
  readonly timed: boolean;
  readonly hasReasoning: boolean;
  readonly line: Json;
}

function gradeOf(source: string, { tape, mapping, timed, hasReasoning, line }: Findings): ImportedDecision['grade'] {
  const pinned = (field: 'model' | 'promptVersion'): boolean => textOf(line, field, mapping[field]) !== undefined;
  const incomplete = [...(tape?.missing ?? [])];
  if (tape !== null && mapping.tape?.complete !== true)
    incomplete.push('whether every call is in the log is not known (tape.complete in the mapping)');
  const outcomeOnly =
    tape !== null
      ? []
      : hasReasoning
        ? ['no calls in the log: only inputs, reasons and outcome']
        : ['no calls and no reasons in the log: only inputs and outcome'];
  return gradeImport(source, {
    outcomeOnly,
    incomplete,
    altered: [
      ...(tape?.entries.some(({ kind }) => kind === 'model') === true && !pinned('model')
        ? ['model not pinned: the log names none']
        : []),
      ...(tape !== null && !pinned('promptVersion') ? ['prompt not pinned: the log names no version'] : []),
      ...(timed ? [] : ['the log holds no time: that of the import stands for it']),
      ...(tape?.notes ?? []),
    ],
  });
}

/** Without a key in the mapping the line's content is its name: the same line twice is the same decision. */
function keyOf(line: Json, key: Mapping['key']): string {
  if (key === undefined) return `sha256:${toBase64Url(sha256(utf8(canonicalize(cleanJson(line).value))))}`;
  const parts = Array.isArray(key) ? key : [key];
  const texts = parts.map((part) => requiredText(line, 'key', part));
  return texts.length === 1 ? (texts[0] ?? '') : JSON.stringify(texts);
}

function originOf(text: string | undefined): 'human' | 'agent' | 'scheduler' {
  if (text === undefined || text === 'agent') return 'agent';
  if (text === 'human' || text === 'scheduler') return text;
  throw new ItemError('origin', 'not an origin', { expected: 'human, agent or scheduler', got: brief(text) });
}

function inputsOf(line: Json, inputs: Mapping['inputs']): Json {
  if (inputs === undefined) return line;
  const need = (pointer: string): Json => {
    const value = valueAt(line, pointer);
    if (value === undefined) throw missing(line, 'inputs', pointer);
    return value;
  };
  if (typeof inputs === 'string') return need(inputs);
  if (!Array.isArray(inputs)) return Object.fromEntries(Object.entries(inputs).map(([name, at]) => [name, need(at)]));
  const last = (pointer: string): string =>
    (pointer.split('/').at(-1) ?? '').replaceAll('~1', '/').replaceAll('~0', '~');
  return Object.fromEntries(inputs.map((pointer) => [last(pointer), need(pointer)]));
}

function manyTexts(line: Json, field: string, sources: Source | readonly Source[]): string[] {
  const list = Array.isArray(sources) ? (sources as readonly Source[]) : [sources as Source];
  return list.flatMap((source) => {
    const value = typeof source === 'string' && source.startsWith('/') ? valueAt(line, source) : undefined;
    if (!Array.isArray(value)) return textOf(line, field, source) ?? [];
    return value.map((item) => (typeof item === 'string' ? item : JSON.stringify(item)));
  });
}

function reasoningOf(line: Json, reasoning: Mapping['reasoning']): string[] {
  if (reasoning === undefined) return [];
  if (typeof reasoning !== 'object' || Array.isArray(reasoning) || !('from' in reasoning))
    return manyTexts(line, 'reasoning', reasoning);
  const text = textOf(line, 'reasoning', reasoning.from) ?? '';
  return text
    .split(reasoning.split)
    .map((step) => step.trim())
    .filter((step) => step !== '');
}

function maps(line: Json, { externalVersions, lineage }: Mapping): object {
  const read = (field: string, sources: Readonly<Record<string, Source>>): Record<string, string> =>
    Object.fromEntries(
      Object.entries(sources).flatMap(([name, source]) => {
        const text = textOf(line, `${field}.${name}`, source);
        return text === undefined ? [] : [[name, text]];
      }),
    );
  return {
    ...(externalVersions !== undefined && { externalVersions: read('externalVersions', externalVersions) }),
    ...(lineage !== undefined && { lineage: read('lineage', lineage) }),
  };
}

function alternativesOf(
  line: Json,
  map: NonNullable<Mapping['alternatives']>,
): NonNullable<ImportedDecision['alternatives']> {
  return listAt(line, 'alternatives', map.from).map((item) => {
    const [target, reason] = [
      textOf(item, 'alternatives.target', map.target),
      textOf(item, 'alternatives.reason', map.reason),
    ];
    const score = numberAt(item, 'alternatives.score', map.score);
    return {
      action: requiredText(item, 'alternatives.action', map.action),
      ...(target !== undefined && { target }),
      ...(score !== undefined && { score }),
      ...(reason !== undefined && { reason }),
    };
  });
}

function rulesOf(line: Json, map: NonNullable<Mapping['rules']>): NonNullable<ImportedDecision['rules']> {
  return listAt(line, 'rules', map.from).map((item) => {
    const fired = valueAt(item, map.fired);
    if (typeof fired !== 'boolean')
      throw new ItemError(`rules.fired (${map.fired})`, 'not true or false', { got: brief(fired) });
    const detail = textOf(item, 'rules.detail', map.detail);
    return { id: requiredText(item, 'rules.id', map.id), fired, ...(detail !== undefined && { detail }) };
  });
}
