import { MAX_DEPTH, type Json } from '@tenet-ledger/record';

/** Room for the path from the root of a record to a value inside it. */
const DEEPEST = MAX_DEPTH - 12;

export interface Cleaned {
  readonly value: Json;
  /** What is not as it was in the source, once each. */
  readonly notes: readonly string[];
}

/** Parsed JSON as the record format takes it: no lone surrogates, no integers beyond 2^53−1, no endless nesting. */
export function cleanJson(value: unknown): Cleaned {
  const notes = new Set<string>();
  return { value: clean(value, 0, notes), notes: [...notes] };
}

function clean(value: unknown, depth: number, notes: Set<string>): Json {
  switch (typeof value) {
    case 'string':
      return cleanText(value, notes);
    case 'boolean':
      return value;
    case 'number':
      return cleanNumber(value, notes);
    case 'object':
      break;
    default:
      notes.add('a value without a JSON form was left out');
      return null;
  }
  if (value === null) return null;
  if (depth >= DEEPEST) {
    notes.add(`nesting deeper than ${DEEPEST} was kept as text`);
    return cleanText(JSON.stringify(value), notes);
  }
  if (Array.isArray(value)) return value.map((item) => clean(item, depth + 1, notes));
  const copy: Record<string, Json> = {};
  for (const [key, member] of Object.entries(value)) {
    const name = cleanText(key, notes);
    // Also for the key "__proto__".
    Object.defineProperty(copy, name, {
      value: clean(member, depth + 1, notes),
      enumerable: true,
      configurable: true,
      writable: true,
    });
  }
  return copy;
}

function cleanNumber(value: number, notes: Set<string>): Json {
  if (Number.isFinite(value) && (!Number.isInteger(value) || Number.isSafeInteger(value))) return value;
  notes.add('a number beyond 2^53 was kept as text, its last digits may be lost');
  return String(value);
}

/** Lone halves of surrogate pairs have no UTF-8. */
export const wellFormed = (text: string): string => text.replace(/\p{Surrogate}/gu, '\ufffd');

export function cleanText(text: string, notes: Set<string> = new Set()): string {
  const whole = wellFormed(text);
  if (whole !== text) notes.add('broken characters were replaced');
  return whole;
}
