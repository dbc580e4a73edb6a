import { RecordError } from './errors.js';
import type { Json } from './types.js';
import { isWellFormed } from './wellFormed.js';

/** Nesting both directions accept: what one side writes the other can read, and no input can exhaust the stack. */
export const MAX_DEPTH = 64;

export interface CanonicalizeOptions {
  /**
   * Refuse integers beyond 2^53−1: another language may hold them exactly and this one does not, so two readers would
   * see two values in the same bytes. Disclosures are written and read with it.
   */
  readonly safeIntegers?: boolean;
}

/**
 * RFC 8785 in full: members sorted by UTF-16 code units (§3.2.3), ECMAScript number and string forms (§3.2.2). What has no JSON
 * form is refused instead of dropped: undefined, functions, symbols, bigint, non-finite numbers, lone surrogates,
 * Dates, typed arrays, Maps and other class instances, holes in arrays.
 */
export function canonicalize(value: unknown, options: CanonicalizeOptions = {}): string {
  const safe = options.safeIntegers === true;
  return stringify(value, { safe, sorted: true }) ?? write(value, '', 0, safe);
}

interface Form {
  readonly safe: boolean;
  /** Members in the order of RFC 8785, not just in any. */
  readonly sorted: boolean;
}

/**
 * The engine's own text of `value`, where it is the one that RFC 8785 asks for: JSON.stringify has its forms of strings and
 * numbers (§3.2.2) and keeps the order of members, but drops or converts what is refused here. null where they may differ.
 */
function stringify(value: unknown, form: Form): string | null {
  if (!isPlainJson(value, 0, form)) return null;
  const text = JSON.stringify(value);
  return text.includes(LONE_SURROGATE) ? null : text;
}

/** How JSON.stringify writes the first half of a lone surrogate. An escaped backslash before "ud" looks the same and is rare. */
const LONE_SURROGATE = '\\ud';

function isPlainJson(value: unknown, depth: number, form: Form): boolean {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return true;
    case 'number':
      return Number.isFinite(value) && (!form.safe || Number.isSafeInteger(value) || !Number.isInteger(value));
    case 'object':
      if (value === null) return true;
      if (depth >= MAX_DEPTH) return false;
      return Array.isArray(value)
        ? isPlainArray(value, depth + 1, form)
        : isPlainObject(value as Record<string, unknown>, depth + 1, form);
    default:
      return false;
  }
}

function isPlainArray(items: readonly unknown[], depth: number, form: Form): boolean {
  if (Object.getPrototypeOf(items) !== Array.prototype) return false;
  for (let i = 0; i < items.length; i += 1) if (!isPlainJson(items[i], depth, form)) return false;
  return true;
}

function isPlainObject(object: Record<string, unknown>, depth: number, form: Form): boolean {
  const prototype: unknown = Object.getPrototypeOf(object);
  if (prototype !== Object.prototype && prototype !== null) return false;
  const keys = Object.keys(object);
  if (form.sorted && !isSorted(keys)) return false;
  for (let i = 0; i < keys.length; i += 1) if (!isPlainJson(object[keys[i]!], depth, form)) return false;
  return true;
}

function refuse(code: string, what: string, path: string): never {
  throw new RecordError(`record.jcs.${code}`, `${what} at ${path === '' ? 'the root' : path}`, { at: path, got: what });
}

function write(value: unknown, path: string, depth: number, safe: boolean): string {
  switch (typeof value) {
    case 'string':
      return writeString(value, path);
    case 'number':
      return writeNumber(value, path, safe);
    case 'boolean':
      return value ? 'true' : 'false';
    case 'object':
      if (value === null) return 'null';
      if (depth >= MAX_DEPTH) refuse('depth', `nesting deeper than ${MAX_DEPTH}`, path);
      return Array.isArray(value)
        ? writeArray(value, path, depth + 1, safe)
        : writeObject(value as Record<string, unknown>, path, depth + 1, safe);
    default:
      return refuse('type', typeof value, path);
  }
}

function writeString(text: string, path: string): string {
  if (!isWellFormed(text)) refuse('surrogate', 'a lone surrogate', path);
  return JSON.stringify(text);
}

function writeNumber(value: number, path: string, safe: boolean): string {
  if (!Number.isFinite(value)) refuse('number', String(value), path);
  if (safe && Number.isInteger(value) && !Number.isSafeInteger(value)) {
    refuse('integer', 'an integer beyond 2^53-1', path);
  }
  // String(-0) is "0", as RFC 8785 §3.2.2.3 asks.
  return String(value);
}

function writeArray(items: readonly unknown[], path: string, depth: number, safe: boolean): string {
  let out = '[';
  for (let i = 0; i < items.length; i += 1) {
    if (i > 0) out += ',';
    const item = items[i];
    out += typeof item === 'string' ? writeString(item, path) : write(item, `${path}/${i}`, depth, safe);
  }
  return out + ']';
}

function writeObject(object: Record<string, unknown>, path: string, depth: number, safe: boolean): string {
  if (!isPlain(object)) refuse('type', `a ${className(object)}`, path);
  const keys = Object.keys(object);
  if (!isSorted(keys)) keys.sort();
  let out = '{';
  for (let i = 0; i < keys.length; i += 1) {
    const key = keys[i]!;
    if (i > 0) out += ',';
    out += writeString(key, path);
    out += ':';
    out += write(object[key], `${path}/${key}`, depth, safe);
  }
  return out + '}';
}

/** Own or another realm's Object.prototype, or none: nothing with behaviour of its own. */
function isPlain(object: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(object);
  if (prototype === Object.prototype || prototype === null) return true;
  return Object.getPrototypeOf(prototype) === null && Object.prototype.toString.call(object) === '[object Object]';
}

const className = (object: object): string => (object.constructor as { name?: string } | undefined)?.name ?? 'object';

/** `<` on strings compares UTF-16 code units, the order of RFC 8785 §3.2.3. */
function isSorted(keys: readonly string[]): boolean {
  for (let i = 1; i < keys.length; i += 1) if (keys[i - 1]! > keys[i]!) return false;
  return true;
}

/**
 * JSON (RFC 8259) without its ambiguities: duplicate member names, lone surrogates, numbers out of range and nesting
 * beyond {@link MAX_DEPTH} are refused. Member order and spacing are free; compare with `canonicalize` where they must not be.
 */
export function parseStrict(text: string, options: CanonicalizeOptions = {}): Json {
  const value = parseJson(text);
  const safe = options.safeIntegers === true;
  // Text that comes out as it went in holds no duplicate name: one copy would be gone.
  if (stringify(value, { safe, sorted: false }) === text) return value;
  if (write(value, '', 0, safe) !== text) assertUniqueNames(text);
  return value;
}

/** Parses text that must be its own canonical form: every byte counts. */
export function parseCanonical(text: string): Json {
  const value = parseJson(text);
  if (canonicalize(value) !== text)
    throw new RecordError('record.jcs.form', 'text is not in canonical form (RFC 8785)');
  return value;
}

function parseJson(text: string): Json {
  try {
    return JSON.parse(text) as Json;
  } catch (cause) {
    throw new RecordError('record.json', 'text is not JSON', {}, { cause });
  }
}

/** `text` has already passed JSON.parse, so a scan for strings and brackets is enough to find each object's names. */
function assertUniqueNames(text: string): void {
  const names: (Set<string> | null)[] = [];
  const token = /"(?:[^"\\]|\\.)*"(\s*:)?|[{}[\]]/gsu;
  for (const match of text.matchAll(token)) {
    const [found, colon] = match;
    if (found === '{') names.push(new Set());
    else if (found === '[') names.push(null);
    else if (found === '}' || found === ']') names.pop();
    else if (colon !== undefined) {
      const name = JSON.parse(found.slice(0, found.length - colon.length)) as string;
      const open = names.at(-1);
      if (open?.has(name))
        throw new RecordError('record.jcs.duplicate_key', `duplicate member name ${JSON.stringify(name)}`, {
          got: name,
        });
      open?.add(name);
    }
  }
}
