import type { Alternative, Json, TapeEntry } from '@tenet-ledger/record';

/** Lanes of a run. The control arm re-runs the baseline version K times, the candidate lane the candidate M times. */
export type LaneName = 'control' | 'candidate';

export interface LanePolicy {
  /** `tape`: model calls are served from the tape; `live`: the lane's own model answers. */
  readonly model: 'tape' | 'live';
  /** Whether a `read` tool without a matching tape entry may run live. */
  readonly liveReads: boolean;
  /** `strict` serves taped randomness; `fresh` draws anew from the seed. */
  readonly randomness: 'fresh' | 'strict';
  readonly timeoutMs: number;
  /** Largest accepted result body in bytes. */
  readonly maxResultBytes: number;
}

export interface LaneSpec {
  /** What answers live model calls, "host model"; absent where calls come from the tape. */
  readonly liveModel?: string;
  readonly lane: LaneName;
  /** name@version of the agent that is run. */
  readonly agent: string;
  readonly digest: string;
  readonly repeats: number;
  readonly policy: LanePolicy;
}

/** Hard stops; null or absent: none. A limit that is absent leaves no trace in a signed manifest. */
export interface Budget {
  readonly maxCalls: number | null;
  readonly maxCost: number | null;
  /** Prompt and completion tokens of live model calls, together. */
  readonly maxTokens?: number | null;
}

/** The signed intent of a run: fixed before the first re-run. A run has one lane; a gate compares two runs. */
export interface RunManifest {
  readonly v: 1;
  readonly run: string;
  readonly tenant: string;
  readonly lane: LaneSpec;
  readonly cohort: CohortManifest;
  /** hex, 32 bytes. Default: SHA-256 of the JCS of the manifest without this member, `run` and `budget`. */
  readonly runSeed: string;
  readonly budget: Budget;
}

export interface CohortManifest {
  readonly id: string;
  /** base64url SHA-256(JCS(sorted decision ids)). */
  readonly hash: string;
  readonly size: number;
  readonly population: number;
  readonly seed: number;
  readonly baseline: string;
  readonly type: string;
  readonly session: string | null;
  readonly strata: readonly { readonly stratum: string; readonly population: number; readonly drawn: number }[];
}

/** One line of `GET /api/v1/replay/{runId}/batches`. Never holds the recorded decision, reasoning or alternatives. */
export interface ReplayItem {
  readonly decision: string;
  readonly input: Json;
  /** Recorded tape, pooled with calls that control-arm runs of this decision made live. */
  readonly tape: readonly TapeEntry[];
  /** hex HMAC-SHA-256(runSeed, JCS([lane, repeat, decision])). */
  readonly seed: string;
  readonly occurredAt: string;
}

export type ReplayStatus = 'done' | 'refused' | 'failed' | 'timeout' | 'invalid';

export interface Refusal {
  /** replay.no_tape | replay.unknown_effect | replay.fence | replay.timeout | replay.threw | replay.no_outcome | … */
  readonly code: string;
  readonly tool?: string;
  readonly key?: string;
  /** The nearest recorded call and how it differs. */
  readonly nearest?: string;
  readonly message: string;
}

/** A proposed action: a write or irreversible call that was not run. */
export interface ProposedAction {
  readonly name: string;
  readonly key: string;
  readonly args: Json;
  readonly effect: 'write' | 'irreversible';
}

/** One line of `POST /api/v1/replay/{runId}/results`. */
export interface ReplayResult {
  readonly decision: string;
  readonly status: ReplayStatus;
  readonly outcome: string | null;
  readonly confidence: number | null;
  readonly reasoning: readonly string[];
  readonly alternatives: readonly Alternative[];
  readonly proposedActions: readonly ProposedAction[];
  readonly calls: { readonly served: number; readonly run: number; readonly refused: number; readonly model: number };
  readonly usage: { readonly promptTokens: number; readonly completionTokens: number; readonly cost: number };
  readonly refusal: Refusal | null;
  /** Calls answered live in this re-run: they join the pool of the decision. */
  readonly liveCalls: readonly TapeEntry[];
  /** Order and other findings that are not failures. */
  readonly findings: readonly string[];
  readonly durMs: number;
}

/**
 * The evidence form of a result: what `resultsRoot` binds. Durations are left out (they differ between machines);
 * `salt` keeps the leaf hash of a short row from being guessed.
 */
export interface ResultRow extends Omit<ReplayResult, 'durMs' | 'liveCalls'> {
  readonly v: 1;
  readonly run: string;
  readonly lane: LaneName;
  readonly repeat: number;
  readonly salt: string;
}

/** Input of activity `tenet.replayBatch.v1`; see CAPTURE, "Agent worker contract". `after`/`until`: ordinals (after, until]. */
export interface ReplayBatchInput {
  readonly contract: 1;
  readonly runId: string;
  readonly lane: LaneName;
  readonly repeat: number;
  readonly shard: number;
  readonly after: number;
  readonly until: number;
  readonly count: number;
  /** RFC 3339. */
  readonly deadline: string;
}

export interface ReplayBatchOutput {
  readonly done: number;
  readonly failed: number;
  readonly refused: number;
  readonly cursor: number;
}
