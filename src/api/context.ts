import type { ApiKeyBinding, Stores } from '../db/index.js';
import type { DisclosedReads } from '../ledger/index.js';
import type { Platform } from '../platform/index.js';
import type { Backlog } from './backlog.js';
import type { ApiLimits, GateDoor } from './options.js';
import type { RateLimiter } from './rateLimit.js';

/** What every route file gets. */
export interface ApiContext {
  readonly platform: Platform;
  readonly stores: Stores;
  readonly limits: ApiLimits;
  readonly rate: RateLimiter;
  readonly backlog: Backlog;
  /** null where this server reaches no Temporal. */
  readonly gates: GateDoor | null;
  /** The only way by which values leave this server, but for the replay doors, which log by themselves. */
  readonly reads: DisclosedReads;
}

declare module 'fastify' {
  interface FastifyRequest {
    /** Set by `requireScope`; null on doors without a key. */
    apiKey: ApiKeyBinding | null;
  }
}
