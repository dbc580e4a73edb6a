import type { Json } from '@tenet-ledger/record';
import { nearest } from '../../yaml/index.js';
import { brief, ItemError } from '../itemError.js';
import { valueAt } from './pointer.js';
import type { Source } from './schema.js';

/** Text for a source: what the line says, or the text that stands in the mapping. undefined where the line says nothing. */
export function textOf(line: Json, field: string, source: Source | undefined): string | undefined {
  if (source === undefined) return undefined;
  if (typeof source !== 'string') return source.value;
  if (!source.startsWith('/')) return source;
  const value = valueAt(line, source);
  if (value === undefined || value === null || value === '') return undefined;
  if (typeof value === 'string') return value;
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  throw new ItemError(`${field} (${source})`, 'not text', {
    expected: 'text, a number or true/false',
    got: brief(value),
  });
}

export function requiredText(line: Json, field: string, source: Source): string {
  const text = textOf(line, field, source);
  if (text !== undefined) return text;
  throw missing(line, field, typeof source === 'string' ? source : '');
}

/** Says which member of the line was probably meant. */
export function missing(line: Json, field: string, pointer: string): ItemError {
  const known = pointersOf(line);
  const meant = nearest(pointer, known);
  return new ItemError(`${field} (${pointer})`, 'the line has no such value', {
    ...(meant === null || meant === pointer ? {} : { fix: `did you mean ${meant}?` }),
    got: known.length === 0 ? 'no members' : `members ${known.slice(0, 8).join(' ')}${known.length > 8 ? ' …' : ''}`,
  });
}

/** Pointers to the members of a line, two levels deep. */
function pointersOf(line: Json): string[] {
  if (typeof line !== 'object' || line === null || Array.isArray(line)) return [];
  const found: string[] = [];
  for (const [key, value] of Object.entries(line)) {
    const at = `/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`;
    found.push(at);
    if (typeof value !== 'object' || value === null || Array.isArray(value)) continue;
    for (const inner of Object.keys(value)) found.push(`${at}/${inner.replaceAll('~', '~0').replaceAll('/', '~1')}`);
  }
  return found.slice(0, 200);
}

export function numberAt(line: Json, field: string, pointer: string | undefined): number | undefined {
  if (pointer === undefined) return undefined;
  const value = valueAt(line, pointer);
  if (value === undefined || value === null || value === '') return undefined;
  const number = typeof value === 'string' && /^[-+]?(\d|\.\d)/.test(value.trim()) ? Number(value) : value;
  if (typeof number === 'number' && Number.isFinite(number)) return number;
  throw new ItemError(`${field} (${pointer})`, 'not a number', { expected: 'a number', got: brief(value) });
}

export function listAt(line: Json, field: string, pointer: string): readonly Json[] {
  const value = valueAt(line, pointer) ?? null;
  if (value === null) return [];
  if (Array.isArray(value)) return value as readonly Json[];
  throw new ItemError(`${field} (${pointer})`, 'not a list', { expected: 'a list', got: brief(value) });
}

/** RFC 3339, a date, or seconds, milliseconds, microseconds or nanoseconds since 1970, told apart by their size. */
export function timeOf(field: string, text: string): string {
  const epoch = /^\d{9,19}(\.\d+)?$/.test(text.trim()) ? epochMs(Number(text)) : null;
  // A time without a zone would mean another instant on every machine: it is read as UTC.
  const iso = text.trim().replace(/^(\d{4}-\d\d-\d\d) (\d)/, '$1T$2');
  const zoned = /T[\d:.]+$/.test(iso) ? `${iso}Z` : iso;
  const ms = epoch ?? (/^\d{4}-\d\d-\d\d/.test(zoned) ? Date.parse(zoned) : Number.NaN);
  const at = new Date(ms);
  if (!Number.isNaN(at.getTime()) && at.getUTCFullYear() >= 0 && at.getUTCFullYear() <= 9999) return at.toISOString();
  throw new ItemError(field, 'not a time', {
    expected: 'RFC 3339 such as 2026-11-20T09:14:02Z, or seconds or milliseconds since 1970',
    got: brief(text),
  });
}

function epochMs(value: number): number {
  if (value < 1e11) return value * 1000;
  if (value < 1e14) return value;
  return value < 1e17 ? value / 1000 : value / 1e6;
}
