import type { LanePolicy, LiveModel, RedactOptions, ReplayStatus } from '@tenet-ledger/ghost/replay';

// What parent and child say to each other. Items and results cross as the JSON text they came in and leave in: the parent
// reads neither, and serialising a string costs a copy.

export interface LoadMessage {
  readonly t: 'load';
  readonly file: string;
  readonly model: LiveModel | null;
  /** host:port that reads may reach while the lane allows live reads. */
  readonly liveReads: readonly string[];
  readonly redact: RedactOptions | null;
}

export interface JobMessage {
  readonly t: 'job';
  readonly job: number;
  readonly policy: LanePolicy;
  /** Whether each live model call is to be asked for. */
  readonly metered: boolean;
  /** Index within the job, and one NDJSON line: a ReplayItem with its `ord`. */
  readonly items: readonly (readonly [number, string])[];
}

export type ToChild =
  | LoadMessage
  | JobMessage
  | { readonly t: 'cancel'; readonly job: number }
  | { readonly t: 'grant'; readonly ask: number; readonly ok: boolean };

export interface Row {
  /** Index within the job. */
  readonly i: number;
  readonly status: ReplayStatus;
  /** Code of the refusal, or null. */
  readonly code: string | null;
  /** A ReplayResult as JSON. */
  readonly line: string;
  /** Set with replay.model_unavailable where the endpoint said when to come back. */
  readonly retryAfterMs?: number;
}

/** What a loaded module says of itself. */
export interface LoadedIdentity {
  readonly name: string;
  readonly version: string;
  /** Decision type. */
  readonly type: string;
  /** name@version */
  readonly agent: string;
}

export type FromChild =
  | ({ readonly t: 'ready' } & LoadedIdentity)
  | { readonly t: 'invalid'; readonly code: string; readonly message: string }
  | { readonly t: 'rows'; readonly job: number; readonly rows: readonly Row[] }
  | { readonly t: 'ask'; readonly ask: number; readonly job: number }
  /** The child must not go on: something of a decision still runs in it. */
  | { readonly t: 'tainted' };
