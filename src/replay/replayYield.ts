import { compareText } from './order.js';
import type { LaneName } from './types.js';
import { isUsable, MISSING, type RunFate } from './usable.js';

export interface YieldReason {
  readonly code: string;
  readonly count: number;
}

/** Share of the planned re-runs of a lane that completed without a refusal. Belongs to every run and verdict. */
export interface LaneYield {
  readonly lane: LaneName;
  readonly planned: number;
  readonly completed: number;
  /** completed / planned; 0 where nothing was planned. */
  readonly share: number;
  /** Why the others did not, most frequent first. */
  readonly reasons: readonly YieldReason[];
}

export interface FateCount {
  /** Code of the refusal; null for a re-run that completed. */
  readonly code: string | null;
  readonly count: number;
}

/** `planned` = members of the cohort × repeats. What is planned and has no row is counted under replay.missing. */
export function laneYield(lane: LaneName, planned: number, counts: readonly FateCount[]): LaneYield {
  const reasons = new Map<string, number>();
  let completed = 0;
  let seen = 0;
  for (const { code, count } of counts) {
    seen += count;
    if (code === null) completed += count;
    else reasons.set(code, (reasons.get(code) ?? 0) + count);
  }
  if (planned > seen) reasons.set(MISSING, (reasons.get(MISSING) ?? 0) + planned - seen);
  return {
    lane,
    planned,
    completed,
    share: planned === 0 ? 0 : completed / planned,
    reasons: [...reasons]
      .map(([code, count]) => ({ code, count }))
      .sort((a, b) => b.count - a.count || compareText(a.code, b.code)),
  };
}

/** {@link laneYield} from rows; rows of other lanes are left out. */
export function laneYieldOfRows(lane: LaneName, planned: number, rows: readonly RunFate[]): LaneYield {
  const own = rows.filter((row) => row.lane === lane);
  const codes = own.map((row) => (isUsable(row) ? null : (row.refusal?.code ?? 'replay.no_outcome')));
  return laneYield(
    lane,
    planned,
    codes.map((code) => ({ code, count: 1 })),
  );
}
