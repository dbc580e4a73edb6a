import { ActivityFailure, proxyActivities, TimeoutFailure } from '@temporalio/workflow';
import type { RunPlan, ShardPlan } from '../activities/types.js';
import type { ReplayBatchInput, ReplayBatchOutput } from '../src/replay/index.js';

export interface ShardInput {
  readonly plan: Omit<RunPlan, 'shards'>;
  readonly shard: ShardPlan;
  /** RFC 3339; passed on to the agent worker, which stops there. */
  readonly deadline: string;
}

export interface ShardOutput {
  readonly batches: number;
  readonly done: number;
  readonly failed: number;
  readonly refused: number;
  /** A worker never came: the verdict is "agent not available". */
  readonly notAvailable: boolean;
  /** Batches ended before their last decision: the budget is spent, or the deadline passed. */
  readonly incomplete: boolean;
}

interface BatchActivities {
  'tenet.replayBatch.v1'(input: ReplayBatchInput): Promise<ReplayBatchOutput>;
}

/**
 * Runs the batches of one keyset range, at most `window` in flight. A batch is idempotent by (run, lane, repeat,
 * decision): a worker that dies in it is replaced after the heartbeat time-out and does only what is missing.
 */
export async function replayShardWorkflow({ plan, shard, deadline }: ShardInput): Promise<ShardOutput> {
  const activities = proxyActivities<BatchActivities>({
    taskQueue: plan.queue,
    scheduleToStartTimeout: plan.availableWithinMs,
    startToCloseTimeout: plan.batchTimeoutMs,
    heartbeatTimeout: '12 seconds',
    retry: { initialInterval: '500 milliseconds', maximumInterval: '10 seconds', maximumAttempts: 8 },
  });
  const total = { batches: 0, done: 0, failed: 0, refused: 0 };
  let next = shard.after;
  let notAvailable = false;

  let incomplete = false;
  const runBatch = async (after: number, until: number): Promise<number> => {
    const ids = { runId: plan.runId, lane: plan.lane, repeat: shard.repeat, shard: shard.shard };
    const input: ReplayBatchInput = { contract: 1, ...ids, after, until, count: until - after, deadline };
    const output = await activities['tenet.replayBatch.v1'](input);
    total.batches += 1;
    total.done += output.done;
    total.failed += output.failed;
    total.refused += output.refused;
    return output.cursor;
  };
  /** A batch that ends early is taken up at its cursor; one that gets nowhere is over. */
  const finish = async (after: number, until: number): Promise<void> => {
    for (let from = after; from < until && !notAvailable;) {
      const cursor = await runBatch(from, until);
      if (cursor <= from) {
        incomplete = true;
        return;
      }
      from = cursor;
    }
  };
  const lane = async (): Promise<void> => {
    while (next < shard.until && !notAvailable && !incomplete) {
      const after = next;
      next = Math.min(after + plan.batchSize, shard.until);
      try {
        await finish(after, next);
      } catch (error) {
        if (!neverStarted(error)) throw error;
        notAvailable = true;
      }
    }
  };
  await Promise.all(Array.from({ length: plan.window }, lane));
  return { ...total, notAvailable, incomplete };
}

function neverStarted(error: unknown): boolean {
  const cause = error instanceof ActivityFailure ? error.cause : undefined;
  return cause instanceof TimeoutFailure && cause.timeoutType === 'SCHEDULE_TO_START';
}
