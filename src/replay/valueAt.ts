import type { Json } from '@tenet-ledger/record';

/**
 * The value at an RFC 6901 pointer into a record, whether it is a field of its own or lies inside a wider one. undefined
 * where the record has no such value, or it is withheld.
 */
export function valueAt(fields: ReadonlyMap<string, Json>, pointer: string): Json | undefined {
  for (let end = pointer.length; end > 0; end = pointer.lastIndexOf('/', end - 1)) {
    const field = fields.get(pointer.slice(0, end));
    if (field !== undefined) return descend(field, pointer.slice(end + 1));
  }
  return undefined;
}

function descend(value: Json, rest: string): Json | undefined {
  if (rest === '') return value;
  let at: Json | undefined = value;
  for (const token of rest.split('/')) {
    const key = token.replaceAll('~1', '/').replaceAll('~0', '~');
    if (at === null || typeof at !== 'object') return undefined;
    at = Object.hasOwn(at, key) ? (at as Readonly<Record<string, Json>>)[key] : undefined;
  }
  return at;
}
