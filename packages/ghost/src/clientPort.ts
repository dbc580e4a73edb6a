import type { Draft, DraftText, FlushResult } from './delivery/delivery.js';
import type { Redaction } from './delivery/pipelinePort.js';
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
  /** Takes out of a draft what must not leave the process: for tokens of decisions that are not made yet. */
  readonly redact: Redaction;
  enqueue(draft: Draft | DraftText): void;
  /** A decision that can't become a record: reported and counted. */
  refuse(problem: GhostProblem): void;
  problem(problem: GhostProblem): void;
  flush(timeoutMs: number): Promise<FlushResult>;
  /** As `flush`; then nothing is recorded any more. */
  close(timeoutMs: number): Promise<FlushResult>;
  stats(): GhostStats;
  /** `ack: 'server'` and `serverless`: what an async agent's promise waits for before it settles. Never rejects. */
  readonly settle: (() => Promise<void>) | undefined;
  /** Another configuration takes this one's place. */
  retire(): void;
}
