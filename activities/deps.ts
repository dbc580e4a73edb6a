import type { AlertSettings } from '../src/alerts/index.js';
import type { Stores } from '../src/db/index.js';
import type { CachedEmbedder } from '../src/drift/index.js';
import type { Platform } from '../src/platform/index.js';

/** What is known of the workers of an agent version. */
export interface LaneProbe {
  /** Whether one has asked the queue for work since then, or holds a batch of one of these runs now. */
  isServed(lane: { readonly queue: string; readonly runs: readonly string[]; readonly since: Date }): Promise<boolean>;
}

export interface ActivityDeps {
  readonly platform: Platform;
  readonly stores: Stores;
  /** Opened on first use: weights take a quarter of a second and 275 MB. */
  readonly embedder: () => Promise<CachedEmbedder>;
  /** Names what answers live model calls; part of what makes two control arms the same. */
  readonly model: string | null;
  readonly now: () => Date;
  /** How long a batch waits for a worker of its agent version before it is asked whether there is one. */
  readonly availableWithinMs: number;
  readonly lanes: LaneProbe;
  /** Where the packages of inquiries are written. */
  readonly productionsDir: string;
  /** The single-file verifier that goes into each; built with the program. */
  readonly verifierFile: string;
  /** Asks the live model one fixed question; null where none is configured. */
  readonly askModel: AskModel | null;
  readonly alerts: AlertSettings;
}

export type AskModel = (prompt: string) => Promise<{
  readonly text: string;
  /** Model and build, as the answer names them. */
  readonly served: string;
}>;
