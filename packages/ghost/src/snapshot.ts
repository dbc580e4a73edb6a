import type { Json } from '@tenet-ledger/record';

/** A value as JSON that nothing can change any more, and what JSON could not carry. */
export interface Snapshot {
  readonly value: Json;
  /** What was changed or dropped, with its path. At most {@link MAX_NOTES}. */
  readonly notes: readonly string[];
  /** False where the value is not kept at all (too large, a stream): `value` is then null. */
  readonly kept: boolean;
  /** About how long the value is as JSON text. */
  readonly chars: number;
}

export const MAX_NOTES = 8;
/** Larger values are not kept: a whole record takes at most 1 MiB on the wire, in base64. */
export const MAX_VALUE_CHARS = 262_144;
/** The format allows 64; a value lies a few levels deep in its record. */
const MAX_DEPTH = 48;
const MAX_BITS = 4096;

export const TOO_LARGE = 'larger than one value may be';

class NotKept extends Error {}

interface Walk {
  readonly notes: string[];
  readonly parents: unknown[];
  left: number;
}

const NO_NOTES: readonly string[] = [];

/** Copies `value` into plain JSON. Never throws and never runs longer than the value's size allows. */
export function snapshot(value: unknown, maxChars: number = MAX_VALUE_CHARS): Snapshot {
  const walk: Walk = { notes: [], parents: [], left: maxChars };
  try {
    const copied = copy(value, '', walk);
    const notes = walk.notes.length === 0 ? NO_NOTES : walk.notes;
    return { value: copied === undefined ? null : copied, notes, kept: true, chars: maxChars - walk.left };
  } catch (error) {
    const why = error instanceof NotKept ? error.message : 'reading it threw';
    return { value: null, notes: [`not kept: ${why}`], kept: false, chars: 0 };
  }
}

/** In every engine we run on; TypeScript lists it with ES2024. */
export type Text = string & { isWellFormed(): boolean; toWellFormed(): string };

/** Text without lone surrogates: canonical JSON and UTF-8 refuse them. */
export function wellFormed(text: string): string {
  return (text as Text).isWellFormed() ? text : (text as Text).toWellFormed();
}

function note(walk: Walk, path: string, what: string): void {
  if (walk.notes.length < MAX_NOTES) walk.notes.push(`${what} at ${path === '' ? 'the root' : path}`);
}

function spend(walk: Walk, chars: number): void {
  walk.left -= chars;
  if (walk.left < 0) throw new NotKept(TOO_LARGE);
}

/** undefined: the member is left out. */
function copy(value: unknown, path: string, walk: Walk): Json | undefined {
  switch (typeof value) {
    case 'string':
      return copyText(value, path, walk);
    case 'number':
      return copyNumber(value, path, walk);
    case 'boolean':
      spend(walk, 5);
      return value;
    case 'undefined':
      return undefined;
    case 'bigint':
      // Writing a number out takes time with the square of its length.
      if (BigInt.asIntN(MAX_BITS, value) !== value) throw new NotKept('a BigInt of more than a thousand digits');
      note(walk, path, 'a BigInt kept as text');
      return copyText(value.toString(), path, walk);
    case 'object':
      return value === null ? null : copyObject(value, path, walk);
    default:
      note(walk, path, `a ${typeof value} dropped`);
      return undefined;
  }
}

function copyText(text: string, path: string, walk: Walk): string {
  spend(walk, text.length + 2);
  const clean = wellFormed(text);
  if (clean !== text) note(walk, path, 'a lone surrogate replaced');
  return clean;
}

function copyNumber(value: number, path: string, walk: Walk): Json {
  spend(walk, 8);
  if (!Number.isFinite(value)) {
    note(walk, path, `${value} kept as null`);
    return null;
  }
  if (Number.isInteger(value) && !Number.isSafeInteger(value)) {
    note(walk, path, 'an integer beyond 2^53-1 kept as text');
    return String(value);
  }
  return value === 0 ? 0 : value;
}

function copyObject(value: object, path: string, walk: Walk): Json | undefined {
  if (walk.parents.includes(value)) {
    note(walk, path, 'a circular reference dropped');
    return undefined;
  }
  if (walk.parents.length >= MAX_DEPTH) {
    note(walk, path, 'nesting too deep, dropped');
    return null;
  }
  walk.parents.push(value);
  const copied = Array.isArray(value) ? copyArray(value, path, walk) : copyOther(value, path, walk);
  walk.parents.pop();
  return copied;
}

function copyArray(list: readonly unknown[], path: string, walk: Walk): Json[] {
  spend(walk, 2 + list.length);
  const out = new Array<Json>(list.length);
  for (let i = 0; i < list.length; i += 1) out[i] = copy(list[i], `${path}/${i}`, walk) ?? null;
  return out;
}

function copyOther(value: object, path: string, walk: Walk): Json | undefined {
  const proto: unknown = Object.getPrototypeOf(value);
  // Also the plain objects of another realm: their prototype is the root of its chain too.
  if (proto === null || proto === Object.prototype || Object.getPrototypeOf(proto) === null)
    return copyMembers(value as Record<string, unknown>, path, walk);
  if (value instanceof Date) {
    note(walk, path, 'a Date kept as text');
    return Number.isNaN(value.getTime()) ? null : value.toISOString();
  }
  if (value instanceof Map) {
    note(walk, path, 'a Map kept as pairs');
    spend(walk, value.size);
    return copyArray([...(value as Map<unknown, unknown>).entries()], path, walk);
  }
  if (value instanceof Set) {
    note(walk, path, 'a Set kept as a list');
    spend(walk, value.size);
    return copyArray([...(value as Set<unknown>).values()], path, walk);
  }
  if (ArrayBuffer.isView(value)) return copyBytes(value, path, walk);
  if (value instanceof Error) {
    note(walk, path, 'an Error kept as name and message');
    return { name: copyText(String(value.name), path, walk), message: copyText(String(value.message), path, walk) };
  }
  if (Symbol.asyncIterator in value) throw new NotKept('a stream');
  if (value instanceof Promise) throw new NotKept('a promise');
  const { toJSON } = value as { toJSON?: unknown };
  if (typeof toJSON === 'function') {
    note(walk, path, `a ${nameOf(proto)} kept by its toJSON`);
    return copy(toJSON.call(value), path, walk);
  }
  note(walk, path, `a ${nameOf(proto)} kept as plain members`);
  return copyMembers(value as Record<string, unknown>, path, walk);
}

function copyMembers(value: Record<string, unknown>, path: string, walk: Walk): { readonly [key: string]: Json } {
  const out: Record<string, Json> = {};
  for (const key of Object.keys(value)) {
    spend(walk, key.length + 4);
    const clean = wellFormed(key);
    const copied = copy(value[key], `${path}/${clean}`, walk);
    if (copied === undefined) continue;
    // Plain assignment to "__proto__" would set the prototype.
    if (clean === '__proto__')
      Object.defineProperty(out, clean, { value: copied, enumerable: true, configurable: true, writable: true });
    else out[clean] = copied;
  }
  return out;
}

/** Vectors stay numbers, so that a model's answer replays as it was; other bytes become base64. */
function copyBytes(view: ArrayBufferView, path: string, walk: Walk): Json {
  if (view instanceof Float32Array || view instanceof Float64Array) {
    note(walk, path, 'a typed array kept as a list');
    if (view.length * 8 > walk.left) throw new NotKept(TOO_LARGE);
    return copyArray(Array.from(view), path, walk);
  }
  note(walk, path, 'bytes kept as base64');
  spend(walk, Math.ceil(view.byteLength / 3) * 4);
  return Buffer.from(view.buffer, view.byteOffset, view.byteLength).toString('base64');
}

function nameOf(proto: unknown): string {
  const { constructor } = proto as { constructor?: unknown };
  return typeof constructor === 'function' && constructor.name !== '' ? constructor.name : 'class instance';
}
