import { z } from 'zod';
import type { ApiScope } from '../../db/index.js';
import type { ErrorCode } from '../../errors/index.js';

/** One door, described by the schemas that it itself parses with. A test compares the list with what is registered. */
export interface RouteDoc {
  readonly method: 'get' | 'post' | 'delete';
  /** As it is registered: parameters with a colon. */
  readonly path: string;
  /** Unique; clients name their method after it. */
  readonly id: string;
  readonly summary: string;
  readonly about?: string;
  /** null: no key. */
  readonly scope: ApiScope | 'any' | null;
  readonly params?: z.ZodObject;
  readonly query?: z.ZodObject;
  /** Whether values are read, and so X-Purpose is taken down. */
  readonly discloses?: boolean;
  /** Media type → schema of the whole, or of one line of an NDJSON body. */
  readonly body?: Readonly<Record<string, z.ZodType>>;
  /** `later`: it may also be answered 202, with the same body, and Location says where to ask again. */
  readonly answer: { readonly type?: string; readonly schema: z.ZodType; readonly later?: true };
  /** Beyond what every door answers. */
  readonly errors: readonly ErrorCode[];
}

interface Named {
  readonly id: string;
}

/** Bodies, answers and what is shared between them: each has a name of its own in the document. */
export const schemas = z.registry<Named>();

export function named<S extends z.ZodType>(id: string, schema: S): S {
  schemas.add(schema, { id });
  return schema;
}

/** A body that is bytes. */
export const binary = named('Binary', z.string().meta({ format: 'binary' }));
export const anyJson = named('AnyJson', z.unknown().meta({ description: 'any JSON value' }));
