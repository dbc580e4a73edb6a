import type { Alternative, Json, TapeEntry } from '@tenet-ledger/record';
import type { Redactor } from '../redact/index.js';

// The agent worker contract as this package sees it. Declared here and not imported: a customer's worker needs this
// package and nothing of the platform.

export interface LanePolicy {
  readonly model: 'tape' | 'live';
  readonly liveReads: boolean;
  readonly randomness: 'fresh' | 'strict';
  readonly timeoutMs: number;
  readonly maxResultBytes: number;
}

export interface ReplayItem {
  readonly decision: string;
  readonly input: Json;
  readonly tape: readonly TapeEntry[];
  /** hex, 32 bytes */
  readonly seed: string;
  readonly occurredAt: string;
}

export type ReplayStatus = 'done' | 'refused' | 'failed' | 'timeout' | 'invalid';

export interface Refusal {
  readonly code: string;
  readonly tool?: string;
  readonly key?: string;
  readonly nearest?: string;
  readonly message: string;
}

export interface ProposedAction {
  readonly name: string;
  readonly key: string;
  readonly args: Json;
  readonly effect: 'write' | 'irreversible';
}

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
  readonly liveCalls: readonly TapeEntry[];
  readonly findings: readonly string[];
  readonly durMs: number;
}

/** The lane's own model. Prices are per million tokens, in the currency of the gate's `--max-cost`. */
export interface LiveModel {
  readonly baseURL: string;
  readonly apiKey: string;
  readonly price?: { readonly prompt: number; readonly completion: number };
}

export interface ReplayOptions {
  /** The rules that the recorded decisions were redacted by. @default secrets alone */
  readonly redactor?: Redactor;
  /** Needed for lanes with `model: 'live'`. Without it the agent's own client settings stand. */
  readonly model?: LiveModel;
  /** Asked before each live model call; false ends the re-run with `replay.budget`. */
  readonly takeModelCall?: () => boolean | Promise<boolean>;
  /** Told when the model endpoint itself failed: the caller may want to wait and run the decision again. */
  readonly onModelUnavailable?: (retryAfterMs: number | undefined) => void;
  readonly signal?: AbortSignal;
  /** Monotonic milliseconds. */
  readonly elapsed?: () => number;
}
