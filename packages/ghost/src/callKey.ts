import { createHash } from 'node:crypto';
import { canonicalize, type Json } from '@tenet-ledger/record';
import { wellFormed } from './snapshot.js';

/** Longer keys are named by digest: the arguments themselves are on the tape already. */
const MAX_KEY_CHARS = 512;

const bounded = (text: string): string =>
  text.length <= MAX_KEY_CHARS ? text : `sha256:${createHash('sha256').update(text).digest('base64url')}`;

/** CAPTURE, "Matching": the declared key, else the canonical arguments. Both sides of a match come through here. */
export function callKey(args: Json, declared?: () => unknown): { readonly key: string; readonly note?: string } {
  if (declared !== undefined) {
    try {
      const key = declared();
      if (typeof key === 'string' || typeof key === 'number') return { key: bounded(wellFormed(String(key))) };
      return { key: canonicalKey(args), note: `the declared key is a ${typeof key}` };
    } catch {
      return { key: canonicalKey(args), note: 'the declared key threw' };
    }
  }
  return { key: canonicalKey(args) };
}

export const canonicalKey = (args: Json): string => bounded(canonicalize(args));
