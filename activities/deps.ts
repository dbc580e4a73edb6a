import type { Stores } from '../src/db/index.js';
import type { CachedEmbedder } from '../src/drift/index.js';
import type { Platform } from '../src/platform/index.js';

export interface ActivityDeps {
  readonly platform: Platform;
  readonly stores: Stores;
  /** Opened on first use: weights take a quarter of a second and 275 MB. */
  readonly embedder: () => Promise<CachedEmbedder>;
  /** Names what answers live model calls; part of what makes two control arms the same. */
  readonly model: string | null;
  readonly now: () => Date;
  /** How long a first batch waits for a worker of its agent version. */
  readonly availableWithinMs: number;
}
