import type { DecisionRecord, Json, TapeEntry } from '@tenet-ledger/record';
import type { Draft, FieldsDraft, RecordDraft } from '../delivery/delivery.js';
import { KEY_OF_ARGUMENTS, keyOfArguments } from '../tapeKey.js';
import { descend, NOWHERE, POINTER, segmentsOf, useAt, type At } from './paths.js';
import type { Rules } from './rules.js';
import { newTally, Walk, type Tally } from './walk.js';

const CORRECTED = '/correction/fields';

/** A call as both sides of a match see it. */
export interface KeyedCall {
  readonly args: Json;
  /** '' where the arguments are the key. */
  readonly key: string;
}

/**
 * Takes out of records what must not leave the process. Pure: a draft that has nothing to hide comes back as it is, and what was
 * redacted once is left alone. Capture and replay apply it before calls are matched.
 */
export class Redactor {
  readonly #rules: Rules;

  constructor(rules: Rules) {
    this.#rules = rules;
  }

  draft(draft: Draft): Draft {
    // What a producer says of its own capture holds counts and names of policies.
    if (draft.kind === 'capture') return draft;
    return 'fields' in draft ? this.#fields(draft) : this.#record(draft);
  }

  /** Arguments and key of a call, as the tape will have them. `n`: its place on the tape, where that is known. */
  call(call: KeyedCall, n?: number): KeyedCall {
    return callIn(new Walk(this.#rules, newTally()), call, this.#at('tape', n === undefined ? '' : String(n - 1)));
  }

  /** One value as it may lie in a record at `path`. */
  value(value: Json, path: readonly string[]): Json {
    return new Walk(this.#rules, newTally()).value(value, this.#at(...path));
  }

  /** Puts values back that this process has the key for. */
  restore(value: Json): Json {
    const { pseudonyms } = this.#rules;
    if (pseudonyms === undefined) return value;
    if (typeof value === 'string') return pseudonyms.reveal(value) ?? value;
    if (typeof value !== 'object' || value === null) return value;
    if (Array.isArray(value)) return (value as readonly Json[]).map((item) => this.restore(item));
    const out: Record<string, Json> = {};
    for (const [key, member] of Object.entries(value as { readonly [key: string]: Json }))
      Object.defineProperty(out, key, {
        value: this.restore(member),
        enumerable: true,
        configurable: true,
        writable: true,
      });
    return out;
  }

  #at(...segments: readonly string[]): At {
    return segments.reduce<At>(descend, this.#rules.root);
  }

  #fields(draft: FieldsDraft): FieldsDraft {
    const walk = new Walk(this.#rules, newTally());
    let changed = false;
    const fields = draft.fields.map((field) => {
      const value =
        field.path === CORRECTED
          ? this.#corrected(walk, field.value)
          : walk.value(field.value, this.#at(...segmentsOf(field.path)));
      if (value === field.value) return field;
      changed = true;
      return { path: field.path, value };
    });
    return changed ? { ...draft, fields } : draft;
  }

  /** A correction's members are paths of the decision it is about: what may not be read there may not be read here. */
  #corrected(walk: Walk, fields: Json): Json {
    if (typeof fields !== 'object' || fields === null || Array.isArray(fields)) return walk.value(fields, NOWHERE);
    let out = fields as { readonly [path: string]: Json };
    for (const [path, before] of Object.entries(out)) {
      const segments = POINTER.test(path) ? segmentsOf(path) : [path];
      const after = walk.member(segments.at(-1) ?? '', before, this.#at(...segments));
      if (after !== before) out = { ...out, [path]: after };
    }
    return out;
  }

  #record(draft: RecordDraft): RecordDraft {
    const tally = newTally();
    const { record } = draft;
    const walk = new Walk(this.#rules, tally);
    const redacted = new RecordWalk(walk, this.#rules.root).record(record);
    const said = tally.redacted + tally.pseudonyms === 0 ? redacted : { ...redacted, grade: lowered(redacted, tally) };
    return said === record ? draft : { ...draft, record: said };
  }
}

function callIn(walk: Walk, { args, key }: KeyedCall, at: At): KeyedCall {
  const after = walk.value(args, descend(at, 'args'));
  const keyAt = descend(at, 'key');
  // A key that the arguments made, here or before: it goes with them.
  const mayBeTheirs = after !== args || useAt(keyAt) !== undefined;
  if (key === KEY_OF_ARGUMENTS || (mayBeTheirs && key === keyOfArguments(args)))
    return { args: after, key: keyOfArguments(after) };
  return { args: after, key: walk.value(key, keyAt) as string };
}

/** Texts that agent, author or world wrote. Names and ids of the format stay: links and queries live by them. */
class RecordWalk {
  constructor(
    readonly walk: Walk,
    readonly root: At,
  ) {}

  record(record: DecisionRecord): DecisionRecord {
    const { root } = this;
    return merged(record, {
      intent: this.#part(record.intent, 'intent', ['goal', 'constraints']),
      context: this.#part(record.context, 'context', ['inputs', 'externalVersions']),
      reasoning: this.#value(record.reasoning, descend(root, 'reasoning')),
      alternatives: this.#value(record.alternatives, descend(root, 'alternatives')),
      decision: this.#part(record.decision, 'decision', ['outcome', 'confidence', 'rules']),
      provenance: this.#part(record.provenance, 'provenance', ['lineage']),
      tape: this.#tape(record.tape, descend(root, 'tape')),
      grade: this.#part(record.grade, 'grade', ['reasons']),
    });
  }

  #value<T>(value: T, at: At): T {
    return this.walk.value(value as Json, at) as T;
  }

  #part<T extends object>(part: T, name: string, members: readonly (keyof T & string)[]): T {
    const at = descend(this.root, name);
    const changes: Partial<T> = {};
    for (const member of members) {
      const value = part[member];
      if (value !== undefined) changes[member] = this.#value(value, descend(at, member));
    }
    return merged(part, changes);
  }

  #tape(tape: readonly TapeEntry[], at: At): readonly TapeEntry[] {
    let changed = false;
    const after = tape.map((entry, i) => {
      const redacted = this.#entry(entry, descend(at, String(i)));
      changed ||= redacted !== entry;
      return redacted;
    });
    return changed ? after : tape;
  }

  #entry(entry: TapeEntry, at: At): TapeEntry {
    const { args, key } = callIn(this.walk, entry, at);
    const { result, error } = entry;
    return merged(entry, {
      args,
      key,
      ...(result !== undefined && { result: this.#value(result, descend(at, 'result')) }),
      ...(error !== undefined && { error: this.#value(error, descend(at, 'error')) }),
    });
  }
}

/** `whole` itself where nothing is different. */
function merged<T extends object>(whole: T, changes: Partial<T>): T {
  for (const name in changes) if (changes[name] !== whole[name]) return { ...whole, ...changes };
  return whole;
}

function lowered({ grade: { grade, reasons } }: DecisionRecord, tally: Tally): DecisionRecord['grade'] {
  const { redacted, pseudonyms, names } = tally;
  const said = [...reasons];
  if (redacted > 0) said.push(`redacted: ${redacted} values (${[...names].sort().join(', ')})`);
  if (pseudonyms > 0) said.push(`pseudonyms: ${pseudonyms} values (a replay with the key has them back)`);
  return { grade: redacted > 0 && grade === 'A' ? 'B' : grade, reasons: said };
}
