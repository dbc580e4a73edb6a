import type { ChainedEvent } from './custody.js';
import type { ScopeQuery } from './scope.js';
import type { StepKind } from './stages.js';
import type { InquiryCase } from './types.js';

/** Cases of one tenant. Implemented by db/ over Postgres. */
export interface InquiryStore {
  /** The case that is there afterwards: an earlier one under the same id stays. */
  create(opened: InquiryCase, custody: ChainedEvent): Promise<InquiryCase>;
  get(id: string): Promise<InquiryCase | null>;
  /** Newest first. */
  list(limit: number): Promise<InquiryCase[]>;
  /** Stores what was asked for; the same id again is the step that is there. */
  ask(step: AskedStep): Promise<StepRow>;
  step(id: string): Promise<StepRow | null>;
  /** All of a case, oldest first. */
  steps(inquiry: string): Promise<StepRow[]>;
  /**
   * One transaction: the case moves on from `expectedRev`, the step is done, its custody event is chained. False where the case has
   * moved on meanwhile; nothing is written then.
   */
  commit(change: CaseChange): Promise<boolean>;
  fail(step: string, why: { readonly code: string; readonly message: string }): Promise<void>;
  custody(inquiry: string): Promise<ChainedEvent[]>;
}

export interface AskedStep {
  /** stp_…, by content. */
  readonly id: string;
  readonly inquiry: string;
  readonly kind: StepKind;
  readonly by: string;
  readonly body: unknown;
  readonly rev: number;
}

export interface StepRow extends AskedStep {
  readonly status: 'asked' | 'done' | 'failed';
  readonly result: unknown;
  readonly askedAt: Date;
}

export interface CaseChange {
  readonly next: InquiryCase;
  readonly expectedRev: number;
  /** null for what no person asked for: a reminder. */
  readonly step: { readonly id: string; readonly result: unknown } | null;
  readonly custody: ChainedEvent | null;
}

/** One decision in scope, as the look-up table has it. */
export interface ScopedDecision {
  readonly id: string;
  readonly index: number;
  readonly erased: boolean;
}

/** What a case reads of the log by query. The look-up table is not believed: packaging reads every leaf and compares. */
export interface ScopeReads {
  /** Decisions that fit, in the tree below `size`, in the order of the log. */
  decisions(query: ScopeQuery, size: number): Promise<ScopedDecision[]>;
  /** Entries below `size` that link to one of these decisions: overrides, corrections, effects. */
  linked(decisions: readonly string[], size: number): Promise<{ readonly id: string; readonly decision: string }[]>;
  /** Key and capture entries below `size`. */
  statements(size: number): Promise<{ readonly id: string; readonly index: number }[]>;
  /** Accepted and not in the tree yet. */
  queued(): Promise<number>;
}

export interface NewHold {
  readonly id: string;
  readonly inquiry: string;
  readonly query: ScopeQuery;
  readonly reason: string;
  readonly by: string;
  readonly at: string;
  readonly entry: string;
}

export interface HoldStore {
  /**
   * Placed while nothing is being erased: what was erased before is counted, what is asked to be erased after is refused. The same id again
   * counts again and adds nothing.
   */
  place(hold: NewHold): Promise<{ readonly entries: number; readonly erased: number }>;
  /** False where it was released before. */
  release(id: string, by: string, at: string, entry: string): Promise<boolean>;
}
