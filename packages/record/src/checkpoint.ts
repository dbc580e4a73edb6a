import { fromBase64, toBase64 } from './base64.js';
import { RecordError } from './errors.js';
import { openNote, type OpenedNote } from './note.js';
import type { Ed25519Verify } from './types.js';
import { isKeyName, type VerifierKey } from './vkey.js';

// C2SP tlog-checkpoint, without extension lines (NOT RECOMMENDED there).

export interface Checkpoint {
  /** host/tenant/epoch: one tree per tenant and epoch; also the name of the log's key. */
  readonly origin: string;
  readonly size: number;
  readonly root: Uint8Array;
}

/** The note text, to be signed with `signNote`. */
export function formatCheckpoint({ origin, size, root }: Checkpoint): string {
  if (!isKeyName(origin)) refuse('an origin without spaces and "+"', origin);
  if (!Number.isSafeInteger(size) || size < 0) refuse('a size from 0 to 2^53-1', String(size));
  if (root.length !== 32) refuse('a root of 32 bytes', `${root.length} bytes`);
  return `${origin}\n${size}\n${toBase64(root)}\n`;
}

/** Reads note text as `openNote` returns it; not the whole note. */
export function parseCheckpoint(text: string): Checkpoint {
  const lines = text.split('\n');
  if (lines.length !== 4 || lines[3] !== '') refuse('three lines: origin, size, root', `${lines.length - 1} lines`);
  const [origin, size, root] = lines as [string, string, string, string];
  if (!isKeyName(origin)) refuse('an origin without spaces and "+"', origin);
  const parsed = { origin, size: parseDecimal(size), root: fromBase64(root) };
  if (parsed.root.length !== 32) refuse('a root of 32 bytes', `${parsed.root.length} bytes`);
  return parsed;
}

/** Verifies the note under `keys` and reads it. Which of the keys had to sign is the caller's rule. */
export function openCheckpoint(
  note: string | Uint8Array,
  keys: readonly VerifierKey[],
  verify: Ed25519Verify,
): { readonly checkpoint: Checkpoint; readonly note: OpenedNote } {
  const opened = openNote(note, keys, verify);
  return { checkpoint: parseCheckpoint(opened.text), note: opened };
}

/** ASCII decimal without sign and leading zeros, up to 2^53−1. */
export function parseDecimal(text: string): number {
  const value = /^(?:0|[1-9][0-9]{0,15})$/.test(text) ? Number(text) : NaN;
  if (!Number.isSafeInteger(value)) refuse('a decimal number without leading zeros, at most 2^53-1', text);
  return value;
}

function refuse(expected: string, got: string): never {
  throw new RecordError('record.checkpoint', `malformed checkpoint: expected ${expected}`, {
    expected,
    got: got.slice(0, 200),
  });
}
