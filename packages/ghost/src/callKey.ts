import { createHash, randomUUID } from 'node:crypto';
import { canonicalize, type Json } from '@tenet-ledger/record';
import { MAX_VALUE_CHARS, snapshot, wellFormed } from './snapshot.js';

/** Longer keys are named by digest: the arguments themselves are on the tape already. */
const MAX_KEY_CHARS = 512;

const bounded = (text: string): string =>
  text.length <= MAX_KEY_CHARS ? text : `sha256:${createHash('sha256').update(text).digest('base64url')}`;

/** Arguments beyond what is taped still make a key: two large requests are told apart by their digests. */
const MAX_KEYED_CHARS = 8_388_608;

/** What a call was made with: what matches it, and what the tape keeps of it. */
export interface Arguments {
  readonly key: string;
  readonly args: Json;
  readonly chars: number;
  readonly notes: readonly string[];
}

/**
 * CAPTURE, "Matching": the declared key, else the canonical arguments. Both sides of a match come through here. Arguments that can't be
 * read give a key that nothing matches: such a call is refused in replay, never answered by the answer of another.
 */
export function takeArguments(raw: unknown, mode: 'capture' | 'replay', declared?: () => unknown): Arguments {
  const { value, notes, kept, chars } = snapshot(raw, MAX_KEYED_CHARS);
  const small = kept && chars <= MAX_VALUE_CHARS;
  const own = declaredKey(declared);
  const key =
    own.key ??
    (kept ? bounded(canonicalize(value)) : mode === 'capture' ? `tape.not_kept#${randomUUID()}` : 'tape.not_kept');
  const said = [
    ...notes,
    ...(own.note === undefined ? [] : [own.note]),
    ...(kept && !small ? ['larger than is taped: matched by digest'] : []),
  ];
  return { key, args: small ? value : [], chars: small ? chars : 0, notes: said };
}

function declaredKey(declared: (() => unknown) | undefined): { readonly key?: string; readonly note?: string } {
  if (declared === undefined) return {};
  try {
    const key = declared();
    if (typeof key === 'string' || typeof key === 'number') return { key: bounded(wellFormed(String(key))) };
    return { note: `the declared key is of type ${typeof key}` };
  } catch {
    return { note: 'the declared key threw' };
  }
}
