import type { CohortTest, Direction } from '../drift/index.js';
import type { CanaryVerdict } from './signals/canary.js';
import type { Coverage } from './signals/coverage.js';
import type { MixTest } from './signals/mix.js';
import type { NoiseTest } from './signals/noise.js';
import type { OverrideTest } from './signals/overrides.js';

/** What a schedule looks at, and when. Named by its content, so it never changes: another one is another schedule. */
export interface DriftSchedule {
  readonly v: 1;
  readonly name: string;
  /** name, or name@version for that version alone. */
  readonly agent: string;
  /** Decision type. */
  readonly type: string;
  /** Local time of day, HH:MM. */
  readonly at: string;
  /** IANA name. */
  readonly timezone: string;
  /** Decisions that are drawn and re-run. */
  readonly size: number;
  /** Re-runs of each: how much the version differs from itself. */
  readonly repeats: number;
  /** `live`: model calls are made, and cost; `tape`: they come from the record and say nothing of the provider. */
  readonly model: 'tape' | 'live';
  readonly liveReads: boolean;
  readonly timeoutMs: number;
  /** Chance of a false alarm in a night, over all tests of it. */
  readonly alpha: number;
  readonly maxCalls: number | null;
  readonly maxCost: number | null;
}

export type ScheduleStatus = 'active' | 'paused' | 'removed';

/** The night: places [from, until) of the log, between two scheduled starts. */
export interface NightWindow {
  /** Scheduled start before this one, RFC 3339. */
  readonly opens: string;
  /** This scheduled start. */
  readonly closes: string;
  readonly from: number;
  readonly until: number;
  /** Nights before it, as a whole: what it is compared with. */
  readonly referenceFrom: number;
  /** base64; the log as it stood when the window closed. null: there was no checkpoint yet. */
  readonly root: string | null;
}

export type ScanEnd = 'shift' | 'no-evidence' | 'inconclusive';
export type ScanStatus = 'running' | ScanEnd;

export const SIGNALS = [
  'rerun-flips',
  'rerun-reasons',
  'rerun-exact',
  'mix',
  'overrides',
  'noise',
  'coverage',
  'canary',
] as const;
export type SignalName = (typeof SIGNALS)[number];

export interface Signal {
  readonly name: SignalName;
  /**
   * `not-judged`: too few data, or nothing to look at; `why` says which. `incomplete`: of the capture alone, it says nothing of the
   * agent.
   */
  readonly status: 'shift' | 'no-evidence' | 'not-judged' | 'incomplete';
  /** null where the signal is a fact and no test. */
  readonly p: number | null;
  /** After Holm over the tests of this night. */
  readonly pAdjusted: number | null;
  readonly why: string;
}

/** Recorded decisions against re-runs of the version that decides now. */
export interface RerunFacts {
  readonly cohort: string;
  readonly controlRun: string;
  readonly drawn: number;
  /** Decisions with a recorded run and two re-runs or more. */
  readonly compared: number;
  readonly notReplayable: readonly { readonly code: string; readonly count: number }[];
  /** Re-runs that do not come to the recorded outcome, by their most frequent outcome. */
  readonly mismatches: number;
  /** `exact`: its re-runs are identical. */
  readonly mode: 'exact' | 'calibrated' | 'uncalibrated';
  readonly tests: readonly CohortTest[];
  readonly directions: readonly Direction[];
  readonly recordedMix: Readonly<Record<string, number>>;
  readonly liveMix: Readonly<Record<string, number>>;
  readonly embedder: string;
  readonly scorer: string;
}

/** What one night found: the same schedule, window and log give the same bytes. No time of computing is in it. */
export interface Finding {
  readonly v: 1;
  readonly schedule: string;
  readonly name: string;
  readonly attempt: number;
  readonly window: NightWindow;
  /** name@version that was re-run; null where no decision says which. */
  readonly agent: string | null;
  readonly versions: readonly string[];
  readonly type: string;
  readonly decisions: number;
  /** Of these, claimed to be older than the window: they came late. */
  readonly late: number;
  readonly seed: number;
  readonly model: 'tape' | 'live';
  readonly liveModel: string | null;
  readonly alpha: number;
  readonly rerun: RerunFacts | null;
  readonly mix: MixTest | null;
  readonly overrides: OverrideTest | null;
  readonly noise: NoiseTest | null;
  readonly coverage: Coverage;
  readonly canary: CanaryVerdict;
  readonly signals: readonly Signal[];
  readonly status: ScanEnd;
  /** Why it is inconclusive: a code of ours and a sentence. */
  readonly inconclusive: { readonly code: string; readonly reason: string } | null;
}

/** In the clear beside the scan: counts only. */
export interface ScanSummary {
  readonly decisions: number;
  readonly compared: number;
  readonly mismatches: number;
  readonly shifted: readonly SignalName[];
  readonly code: string | null;
  readonly reason: string | null;
}
