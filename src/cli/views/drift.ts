import type { Finding, RunComparison, ScanRow } from '../../nightly/index.js';
import type { ListedSchedule } from '../../runtime/index.js';

export interface ScheduleView {
  readonly name: string;
  readonly id: string;
  readonly agent: string;
  readonly type: string;
  readonly at: string;
  readonly timezone: string;
  readonly size: number;
  readonly repeats: number;
  readonly model: string;
  readonly status: string;
  readonly next: readonly string[];
}

/** `lost`: its timer is not in this Temporal server; resuming makes it again. */
export const scheduleView = ({ id, spec, status, next, timed }: ListedSchedule): ScheduleView => ({
  name: spec.name,
  id,
  agent: spec.agent,
  type: spec.type,
  at: spec.at,
  timezone: spec.timezone,
  size: spec.size,
  repeats: spec.repeats,
  model: spec.model,
  status: status === 'active' && !timed ? 'lost' : status,
  next: status === 'active' ? next.slice(0, 3).map((time) => time.toISOString()) : [],
});

export interface ScanView {
  readonly scan: string;
  readonly schedule: string;
  readonly night: string;
  readonly attempt: number;
  readonly status: string;
  readonly agent: string | null;
  readonly decisions: number | null;
  readonly compared: number | null;
  readonly shifted: readonly string[];
  readonly reason: string | null;
  readonly digest: string | null;
  readonly entry: string | null;
}

export const scanView = (row: ScanRow, schedule: string): ScanView => ({
  scan: row.id,
  schedule,
  night: row.at.toISOString(),
  attempt: row.attempt,
  status: row.status,
  agent: row.agent,
  decisions: row.summary?.decisions ?? null,
  compared: row.summary?.compared ?? null,
  shifted: row.summary?.shifted ?? [],
  reason: row.summary?.reason ?? null,
  digest: row.digest,
  entry: row.entryId,
});

export interface FindingView extends Finding {
  readonly entry: { readonly id: string; readonly index: number | null };
  readonly digest: string;
  /** Of this command, where it computed the night. */
  readonly computed?: string;
}

export interface ComparisonView extends RunComparison {
  readonly entry: { readonly id: string; readonly index: number | null };
}
