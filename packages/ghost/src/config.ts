import type { RecordSigner } from '@tenet-ledger/record';
import type { Json, Origin } from './types.js';

/** What the SDK could not do. Given to `onProblem`; nothing is thrown into the caller. */
export interface GhostProblem {
  /** Stable: ghost.not_configured, ghost.queue_full, ghost.delivery, record.no_outcome, record.invalid, … or the server's. */
  readonly code: string;
  readonly message: string;
  /** Entry id where the problem is about one record. */
  readonly id?: string;
  readonly field?: string;
}

export interface BatchOptions {
  /** @default 500 */
  readonly maxRecords?: number;
  /** @default 4 MiB */
  readonly maxBytes?: number;
  /** How long the first record waits for company. @default 50 */
  readonly lingerMs?: number;
  /** Longest wait for one answer. @default 30000 */
  readonly requestTimeoutMs?: number;
  /** How long an API key that was refused is left alone. @default 30000 */
  readonly probeMs?: number;
}

export interface SpoolConfig {
  /** @default $TENET_SPOOL_DIR, else ${XDG_STATE_HOME:-~/.local/state}/tenet/spool, else a folder in the system's temporary one */
  readonly dir?: string;
  /** When what was written is synced to the disk. @default 'interval' */
  readonly fsync?: 'always' | 'interval' | 'never';
  /** @default 50 */
  readonly fsyncMs?: number;
  /** @default 1 GiB */
  readonly maxBytes?: number;
  /** @default 8 MiB */
  readonly segmentBytes?: number;
}

/** The platform's public key that spool segments are sealed to. */
export interface SealKey {
  readonly kid: string;
  /** X25519, 32 bytes in base64. */
  readonly publicKey: string;
}

/** Rules are data, never functions: they are applied on another thread. */
export interface RedactOptions {
  /** The built-in list of secrets. @default true */
  readonly secrets?: boolean;
  /** RFC 6901 pointers into the record, `*` for any one segment: "/context/inputs/ssn", "/reasoning/0". Calls are a list. */
  readonly paths?: readonly string[];
  readonly patterns?: readonly { readonly name: string; readonly regex: string }[];
  /** Values replaced by a stable token that whoever holds the key can turn back. */
  readonly pseudonyms?: {
    readonly paths: readonly string[];
    readonly keyFile?: string;
    /** base64, 32 bytes. */
    readonly key?: string;
  };
}

/** A sampled ledger can't prove that nothing was left out, so each type to be sampled is named with a reason. */
export interface SamplingRule {
  /** Share kept, 0 to 1. */
  readonly rate: number;
  readonly reason: string;
}

export interface GhostConfig {
  readonly endpoint: string;
  readonly apiKey: string;
  readonly tenant: string;
  /** host/tenant */
  readonly log: string;
  /** One of the two: a signer, or the key file that `ghost.enrol` wrote. A signer object keeps the work on the caller's thread. */
  readonly signer?: RecordSigner;
  readonly keyFile?: string;
  /** The log's note key. With it acknowledgements are checked and cited as a lower bound in time. */
  readonly vkey?: string;
  /** base64, 32 bytes: keys the tags of data subjects. */
  readonly tagKey?: string;
  /** @default a new one per process */
  readonly session?: string;
  /** @default 'agent' */
  readonly origin?: Origin;
  readonly lineage?: Readonly<Record<string, Json>>;
  readonly codeDigest?: string;
  readonly onProblem?: (problem: GhostProblem) => void;
  readonly batch?: BatchOptions;
  readonly spool?: SpoolConfig;
  /** What happens to a record that finds no room: dropped and counted, or the caller waits at most so long. @default 'drop-newest' */
  readonly full?: 'drop-newest' | { readonly block: number };
  /** What an async agent's promise waits for, with a bound: nothing, or the server's commit. @default 'spool' */
  readonly ack?: 'spool' | 'server';
  /** Everything is sent before an async agent's promise resolves: for hosts that freeze or end after the answer. @default false */
  readonly serverless?: boolean;
  readonly redact?: RedactOptions;
  /** By decision type. @default every decision is recorded */
  readonly sampling?: Readonly<Record<string, SamplingRule>>;
  /** With it an application host keeps no readable copy of what it recorded. Comes with `ghost.enrol`. */
  readonly sealKey?: SealKey;
  /** Bytes between the caller and the thread that signs. @default 8 MiB */
  readonly ringBytes?: number;
}

/** Watermarks of this process. `enqueued` = acknowledged + refused + dropped + what is still under way. */
export interface GhostStats {
  readonly enqueued: number;
  /** Written to the spool: survives the death of the process. */
  readonly spooled: number;
  /** Synced to the disk: survives the machine. */
  readonly synced: number;
  readonly acknowledged: number;
  /** Without an outcome, or quarantined. */
  readonly refused: number;
  readonly duplicates: number;
  readonly dropped: number;
  /** What callers have waited under `full: { block }`. */
  readonly blockedMs: number;
  readonly spool: {
    readonly dir: string;
    /** On a disk that does not survive the machine (tmpfs, overlay, a pod's own). */
    readonly ephemeral: boolean;
    readonly bytes: number;
    readonly segments: number;
  };
  readonly circuit: 'closed' | 'open' | 'half-open';
  readonly lastError?: { readonly code: string; readonly message: string; readonly at: string };
}
