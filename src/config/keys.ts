import type { z } from 'zod';
import { configSchema, type KeyMeta } from './schema.js';

type Leaves<T, P extends string = ''> = {
  [K in keyof T & string]: NonNullable<T[K]> extends string | number | readonly unknown[]
    ? `${P}${K}`
    : Leaves<NonNullable<T[K]>, `${P}${K}.`>;
}[keyof T & string];

/** A dotted key such as `temporal.address`. */
export type ConfigKey = Leaves<z.output<typeof configSchema>>;

export interface KeyInfo {
  readonly key: ConfigKey;
  readonly path: readonly string[];
  readonly doc: string;
  readonly secret: boolean;
  readonly isPath: boolean;
  /** Whether a string from the environment or a flag is read as a number. */
  readonly isNumber: boolean;
  /** A list: the environment holds it as JSON. */
  readonly isList: boolean;
  /** Environment names, strongest first; the first is the `TENET_*` one. */
  readonly env: readonly string[];
}

interface SchemaNode {
  readonly def: {
    readonly type: string;
    readonly innerType?: z.ZodType;
    readonly shape?: Readonly<Record<string, z.ZodType>>;
  };
}

function unwrap(schema: z.ZodType): SchemaNode['def'] {
  const { def } = schema as unknown as SchemaNode;
  return def.innerType === undefined ? def : unwrap(def.innerType);
}

const envName = (path: readonly string[]): string =>
  `TENET_${path.map((part) => part.replace(/[A-Z]/g, (c) => `_${c}`).toUpperCase()).join('_')}`;

function walk(schema: z.ZodType, path: readonly string[]): KeyInfo[] {
  const { type, shape } = unwrap(schema);
  if (shape !== undefined) return Object.entries(shape).flatMap(([name, inner]) => walk(inner, [...path, name]));
  const meta = (schema.meta() ?? {}) as KeyMeta & { description?: string };
  const info: KeyInfo = {
    key: path.join('.') as ConfigKey,
    path,
    doc: meta.description ?? '',
    secret: meta.secret ?? false,
    isPath: meta.path ?? false,
    isNumber: type === 'number',
    isList: type === 'array',
    env: [envName(path), ...(meta.env ?? [])],
  };
  return [info];
}

/** Every key of the schema in its order; derived, so a key cannot be documented and missing or the reverse. */
export const CONFIG_KEYS: readonly KeyInfo[] = walk(configSchema, []);

export const keyInfo = (key: string): KeyInfo | undefined => CONFIG_KEYS.find((info) => info.key === key);
