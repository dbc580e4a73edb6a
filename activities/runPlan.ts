import { planShards, type LaneSpec } from '../src/replay/index.js';
import type { RunPlan } from './types.js';

/** Batches of tape-served re-runs make orchestration vanish; live ones are paced by the model. */
const BATCH_SIZE = { tape: 500, live: 25 } as const;
/** A million decisions are 50 children, or 100 live ones: 40 or 400 batches a history, 6 events each. */
const SHARD_SIZE = { tape: 20_000, live: 10_000 } as const;
/**
 * Batches in flight per shard and repeat. A live batch alone keeps all children of a worker busy, and more of them would
 * only wait: for a worker, and then for the model calls that the others have leased.
 */
const WINDOW = { tape: 4, live: 2 } as const;
const BATCH_FLOOR_MS = 120_000;
const BATCH_CEILING_MS = 3_600_000;
/** Shards of a run that are under way at once. One worker may have taken the batches of all of them, for one child. */
const SHARDS_AT_ONCE = 4;

export interface RunPlanRequest {
  readonly runId: string;
  readonly lane: LaneSpec;
  /** Of the cohort. */
  readonly size: number;
  readonly queue: string;
  readonly availableWithinMs: number;
}

/** How a run is cut into children and batches: no history of them comes near the limits of the server. */
export function runPlan({ runId, lane, size, queue, availableWithinMs }: RunPlanRequest): RunPlan {
  const { model, timeoutMs } = lane.policy;
  const batchSize = BATCH_SIZE[model];
  const ahead = SHARDS_AT_ONCE * WINDOW[model];
  return {
    runId,
    lane: lane.lane,
    queue,
    batchSize,
    window: WINDOW[model],
    shards: planShards({ size, repeats: lane.repeats, shardSize: SHARD_SIZE[model], batchSize }),
    availableWithinMs,
    batchTimeoutMs: Math.min(BATCH_CEILING_MS, BATCH_FLOOR_MS + ahead * batchSize * timeoutMs),
  };
}
