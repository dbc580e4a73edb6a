import type { Json, TapeEntry } from '@tenet-ledger/record';
import { gradeImport } from '../gradeImport.js';
import { importedCall } from '../importedCall.js';
import { brief, ItemError } from '../itemError.js';
import { timeOf } from '../mapping/readField.js';
import type { Converted, EffectOf, ImportedDecision } from '../types.js';
import { isMap, listOf, readConversation, textOf } from './conversation.js';
import { outcomeIn } from './outcomeIn.js';

export interface LangfuseOptions {
  /** Default: the trace's name. */
  readonly agent?: string;
  /** Default: the trace's version, else its release. */
  readonly version?: string;
  readonly type?: string;
  /** Default: the trace's session. */
  readonly session: string;
  readonly occurredAt: string;
  readonly effectOf: EffectOf;
  /** JSON pointer into the trace's output. Default: its text. */
  readonly outcome?: string;
}

type Members = Readonly<Record<string, unknown>>;

interface Observation {
  readonly id: string;
  readonly parent: string | null;
  readonly type: string;
  readonly name: string;
  readonly startMs: number | null;
  readonly endMs: number | null;
  readonly members: Members;
}

const MAX_OUTCOME = 500;
const MODEL_TYPES = new Set(['GENERATION', 'EMBEDDING']);
const CALL_TYPES = new Set(['TOOL', 'RETRIEVER', 'GUARDRAIL']);

/** One trace of a Langfuse export with its observations: one decision, its model and tool calls as tape. */
export function convertLangfuse(value: Json, options: LangfuseOptions): Converted[] {
  const outer: Members = isMap(value) ? value : {};
  const trace: Members = isMap(outer['trace']) ? { observations: outer['observations'], ...outer['trace'] } : outer;
  const { id, traceId } = trace;
  if (typeof traceId === 'string' && trace['observations'] === undefined) {
    throw new ItemError('', 'an observation, not a trace', {
      fix: 'export traces with their observations (GET /api/public/traces/{id} gives one)',
    });
  }
  if (typeof id !== 'string' || id === '')
    throw new ItemError('/id', 'not a trace of Langfuse', { expected: 'the id of a trace', got: brief(id) });
  return [{ decision: decisionOf(id, trace, options) }];
}

function decisionOf(id: string, trace: Members, options: LangfuseOptions): ImportedDecision {
  const raw = listOf(trace['observations']);
  const observations = raw
    .flatMap(readObservation)
    .sort((a, b) => (a.startMs ?? 0) - (b.startMs ?? 0) || (a.id < b.id ? -1 : 1));
  const startedAt = textIn(trace, 'timestamp') ?? textIn(trace, 'createdAt');
  const startMs = startedAt === null ? (observations[0]?.startMs ?? null) : Date.parse(timeOf('/timestamp', startedAt));
  const calls = callsOf(observations);
  const tape = calls.map((one, at) => entryOf(one, at + 1, startMs, options.effectOf));
  const last = calls.filter(({ type }) => type === 'GENERATION').at(-1);
  const model = last === undefined ? null : textIn(last.members, 'model');
  const prompt = last === undefined ? null : promptOf(last.members);
  const agent = options.agent ?? textIn(trace, 'name');
  if (agent === null)
    throw new ItemError('/name', 'the trace has no name', { fix: 'name the agent: --agent NAME@VERSION' });
  const subject = textIn(trace, 'userId');
  const output = unpacked(trace['output']) ?? unpacked(last?.members['output']);
  const inputs =
    unpacked(trace['input']) ?? unpacked(observations.find(({ parent }) => parent === null)?.members['input']);
  return {
    key: id,
    session: textIn(trace, 'sessionId') ?? options.session,
    agent,
    version: options.version ?? textIn(trace, 'version') ?? textIn(trace, 'release') ?? 'unversioned',
    type: options.type ?? agent,
    occurredAt: startMs === null ? options.occurredAt : new Date(startMs).toISOString(),
    origin: 'agent',
    inputs: inputs ?? null,
    reasoning: reasoningOf(calls),
    outcome: outcomeOf(output, observations, options.outcome),
    tape,
    ...(model !== null && { model }),
    ...(prompt !== null && { promptVersion: prompt }),
    ...(subject !== null && { subject }),
    lineage: lineageOf(id, trace),
    grade: gradeOf({ raw, observations, tape, hasInput: inputs !== undefined, model, prompt, timed: startMs !== null }),
  };
}

function readObservation(value: unknown): Observation[] {
  if (!isMap(value) || typeof value['id'] !== 'string') return [];
  const time = (name: string): number | null => {
    const text = textIn(value, name);
    return text === null ? null : Date.parse(timeOf(`/observations/${name}`, text));
  };
  return [
    {
      id: value['id'],
      parent: textIn(value, 'parentObservationId'),
      type: (textIn(value, 'type') ?? 'SPAN').toUpperCase(),
      name: textIn(value, 'name') ?? 'unnamed',
      startMs: time('startTime'),
      endMs: time('endTime'),
      members: value,
    },
  ];
}

/** Model calls and tools. A span without children inside another is how older versions trace a tool. */
function callsOf(observations: readonly Observation[]): Observation[] {
  const parents = new Set(observations.map(({ parent }) => parent));
  return observations.filter(({ id, type, parent }) => {
    if (MODEL_TYPES.has(type) || CALL_TYPES.has(type)) return true;
    return type === 'SPAN' && parent !== null && !parents.has(id);
  });
}

function entryOf(
  { type, name, startMs, endMs, members }: Observation,
  n: number,
  from: number | null,
  effectOf: EffectOf,
): TapeEntry {
  const isModel = MODEL_TYPES.has(type);
  const input = unpacked(members['input']) ?? null;
  const output = unpacked(members['output']);
  const failed = textIn(members, 'level') === 'ERROR';
  const parameters = members['modelParameters'];
  return importedCall(n, {
    kind: isModel ? 'model' : 'tool',
    name: isModel ? (type === 'EMBEDDING' ? 'embeddings' : 'chat.completions') : name,
    effect: isModel || type === 'RETRIEVER' ? 'read' : effectOf(name),
    args: isModel
      ? { model: textIn(members, 'model') ?? '', input, ...(isMap(parameters) && { parameters }) }
      : [input],
    ...(failed
      ? { error: { code: 'error', message: textIn(members, 'statusMessage') ?? 'failed' } }
      : output === undefined
        ? {}
        : { result: output }),
    ...(startMs !== null && from !== null && { startedMs: startMs - from }),
    ...(startMs !== null && endMs !== null && { durMs: endMs - startMs }),
  });
}

function reasoningOf(calls: readonly Observation[]): string[] {
  return calls
    .filter(({ type }) => type === 'GENERATION')
    .flatMap(({ members }) => {
      const output = unpacked(members['output']);
      const message = isMap(output) && isMap(output['message']) ? output['message'] : output;
      if (Array.isArray(message)) return readConversation(message, { effectOf: () => 'unknown' }).reasoning;
      const text = isMap(message) ? textOf(message['content']) : textOf(message);
      return text === null || text === '' ? [] : [text];
    });
}

function outcomeOf(
  output: Json | undefined,
  observations: readonly Observation[],
  pointer: string | undefined,
): string {
  const failed = observations.find(({ parent, members }) => parent === null && textIn(members, 'level') === 'ERROR');
  if (failed !== undefined)
    return `error: ${textIn(failed.members, 'statusMessage') ?? 'failed'}`.slice(0, MAX_OUTCOME);
  if (output === undefined || output === null)
    throw new ItemError('/output', 'the trace has no output', { expected: 'what came of it' });
  if (pointer !== undefined) return outcomeIn(output, pointer);
  const message: unknown = Array.isArray(output) ? output.at(-1) : output;
  const text = isMap(message) ? textOf(message['content']) : textOf(message);
  const shown = text ?? (typeof output === 'string' ? output : JSON.stringify(output));
  if (shown.trim() === '') throw new ItemError('/output', 'the output of the trace is empty');
  return shown.trim().slice(0, MAX_OUTCOME);
}

interface Findings {
  readonly raw: readonly unknown[];
  readonly observations: readonly Observation[];
  readonly tape: readonly TapeEntry[];
  readonly hasInput: boolean;
  readonly model: string | null;
  readonly prompt: string | null;
  readonly timed: boolean;
}

function gradeOf({ raw, observations, tape, hasInput, model, prompt, timed }: Findings): ImportedDecision['grade'] {
  const dropped = raw.length - observations.length;
  const unanswered = tape.filter(({ result, error }) => result === undefined && error === undefined).length;
  const unknown = [
    ...new Set(tape.filter(({ kind, effect }) => kind === 'tool' && effect === 'unknown').map(({ name }) => name)),
  ];
  return gradeImport('a Langfuse export', {
    outcomeOnly: [
      ...(hasInput ? [] : ['the trace has no input']),
      ...(tape.length === 0 && dropped === 0 ? ['the trace has no model or tool calls'] : []),
    ],
    incomplete: [
      ...(dropped > 0 ? [`${dropped} observations are ids only: export them with their contents`] : []),
      ...(unanswered > 0 ? [`${unanswered} calls have no output in the export`] : []),
      ...(unknown.length > 0 ? [`effect class unknown: ${unknown.slice(0, 8).join(', ')} (--effects)`] : []),
    ],
    altered: [
      ...(model === null
        ? ['model not pinned: the export names none']
        : ['model not pinned: what was asked for is not in the export']),
      ...(prompt === null ? ['prompt not pinned: the trace links no prompt version'] : []),
      ...(timed ? [] : ['the trace has no time: that of the import stands for it']),
      'calls outside of what was traced cannot be told',
    ],
  });
}

function lineageOf(id: string, trace: Members): Readonly<Record<string, Json>> {
  const scores = listOf(trace['scores']).flatMap((score) => {
    if (!isMap(score) || typeof score['name'] !== 'string') return [];
    const { name, value, stringValue, source } = score;
    return [{ name, value: (stringValue ?? value ?? null) as Json, source: (source ?? null) as Json }];
  });
  const tags = listOf(trace['tags']).filter((tag): tag is string => typeof tag === 'string');
  return { log: 'langfuse', trace: id, ...(tags.length > 0 && { tags }), ...(scores.length > 0 && { scores }) };
}

function promptOf(members: Members): string | null {
  const [name, version] = [textIn(members, 'promptName'), members['promptVersion']];
  return name === null ? null : `${name}@${typeof version === 'number' || typeof version === 'string' ? version : '?'}`;
}

/** Table exports hold JSON as text. undefined where there is nothing. */
function unpacked(value: unknown): Json | undefined {
  if (value === undefined || value === null || value === '') return undefined;
  if (typeof value !== 'string' || !/^\s*[[{"]/.test(value)) return value as Json;
  try {
    return JSON.parse(value) as Json;
  } catch {
    return value;
  }
}

function textIn(value: Members, name: string): string | null {
  const text = value[name];
  return typeof text === 'string' && text !== '' ? text : null;
}
