import { createHash } from 'node:crypto';
import { canonicalize, type EffectClass, type Json, type TapeEntry } from '@tenet-ledger/record';
import { cleanJson, wellFormed } from './cleanJson.js';

/** Longer keys are named by digest, as the SDK does. */
const MAX_KEY_CHARS = 512;

export interface CallParts {
  readonly kind: 'tool' | 'model';
  readonly name: string;
  readonly effect: EffectClass;
  /** As the SDK tapes them: the list of a tool's arguments, the body of a model call. */
  readonly args: unknown;
  readonly key?: string;
  readonly result?: unknown;
  readonly error?: { readonly code: string; readonly message: string };
  readonly startedMs?: number;
  readonly durMs?: number;
}

/** A call of somebody else's log as an entry of our tape. `n` counts starts, from 1. */
export function importedCall(n: number, parts: CallParts): TapeEntry {
  const args = cleanJson(parts.args ?? null).value;
  const { result, error } = parts;
  return {
    v: 1,
    n,
    kind: parts.kind,
    name: wellFormed(parts.name).slice(0, 200),
    effect: parts.effect,
    key: wellFormed(parts.key ?? keyOf(args)),
    args,
    ...(result !== undefined && { result: cleanJson(result).value }),
    ...(error !== undefined && { error }),
    startedMs: milliseconds(parts.startedMs),
    durMs: milliseconds(parts.durMs),
  };
}

export function keyOf(args: Json): string {
  const text = canonicalize(args);
  return text.length <= MAX_KEY_CHARS ? text : `sha256:${createHash('sha256').update(text).digest('base64url')}`;
}

const milliseconds = (value: number | undefined): number =>
  value === undefined || !Number.isFinite(value) || value < 0 ? 0 : Math.round(value * 1000) / 1000;
