import type { ApiKeyBinding, Stores } from '../db/index.js';
import type { Platform } from '../platform/index.js';
import type { ApiLimits } from './options.js';

/** What every route file gets. */
export interface ApiContext {
  readonly platform: Platform;
  readonly stores: Stores;
  readonly limits: ApiLimits;
}

declare module 'fastify' {
  interface FastifyRequest {
    /** Set by `requireScope`; null on doors without a key. */
    apiKey: ApiKeyBinding | null;
  }
}
