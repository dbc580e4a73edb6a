import { randomBytes } from 'node:crypto';
import { monotonicFactory } from 'ulid';
import type { Sources } from '../ledger/index.js';

/** Real clock, randomness and ids: the defaults, chosen here and nowhere deeper. */
export function systemSources(): Sources {
  const ulid = monotonicFactory();
  return { now: () => Date.now(), randomBytes: (size) => randomBytes(size), newId: () => ulid() };
}
