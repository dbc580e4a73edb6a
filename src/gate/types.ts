import type { CohortDrift, DecisionDrift } from '../drift/index.js';

export type RuleStatus = 'pass' | 'fail' | 'inconclusive';

/** The validated gate policy (YAML). Rates are shares 0..1. */
export interface GatePolicy {
  readonly version: 1;
  readonly name: string;
  readonly agent: string;
  readonly type: string;
  readonly cohort: { readonly size: number; readonly seed: number; readonly stratifyBy: readonly string[] };
  readonly repeats: { readonly control: number; readonly candidate: number };
  readonly alpha: number;
  readonly maxFlipRate: number;
  readonly maxNotReplayable: number;
  readonly maxHarnessMismatch: number;
  readonly rationale: {
    readonly maxShift: number;
    /** Reasons that must not appear: whole words or phrases, matched on word boundaries, case-insensitively. */
    readonly forbidden: readonly ForbiddenReason[];
  };
  readonly pinned: readonly {
    readonly decision: string;
    readonly outcome?: string;
    readonly note?: string;
    /** `forbidden`: nobody can waive this one. */
    readonly waiver?: WaiverRule;
  }[];
  /** JSON pointer into the record of the amount at stake, and its unit. */
  readonly stake: { readonly path: string; readonly unit: string } | null;
  /** Which flips are high-risk, and whether two people may let them pass for a time. */
  readonly waivers?: {
    /** Of pinned decisions that say nothing themselves. @default 'allowed' */
    readonly pinned?: WaiverRule;
    /** A flip with at least this at stake fails the gate unless it is waived. */
    readonly stakeFrom?: number;
    /** @default 90 */
    readonly maxDays?: number;
  };
  readonly lanes: { readonly model: 'tape' | 'live'; readonly liveReads: boolean; readonly timeoutMs: number };
  readonly budget: GateBudget;
}

/** Hard stops of the whole gate; null or absent: none. */
export interface GateBudget {
  readonly maxCalls: number | null;
  readonly maxCost: number | null;
  /** Prompt and completion tokens, together. */
  readonly maxTokens?: number | null;
}

export type WaiverRule = 'allowed' | 'forbidden';

export interface ForbiddenReason {
  readonly id: string;
  readonly terms: readonly string[];
  readonly why: string;
}

/** Everything a rule may look at. Rules are pure. Build it with `buildGateFacts`. */
export interface GateFacts {
  /** Decisions drawn: the n of every rate. What is neither in `decisions` nor in `notReplayable` has no result at all. */
  readonly cohortSize: number;
  /** Comparable decisions, those outside the sample included. */
  readonly decisions: readonly DecisionFacts[];
  /** Decisions re-run only because the policy pins them: they enter no rate. */
  readonly outsideSample?: readonly string[];
  /** Re-runs (all lanes) refused or failed, as decision ids with reasons, at most one per decision. */
  readonly notReplayable: readonly { readonly decision: string; readonly code: string; readonly message: string }[];
  /** Control-arm modal outcome differs from the recorded outcome. */
  readonly harnessMismatch: readonly string[];
  readonly spent: { readonly calls: number; readonly cost: number; readonly tokens?: number };
  readonly budgetStopped: string | null;
  /** The claim about the cohort as a whole; no rule looks at it. */
  readonly cohortTests?: CohortDrift | null;
}

export interface DecisionFacts {
  readonly drift: DecisionDrift;
  /** Candidate reasoning steps of every candidate run; baseline steps of every control run. */
  readonly candidateSteps: readonly (readonly string[])[];
  readonly baselineSteps: readonly (readonly string[])[];
  /** What each run came to: outcome and proposed actions, as one string to compare. */
  readonly candidateAnswers: readonly string[];
  readonly baselineAnswers: readonly string[];
  /** Outcome of every candidate run. */
  readonly candidateOutcomes: readonly string[];
  readonly stake: number | null;
}

export interface RuleOutcome {
  readonly rule: string;
  readonly status: RuleStatus;
  /** One line for people. */
  readonly line: string;
  readonly decisions: readonly string[];
  /** Numbers behind the line: counts, bounds, margin. Shares 0..1. */
  readonly figures: Readonly<Record<string, number>>;
  readonly findings: readonly { readonly decision: string; readonly note: string }[];
}

export interface GateVerdict {
  readonly status: RuleStatus;
  readonly rules: readonly RuleOutcome[];
  readonly stakeAtRisk: number | null;
  readonly flips: readonly string[];
  readonly shifted: readonly string[];
  /** Paired tests over the cohort; they inform and never decide. Absent where nothing was compared. */
  readonly cohortTests?: CohortDrift | null;
  /** Waivers that let a finding pass; absent where there are none. */
  readonly waived?: readonly WaivedFinding[];
}

export interface WaivedFinding {
  readonly waiver: string;
  readonly decision: string;
  /** The rules that would have failed by it. */
  readonly rules: readonly string[];
  /** Refs of two people. */
  readonly requestedBy: string;
  readonly acceptedBy: string;
  readonly expiresAt: string;
}
