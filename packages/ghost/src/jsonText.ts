import type { Json } from '@tenet-ledger/record';
import { MAX_VALUE_CHARS, snapshot, TOO_LARGE, type Text } from './snapshot.js';

/** A value as JSON text: what the caller's thread keeps of it. Made in one pass, never parsed there. */
export interface TextSnapshot {
  /** "null" where the value is not kept. */
  readonly text: string;
  /** What was changed or dropped, with its path. */
  readonly notes: readonly string[];
  /** False where the value is not kept at all (too large, a stream). */
  readonly kept: boolean;
}

const NO_NOTES: readonly string[] = [];
const MAX_DEPTH = 48;
/** Members that recur: their names are quoted once. */
const MAX_NAMES = 4096;

const quoted = new Map<string, string>();
/** Characters that one value may still take; shared by one pass, which nothing interrupts. */
let left = 0;

/**
 * Never throws and never runs longer than the value's size allows. What is plain JSON already, as nearly all is, is written as it is read;
 * for anything else the careful snapshot reads it again and says what it changed.
 */
export function snapshotText(value: unknown, maxChars: number = MAX_VALUE_CHARS): TextSnapshot {
  try {
    left = maxChars;
    const text = write(value, 0);
    if (text !== '') return { text, notes: NO_NOTES, kept: true };
    if (left < 0) return { text: 'null', notes: [`not kept: ${TOO_LARGE}`], kept: false };
  } catch {
    // A getter or a proxy threw: the careful one says so.
  }
  const { value: copied, notes, kept } = snapshot(value, maxChars);
  return { text: textOf(copied), notes, kept };
}

/** What is no text as one: primitives as they print, the rest as JSON. Never asks a `toString`, which may take its time. */
export function textOfAny(value: unknown, maxChars: number): string | undefined {
  if (typeof value === 'string') return value;
  if (typeof value === 'number' || typeof value === 'boolean' || value === null || value === undefined)
    return String(value);
  const { text, kept } = snapshotText(value, maxChars);
  return kept && typeof value !== 'symbol' && typeof value !== 'function' ? text : undefined;
}

/** JSON text of what is plain JSON for certain, whatever its size. */
export function textOf(value: Json): string {
  left = Number.MAX_SAFE_INTEGER;
  return write(value, 0);
}

/** '' for a text with a lone surrogate, which canonical JSON refuses. */
export function quote(text: string): string {
  const { length } = text;
  if (length <= 48) {
    let i = 0;
    for (; i < length; i += 1) {
      const code = text.charCodeAt(i);
      if (code < 32 || code === 34 || code === 92 || code > 126) break;
    }
    if (i === length) return `"${text}"`;
  }
  return (text as Text).isWellFormed() ? JSON.stringify(text) : '';
}

/** '': not plain JSON. Members are read once. Object.prototype and Array.prototype can't get in: no `toJSON` is asked. */
function write(value: unknown, depth: number): string {
  switch (typeof value) {
    case 'string':
      return writeText(value);
    case 'number':
      left -= 8;
      return left >= 0 && value - value === 0 && (!Number.isInteger(value) || Number.isSafeInteger(value))
        ? String(value)
        : '';
    case 'boolean':
      left -= 5;
      return left < 0 ? '' : value ? 'true' : 'false';
    case 'object':
      if (value === null) return 'null';
      if (depth >= MAX_DEPTH) return '';
      return Array.isArray(value) ? writeList(value, depth + 1) : writeMembers(value, depth + 1);
    default:
      return '';
  }
}

function writeText(text: string): string {
  left -= text.length + 2;
  return left >= 0 ? quote(text) : '';
}

function writeList(list: readonly unknown[], depth: number): string {
  left -= 2 + list.length;
  if (left < 0) return '';
  let out = '[';
  for (let i = 0; i < list.length; i += 1) {
    const item = list[i];
    const text = item === undefined ? 'null' : write(item, depth);
    if (text === '') return '';
    out += i === 0 ? text : `,${text}`;
  }
  return `${out}]`;
}

function writeMembers(value: object, depth: number): string {
  const proto: unknown = Object.getPrototypeOf(value);
  if (proto !== Object.prototype && proto !== null) return '';
  const keys = Object.keys(value);
  let out = '{';
  for (let i = 0; i < keys.length; i += 1) {
    const key = keys[i]!;
    const member = (value as Record<string, unknown>)[key];
    if (member === undefined) continue;
    left -= key.length + 4;
    const text = write(member, depth);
    if (text === '') return '';
    const name = quoted.get(key) ?? quoteName(key);
    if (name === '') return '';
    out += out.length === 1 ? name + text : `,${name}${text}`;
  }
  return left < 0 ? '' : `${out}}`;
}

function quoteName(key: string): string {
  const text = quote(key);
  if (text === '') return '';
  const name = `${text}:`;
  if (quoted.size < MAX_NAMES && key.length <= 64) quoted.set(key, name);
  return name;
}
