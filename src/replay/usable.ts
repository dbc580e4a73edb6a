import { groupBy } from './groupBy.js';
import { compareText } from './order.js';
import type { LaneName, ResultRow } from './types.js';

/**
 * Re-runs of one decision that a comparison needs. Two of the control arm: one run alone cannot tell a change from the
 * agent's own variation. One of the candidate.
 */
export const MIN_USABLE: Readonly<Record<LaneName, number>> = { control: 2, candidate: 1 };

/** What counting needs of a row. */
export type RunFate = Pick<ResultRow, 'lane' | 'repeat' | 'decision' | 'status' | 'outcome' | 'refusal'>;

/** Code of a re-run that has no row: the run ended before it, by its budget or for want of a worker. */
export const MISSING = 'replay.missing';

export interface NotReplayable {
  readonly decision: string;
  readonly code: string;
  readonly message: string;
}

export interface LanePlan {
  readonly lane: LaneName;
  readonly repeats: number;
  /** Default {@link MIN_USABLE}. */
  readonly minUsable?: number;
}

/** A re-run that came to an outcome without a refusal. */
export const isUsable = (row: Pick<ResultRow, 'status' | 'outcome'>): boolean =>
  row.status === 'done' && row.outcome !== null;

/**
 * A decision is not replayable when any of the `lanes` has fewer usable re-runs of it than that lane needs. It is listed
 * once, with the first unusable re-run of the first lane that falls short, lanes in the order given. A re-run without a
 * row is unusable like one that was refused: what was not seen is never taken for unchanged. Sorted by decision.
 */
export function notReplayable(
  decisions: readonly string[],
  rows: readonly RunFate[],
  lanes: readonly LanePlan[],
): NotReplayable[] {
  const byDecision = groupBy(rows, (row) => row.decision);
  const out: NotReplayable[] = [];
  for (const decision of [...decisions].sort(compareText)) {
    const own = byDecision.get(decision) ?? [];
    for (const plan of lanes) {
      const why = shortfall(own, plan);
      if (why === null) continue;
      out.push({ decision, ...why });
      break;
    }
  }
  return out;
}

function shortfall(
  own: readonly RunFate[],
  { lane, repeats, minUsable = MIN_USABLE[lane] }: LanePlan,
): { code: string; message: string } | null {
  const rows = new Map(own.filter((row) => row.lane === lane).map((row) => [row.repeat, row]));
  const usable = [...rows.values()].filter(isUsable).length;
  if (usable >= minUsable) return null;
  const name = lane === 'control' ? 'control arm' : 'candidate';
  const counts = `${name}: ${usable} of ${repeats} re-runs usable, ${minUsable} needed`;
  for (let repeat = 1; repeat <= repeats; repeat += 1) {
    const row = rows.get(repeat);
    if (row === undefined) return { code: MISSING, message: `${counts}; re-run ${repeat} has no result` };
    if (isUsable(row)) continue;
    const code = row.refusal?.code ?? 'replay.no_outcome';
    return { code, message: `${counts}; re-run ${repeat}: ${row.refusal?.message ?? 'it came to no outcome'}` };
  }
  return { code: MISSING, message: counts };
}
