import { randomUUID } from 'node:crypto';
import type { Json } from '@tenet-ledger/record';
import { snapshotText } from './jsonText.js';
import type { Redactor } from './redact/index.js';
import { MAX_VALUE_CHARS, snapshot, wellFormed } from './snapshot.js';
import { boundedKey, KEY_OF_ARGUMENTS, keyOfArguments } from './tapeKey.js';

/** Arguments beyond what is taped still make a key: two large requests are told apart by their digests. */
const MAX_KEYED_CHARS = 8_388_608;

/** What a call was made with, as a tape takes it. */
export interface TakenText {
  /** '': the arguments, once they are redacted. */
  readonly key: string;
  /** JSON text of the arguments; "[]" where they are not taped. */
  readonly args: string;
  readonly notes: readonly string[];
}

/** The same as values, redacted as the tape is: what a replay looks up. */
export interface TakenValues {
  readonly key: string;
  readonly args: Json;
  readonly notes: readonly string[];
}

/**
 * CAPTURE, "Matching": the declared key, else the canonical arguments. Both sides of a match come through here. Arguments that can't be
 * read give a key that nothing matches: such a call is refused in replay, never answered by the answer of another.
 */
export function takeText(raw: unknown, declared?: () => unknown): TakenText {
  const own = declared === undefined ? undefined : declaredKey(declared);
  const { text, notes, kept } = snapshotText(raw);
  const said = own?.note === undefined ? notes : [...notes, own.note];
  if (kept) return { key: own?.key ?? KEY_OF_ARGUMENTS, args: text, notes: said };
  const large = takeLarge(raw);
  return {
    key: own?.key ?? large.key ?? `tape.not_kept#${randomUUID()}`,
    args: '[]',
    notes: [...said, ...large.notes],
  };
}

export function takeValues(raw: unknown, redactor: Redactor, declared?: () => unknown): TakenValues {
  const own = declared === undefined ? undefined : declaredKey(declared);
  const { value, notes, kept } = snapshot(raw, MAX_VALUE_CHARS);
  const said = own?.note === undefined ? notes : [...notes, own.note];
  if (kept) return { ...redactor.call({ args: value, key: own?.key ?? KEY_OF_ARGUMENTS }), notes: said };
  const large = takeLarge(raw);
  return { key: own?.key ?? large.key ?? 'tape.not_kept', args: [], notes: [...said, ...large.notes] };
}

/** What is too large for the tape is matched by its digest, as it is on both sides: nothing of it is recorded. */
function takeLarge(raw: unknown): { readonly key?: string; readonly notes: readonly string[] } {
  const { value, kept } = snapshot(raw, MAX_KEYED_CHARS);
  return kept ? { key: keyOfArguments(value), notes: ['larger than is taped: matched by digest'] } : { notes: [] };
}

function declaredKey(declared: () => unknown): { readonly key?: string; readonly note?: string } {
  try {
    const key = declared();
    if (typeof key === 'number') return { key: String(key) };
    if (typeof key !== 'string') return { note: `the declared key is of type ${typeof key}` };
    return key === '' ? { note: 'the declared key is empty' } : { key: boundedKey(wellFormed(key)) };
  } catch {
    return { note: 'the declared key threw' };
  }
}
