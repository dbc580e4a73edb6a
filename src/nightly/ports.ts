import type { CanaryObservation } from './signals/canary.js';
import type { ChainCount } from './signals/coverage.js';
import type { DriftSchedule, ScanStatus, ScanSummary, ScheduleStatus } from './types.js';

export interface ScheduleRow {
  readonly id: string;
  readonly name: string;
  readonly spec: DriftSchedule;
  readonly status: ScheduleStatus;
  readonly entryId: string;
  readonly createdAt: Date;
}

export interface ScheduleStore {
  save(id: string, spec: DriftSchedule, entryId: string): Promise<ScheduleRow>;
  /** By id, or by the name of one that was not removed. */
  get(idOrName: string): Promise<ScheduleRow | null>;
  list(): Promise<ScheduleRow[]>;
  setStatus(id: string, status: ScheduleStatus): Promise<void>;
}

export interface NewScan {
  readonly id: string;
  readonly schedule: string;
  readonly at: Date;
  readonly attempt: number;
}

export interface ScanRow extends NewScan {
  readonly status: ScanStatus;
  readonly agent: string | null;
  readonly fromIdx: number | null;
  readonly untilIdx: number | null;
  readonly controlRun: string | null;
  readonly canary: CanaryObservation | null;
  readonly digest: string | null;
  readonly entryId: string | null;
  readonly summary: ScanSummary | null;
  readonly createdAt: Date;
  readonly finishedAt: Date | null;
}

export interface ScanPatch {
  readonly status?: ScanStatus;
  readonly agent?: string;
  readonly fromIdx?: number;
  readonly untilIdx?: number;
  readonly controlRun?: string;
  readonly canary?: CanaryObservation;
  readonly digest?: string;
  readonly summary?: ScanSummary;
  readonly entryId?: string;
}

export interface ScanStore {
  get(id: string): Promise<ScanRow | null>;
  /** The scan that is there afterwards. */
  save(scan: NewScan): Promise<ScanRow>;
  /** Newest window first; null for all schedules. */
  list(schedule: string | null, limit: number): Promise<ScanRow[]>;
  canariesBefore(schedule: string, at: Date, limit: number): Promise<CanaryObservation[]>;
  /** What is signed stays as it is. */
  update(id: string, patch: ScanPatch): Promise<ScanRow>;
}

/** Places [from, until) of the log, one agent (name or name@version) and type. */
export interface NightRange {
  readonly from: number;
  readonly until: number;
  readonly agent: string;
  readonly type: string;
}

export interface NightDecision {
  readonly id: string;
  readonly agent: string;
  readonly occurredAt: Date;
}

export interface RunDecision {
  readonly id: string;
  readonly agent: string;
  readonly type: string;
  readonly session: string | null;
  readonly subject: string | null;
}

/** Reads the log as it stood: nothing that came later changes an answer, but for numbers that were used twice. */
export interface NightStore {
  checkpointBefore(at: Date): Promise<{ readonly size: number; readonly root: string } | null>;
  /** In the order of the log. */
  decisions(range: NightRange): Promise<NightDecision[]>;
  overridden(range: NightRange): Promise<number>;
  chains(range: NightRange, at: Date): Promise<ChainCount[]>;
  /** Entries in which these chains speak of their own capture. */
  capture(
    until: number,
    chains: readonly Pick<ChainCount, 'producer' | 'kid'>[],
  ): Promise<{ readonly id: string; readonly type: string }[]>;
  /** Decisions of an orchestrator's run that have their place in the log. */
  ofRun(
    run: string,
    filter: { readonly agent: string | null; readonly type: string | null; readonly limit: number },
  ): Promise<RunDecision[]>;
}
