import type { RecordSigner } from '@tenet-ledger/record';
import type { GhostProblem, SealKey } from '../config.js';
import type { Draft, FlushResult } from './delivery.js';

/** Takes secrets out of a draft. Pure; compiled from plain rules in whatever thread the pipeline runs in. */
export type Redaction = (draft: Draft) => Draft;

/** Why records were dropped, as the signed drop counter says it. */
export type DropPolicy = 'drop-newest' | 'block' | 'too-large' | 'spool-full';

/** When a record that was written is also synced to the disk. */
export type FsyncPolicy = 'always' | 'interval' | 'never';

export interface SpoolOptions {
  /** Folder that holds one folder per producer. undefined: the default places, in their order. */
  readonly dir: string | undefined;
  readonly fsync: FsyncPolicy;
  readonly fsyncMs: number;
  readonly maxBytes: number;
  readonly segmentBytes: number;
}

export interface BatchLimits {
  readonly maxRecords: number;
  readonly maxBytes: number;
  readonly lingerMs: number;
  readonly requestTimeoutMs: number;
  /** Bodies above this are compressed. @default 16 KiB; on the way to this same machine never */
  readonly gzipBytes?: number;
  /** How long an API key that is refused is left alone. @default 30000 */
  readonly probeMs?: number;
}

export interface PipelineOptions {
  readonly endpoint: string;
  readonly apiKey: string;
  readonly tenant: string;
  readonly log: string;
  /** Named in `capture.*` records. */
  readonly session: string;
  readonly signer: RecordSigner;
  readonly vkey?: string;
  readonly sealKey?: SealKey;
  readonly spool: SpoolOptions;
  readonly batch: BatchLimits;
  readonly redact: Redaction;
  /** Never throws. */
  readonly problem: (problem: GhostProblem) => void;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** In [0, 1). */
  readonly random: () => number;
}

/** What the pipeline knows of the records it was given; the host adds what happened before. */
export interface PipelineStats {
  /** Written to the spool by `write()`: survives the death of the process. */
  readonly spooled: number;
  /** Synced to the disk: survives the machine. */
  readonly synced: number;
  readonly acknowledged: number;
  readonly duplicates: number;
  /** Quarantined, or never sealed. */
  readonly refused: number;
  /** The signed drop counter: what the host reported by `drop`, and what a full spool turned away. */
  readonly dropped: number;
  readonly spool: {
    readonly dir: string;
    /** tmpfs, overlay or a pod's own disk: it does not survive the machine. */
    readonly ephemeral: boolean;
    readonly bytes: number;
    readonly segments: number;
  };
  readonly circuit: 'closed' | 'open' | 'half-open';
  readonly lastError?: { readonly code: string; readonly message: string; readonly at: string };
}

/**
 * Draft → redact → seal (salt, seq, prev, sign) → spool → server. One per host, on the thread that made it. Its timers and sockets
 * never keep the process alive; only `flush` does, while it waits. Its producer folder is made at the first record.
 */
export interface Pipeline {
  /** Synchronous: when it returns, the record is written to the spool, refused, or counted as dropped. Never throws. */
  take(draft: Draft): void;
  /** The spool has no room now. A host that blocks stops taking; one that drops goes on and `take` counts the drop. */
  full(): boolean;
  /** Adds to the signed drop counter. A `capture.dropped` record is spooled at most once a second and at `close`. */
  drop(count: number, policy: DropPolicy): void;
  /** Waits until all that was spooled here is answered for, at most so long. */
  flush(timeoutMs: number): Promise<FlushResult>;
  /** As `flush`, with the producer's last words said first: what comes after them is refused. */
  finish(timeoutMs: number): Promise<FlushResult>;
  /** Cheap: called after every few records. */
  stats(): PipelineStats;
  /**
   * Clean end, synchronous because it also runs in `exit`: last `capture.dropped`, `capture.closed`, fsync, `acked`, lock let go. Does
   * not wait for the server: what is unsent stays in the spool for the next process. Later calls do nothing.
   */
  close(): void;
}

export type CreatePipeline = (options: PipelineOptions) => Pipeline;
