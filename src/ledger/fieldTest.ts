import { unescapeToken, type Json } from '@tenet-ledger/record';

export const FIELD_OPS = ['eq', 'ne', 'lt', 'lte', 'gt', 'gte', 'contains', 'in', 'exists'] as const;
export type FieldOp = (typeof FIELD_OPS)[number];

/** A question about one disclosed value. A decision that has no such value fits `exists` false and nothing else. */
export interface FieldTest {
  /** RFC 6901 pointer: a field, something inside a field's value, or what several fields lie below (/reasoning). */
  readonly field: string;
  readonly op: FieldOp;
  readonly value?: Json | undefined;
}

/** A field whose value was looked at, and the part of it that the pointer names. */
export interface Touched {
  readonly path: string;
  readonly value: Json;
}

/** The field itself; else the part of the field it points into; else every field below it. */
export function valuesAt(fields: ReadonlyMap<string, Json>, pointer: string): Touched[] {
  const exact = fields.get(pointer);
  if (exact !== undefined) return [{ path: pointer, value: exact }];
  for (let at = pointer.lastIndexOf('/'); at > 0; at = pointer.lastIndexOf('/', at - 1)) {
    const path = pointer.slice(0, at);
    const value = fields.get(path);
    if (value === undefined) continue;
    const part = partOf(value, pointer.slice(at + 1).split('/'));
    return part === undefined ? [] : [{ path, value: part }];
  }
  return [...fields].flatMap(([path, value]) => (path.startsWith(`${pointer}/`) ? [{ path, value }] : []));
}

/** Paths that an answer about `pointer` speaks of, from S alone. */
export const pathsAt = (paths: readonly string[], pointer: string): string[] =>
  paths.filter((path) => path === pointer || pointer.startsWith(`${path}/`) || path.startsWith(`${pointer}/`));

function partOf(value: Json, tokens: readonly string[]): Json | undefined {
  let part: Json | undefined = value;
  for (const token of tokens) {
    if (typeof part !== 'object' || part === null) return undefined;
    const key: string = unescapeToken(token);
    part = Object.hasOwn(part, key) ? (part as Readonly<Record<string, Json>>)[key] : undefined;
  }
  return part;
}

export function fits({ op, value }: FieldTest, found: readonly Touched[]): boolean {
  if (op === 'exists') return found.length > 0 === (value !== false);
  return found.some((touched) => holds(op, touched.value, value));
}

function holds(op: Exclude<FieldOp, 'exists'>, found: Json, asked: Json | undefined): boolean {
  switch (op) {
    case 'eq':
      return same(found, asked);
    case 'ne':
      return !same(found, asked);
    case 'in':
      return Array.isArray(asked) && asked.some((one: Json) => same(found, one));
    case 'contains':
      return contains(found, asked);
    default:
      return compares(op, found, asked);
  }
}

const same = (a: Json, b: Json | undefined): boolean => JSON.stringify(sorted(a)) === JSON.stringify(sorted(b ?? null));

/** Members in one order, so that equal values have equal text. */
function sorted(value: Json): Json {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((one: Json) => sorted(one));
  const members = Object.entries(value as Readonly<Record<string, Json>>);
  return Object.fromEntries(members.sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, one]) => [key, sorted(one)]));
}

/** Text in a text, whatever its case; an element of a list. */
function contains(found: Json, asked: Json | undefined): boolean {
  if (typeof found === 'string') return typeof asked === 'string' && found.toLowerCase().includes(asked.toLowerCase());
  return Array.isArray(found) && found.some((one: Json) => same(one, asked));
}

/** Numbers with numbers, texts with texts; anything else never compares. */
function compares(op: 'lt' | 'lte' | 'gt' | 'gte', found: Json, asked: Json | undefined): boolean {
  const isOrdered =
    (typeof found === 'number' && typeof asked === 'number') ||
    (typeof found === 'string' && typeof asked === 'string');
  if (!isOrdered) return false;
  const order = found < asked ? -1 : found > asked ? 1 : 0;
  if (op === 'lt') return order < 0;
  if (op === 'lte') return order <= 0;
  return op === 'gt' ? order > 0 : order >= 0;
}
