import type { Json } from '@tenet-ledger/record';
import { unescapeToken } from '@tenet-ledger/record';

/** The value at an RFC 6901 pointer; undefined where there is none. */
export function valueAt(value: Json, pointer: string): Json | undefined {
  let at: Json | undefined = value;
  for (const part of pointer.split('/').slice(1)) {
    if (typeof at !== 'object' || at === null) return undefined;
    const key = unescapeToken(part);
    const parent: Readonly<Record<string, Json>> | readonly Json[] = at;
    at = Object.hasOwn(parent, key) ? (parent as Readonly<Record<string, Json>>)[key] : undefined;
  }
  return at;
}
