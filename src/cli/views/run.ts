import type { ResultCount, RunRow } from '../../db/index.js';
import type { CohortManifest, LaneName, LaneYield, ReplayStatus } from '../../replay/index.js';

/** One lane of re-runs as `replay show` prints it. */
export interface RunView {
  readonly run: string;
  readonly lane: LaneName;
  readonly agent: string;
  readonly digest: string;
  readonly status: string;
  readonly note: string | null;
  readonly repeats: number;
  readonly model: 'tape' | 'live';
  readonly liveReads: boolean;
  readonly timeoutMs: number;
  readonly cohort: CohortManifest;
  readonly runSeed: string;
  readonly controlRun: string | null;
  readonly entry: { readonly id: string; readonly index: number | null } | null;
  readonly createdAt: string;
  readonly finishedAt: string | null;
  readonly byStatus: Readonly<Partial<Record<ReplayStatus, number>>>;
  readonly yield: LaneYield;
  readonly calls: { readonly served: number; readonly ran: number; readonly refused: number; readonly model: number };
  readonly cost: number;
  readonly tokens: number;
}

type YieldOf = (
  lane: LaneName,
  planned: number,
  counts: readonly { code: string | null; count: number }[],
) => LaneYield;

/** `laneYield` is src/replay's; it is handed in so that this file loads nothing. */
export function runView(
  run: RunRow,
  counts: readonly ResultCount[],
  index: number | null,
  laneYield: YieldOf,
): RunView {
  const { lane, cohort, runSeed } = run.manifest;
  const byStatus: Partial<Record<ReplayStatus, number>> = {};
  for (const { status, rows } of counts) byStatus[status] = (byStatus[status] ?? 0) + rows;
  const sum = (of: (row: ResultCount) => number): number => counts.reduce((total, row) => total + of(row), 0);
  const fates = counts.map(({ status, refusal, rows }) => ({
    code: status === 'done' ? null : (refusal ?? `replay.${status}`),
    count: rows,
  }));
  return {
    run: run.id,
    lane: run.lane,
    agent: run.agent,
    digest: run.digest,
    status: run.status,
    note: run.note,
    repeats: lane.repeats,
    model: lane.policy.model,
    liveReads: lane.policy.liveReads,
    timeoutMs: lane.policy.timeoutMs,
    cohort,
    runSeed,
    controlRun: run.controlRun,
    entry: run.entryId === null ? null : { id: run.entryId, index },
    createdAt: run.createdAt.toISOString(),
    finishedAt: run.finishedAt?.toISOString() ?? null,
    byStatus,
    yield: laneYield(run.lane, cohort.size * lane.repeats, fates),
    calls: {
      served: sum((row) => row.served),
      ran: sum((row) => row.ran),
      refused: sum((row) => row.refused),
      model: sum((row) => row.calls),
    },
    cost: sum((row) => row.cost),
    tokens: sum((row) => row.tokens),
  };
}
