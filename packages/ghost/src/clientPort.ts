import type { Draft, FlushResult } from './delivery/delivery.js';
import type { GhostProblem, GhostStats, Json, Origin } from './types.js';

/** What capture needs of the configured process. */
export interface Client {
  readonly tenant: string;
  readonly session: string;
  readonly origin: Origin;
  readonly lineage: Readonly<Record<string, Json>>;
  readonly codeDigest: string | undefined;
  readonly tagKey: Uint8Array | undefined;
  newId(): string;
  enqueue(draft: Draft): void;
  /** A decision that can't become a record: reported and counted. */
  refuse(problem: GhostProblem): void;
  problem(problem: GhostProblem): void;
  flush(timeoutMs: number): Promise<FlushResult>;
  stats(): GhostStats;
}
