import { RecordError } from './errors.js';
import type { Json } from './types.js';

interface KindTypes {
  string: string;
  number: number;
  array: readonly Json[];
  object: { readonly [key: string]: Json };
}

type Kind = keyof KindTypes;
type Members = Readonly<Record<string, Kind>>;
type Shaped<R extends Members, O extends Members> = { readonly [K in keyof R]: KindTypes[R[K]] } & {
  readonly [K in keyof O]?: KindTypes[O[K]];
};

const kindOf = (value: unknown): string => (value === null ? 'null' : Array.isArray(value) ? 'array' : typeof value);

/** A closed object: every required member, no unknown one, each of its kind. The one gate for parsed JSON in this package. */
export function shape<const R extends Members, const O extends Members>(
  value: unknown,
  required: R,
  optional: O,
  what: string,
): Shaped<R, O> {
  if (kindOf(value) !== 'object') fail(what, '', 'an object', kindOf(value));
  const object = value as Record<string, unknown>;
  for (const key of Object.keys(object)) {
    const kind = Object.hasOwn(required, key)
      ? required[key]
      : Object.hasOwn(optional, key)
        ? optional[key]
        : undefined;
    if (kind === undefined) fail(what, key, 'no such member', 'an unknown member');
    if (kindOf(object[key]) !== kind) fail(what, key, `a member of type ${kind}`, kindOf(object[key]));
  }
  for (const key of Object.keys(required)) {
    if (!Object.hasOwn(object, key)) fail(what, key, `a member of type ${required[key]}`, 'nothing');
  }
  return object as Shaped<R, O>;
}

function fail(what: string, key: string, expected: string, got: string): never {
  const place = key === '' ? what : `${what}: member ${JSON.stringify(key)}`;
  throw new RecordError('record.shape', `${place}: expected ${expected}, got ${got}`, { at: key, expected, got });
}
