import type { EffectClass, Json, TapeEntry } from '@tenet-ledger/record';
import { importedCall } from '../importedCall.js';
import { brief, ItemError } from '../itemError.js';
import { valueAt } from '../mapping/pointer.js';
import { listAt, numberAt, requiredText } from '../mapping/readField.js';
import type { Mapping } from '../mapping/schema.js';

export interface MappedTape {
  readonly entries: readonly TapeEntry[];
  /** Why the tape is not complete. */
  readonly missing: readonly string[];
  readonly notes: readonly string[];
}

type TapeMapping = NonNullable<Mapping['tape']>;

/** The calls of a line as tape entries. */
export function mappedTape(line: Json, map: TapeMapping): MappedTape {
  const calls = listAt(line, 'tape', map.from);
  const effectOf = effectsBy(map.effects);
  const entries = calls.map((call, at) => entryOf(call, at + 1, map, effectOf));
  const unanswered = entries.filter(({ result, error }) => result === undefined && error === undefined).length;
  const unknown = [
    ...new Set(entries.filter(({ kind, effect }) => kind === 'tool' && effect === 'unknown').map(({ name }) => name)),
  ];
  return {
    entries,
    missing: [
      ...(map.args === undefined && entries.length > 0 ? ['the log holds no arguments of calls'] : []),
      ...(unanswered > 0 ? [`${unanswered} calls have no result in the log`] : []),
      ...(unknown.length > 0
        ? [`effect class unknown: ${unknown.slice(0, 8).join(', ')} (tape.effects in the mapping)`]
        : []),
    ],
    notes: map.startedMs === undefined || map.durMs === undefined ? ['the log holds no durations of calls'] : [],
  };
}

function entryOf(call: Json, n: number, map: TapeMapping, effectOf: (name: string) => EffectClass): TapeEntry {
  const kind = requiredText(call, 'tape.kind', map.kind);
  if (kind !== 'tool' && kind !== 'model')
    throw new ItemError('tape.kind', 'not a kind of call', { expected: 'tool or model', got: brief(kind) });
  const name = requiredText(call, 'tape.name', map.name);
  const at = (pointer: string | undefined): Json | undefined =>
    pointer === undefined ? undefined : valueAt(call, pointer);
  const args = parsed(at(map.args));
  const result = at(map.result);
  const failed = at(map.error) ?? null;
  const startedMs = numberAt(call, 'tape.startedMs', map.startedMs);
  const durMs = numberAt(call, 'tape.durMs', map.durMs);
  return importedCall(n, {
    kind,
    name,
    effect: kind === 'model' ? 'read' : effectOf(name),
    // The SDK tapes a tool's arguments as a list and a model call's as its body.
    args: kind === 'model' || Array.isArray(args) ? (args ?? {}) : args === undefined ? [] : [args],
    ...(failed !== null && failed !== ''
      ? { error: { code: 'error', message: typeof failed === 'string' ? failed : JSON.stringify(failed) } }
      : result === undefined
        ? {}
        : { result: parsed(result) }),
    ...(startedMs !== undefined && { startedMs }),
    ...(durMs !== undefined && { durMs }),
  });
}

/** Logs often hold JSON as text inside JSON. */
function parsed(value: Json | undefined): Json | undefined {
  if (typeof value !== 'string' || !/^\s*[[{]/.test(value)) return value;
  try {
    return JSON.parse(value) as Json;
  } catch {
    return value;
  }
}

/** The first pattern that fits counts; `*` stands for any text. */
export function effectsBy(effects: Readonly<Record<string, EffectClass>>): (name: string) => EffectClass {
  const rules = Object.entries(effects).map(([pattern, effect]) => ({ pieces: pattern.split('*'), effect }));
  return (name) => rules.find(({ pieces }) => fits(name, pieces))?.effect ?? 'unknown';
}

function fits(name: string, pieces: readonly string[]): boolean {
  const [first = '', ...rest] = pieces;
  if (rest.length === 0) return name === first;
  if (!name.startsWith(first)) return false;
  let at = first.length;
  const last = rest.pop() ?? '';
  for (const piece of rest) {
    const found = name.indexOf(piece, at);
    if (found === -1) return false;
    at = found + piece.length;
  }
  return name.length - last.length >= at && name.endsWith(last);
}
