import type { Json } from '@tenet-ledger/record';

/** One entry of a producer's chain as the ledger stores it. */
export interface ChainEntry {
  readonly id: string;
  readonly seq: number;
  readonly kind: string;
  readonly type: string;
  readonly agent: string;
  readonly session: string | null;
  readonly occurredAt: string;
  /** null while queued. */
  readonly index: number | null;
  /** base64url SHA-256 of S. */
  readonly sHash: string;
  /** What it says of the entry before. */
  readonly prev: string | null;
  /** Answered as a duplicate: `id` is in the log by other bytes, this number is not. */
  readonly duplicate: boolean;
}

/** Values of the entries in which a producer speaks of its own capture, by entry id. An erased one is missing. */
export type CaptureValues = ReadonlyMap<string, ReadonlyMap<string, Json>>;

export interface Span {
  readonly from: number;
  readonly to: number;
}

export interface Place {
  readonly seq: number;
  readonly id: string;
  /** null while queued, and for a duplicate. */
  readonly index: number | null;
  readonly occurredAt: string;
  readonly duplicate: boolean;
}

export interface Sampled {
  readonly type: string;
  readonly rate: number;
  readonly reason: string;
  readonly seen: number;
  readonly kept: number;
}

/**
 * `broken`: numbers do not follow on one another, or one was used twice. `gaps`: numbers never arrived. `dropped`, `sampled`: the producer
 * itself signed that decisions were left out. `open`: it runs, or was cut off: what it had not yet stored cannot be known.
 */
export type Verdict = 'complete' | 'open' | 'sampled' | 'dropped' | 'gaps' | 'broken';

/** What can be shown of one producer (a process and its key), and what cannot. */
export interface ProducerReport {
  readonly producer: string;
  readonly kid: string;
  readonly verdict: Verdict;
  /** Numbers that never arrived; 0 without gaps. */
  readonly missing: number;
  readonly reasons: readonly string[];
  readonly entries: number;
  readonly decisions: number;
  readonly queued: number;
  readonly agents: readonly string[];
  readonly sessions: readonly string[];
  readonly first: Place;
  readonly last: Place;
  readonly gaps: readonly Span[];
  /** Numbers that were answered as duplicates: their decisions are in the log as others recorded them. */
  readonly duplicates: number;
  /** The first of them, each with the id that it is a duplicate of. */
  readonly duplicateNumbers: readonly Place[];
  readonly breaks: readonly Place[];
  /** Other bytes that were sent for a number already used. */
  readonly conflicts: number;
  /** The producer's own signed count of what it could not keep. */
  readonly dropped: number;
  readonly dropPolicies: readonly string[];
  readonly sampled: readonly Sampled[];
  readonly closed: Place | null;
}
