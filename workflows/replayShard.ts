import { ActivityFailure, continueAsNew, proxyActivities, TimeoutFailure, workflowInfo } from '@temporalio/workflow';
import type { RunPlan, ShardPlan } from '../activities/types.js';
import type { ReplayBatchInput, ReplayBatchOutput } from '../src/replay/index.js';
import { laneIsServed } from './proxies.js';

/** Ordinals (after, until] of the frozen cohort. */
interface Range {
  readonly after: number;
  readonly until: number;
}

export interface ShardInput {
  readonly plan: Omit<RunPlan, 'shards'>;
  readonly shard: ShardPlan;
  /** RFC 3339; passed on to the agent worker, which stops there. */
  readonly deadline: string;
  /** Set where the workflow went on as new: what was left, and what was done before. */
  readonly resumed?: { readonly left: readonly Range[]; readonly counts: Counts };
}

interface Counts {
  readonly batches: number;
  readonly done: number;
  readonly failed: number;
  readonly refused: number;
}

export interface ShardOutput extends Counts {
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
 * decision): a worker that dies in it is replaced after the heartbeat time-out and does only what is missing. A batch that
 * waited in vain is waited for again while the lane is served, since a busy worker is not an absent one.
 */
export async function replayShardWorkflow(input: ShardInput): Promise<ShardOutput> {
  const { notAvailable, incomplete, left, counts } = await new Batches(input).run();
  if (!notAvailable && !incomplete && left.length > 0)
    return continueAsNew<typeof replayShardWorkflow>({ ...input, resumed: { left, counts } });
  return { ...counts, notAvailable, incomplete };
}

class Batches {
  notAvailable = false;
  incomplete = false;
  readonly left: Range[];
  counts: Counts;
  readonly #input: ShardInput;
  readonly #activities: BatchActivities;
  /** One question for all batches that waited in vain at the same time. */
  #asking: Promise<boolean> | null = null;

  constructor(input: ShardInput) {
    const { plan, shard, resumed } = input;
    this.#input = input;
    this.left = [...(resumed?.left ?? [{ after: shard.after, until: shard.until }])];
    this.counts = resumed?.counts ?? { batches: 0, done: 0, failed: 0, refused: 0 };
    this.#activities = proxyActivities<BatchActivities>({
      taskQueue: plan.queue,
      scheduleToStartTimeout: plan.availableWithinMs,
      startToCloseTimeout: plan.batchTimeoutMs,
      heartbeatTimeout: '12 seconds',
      retry: { initialInterval: '500 milliseconds', maximumInterval: '10 seconds', maximumAttempts: 8 },
    });
  }

  async run(): Promise<this> {
    await Promise.all(Array.from({ length: this.#input.plan.window }, () => this.#lane()));
    return this;
  }

  async #lane(): Promise<void> {
    for (let range = this.#next(); range !== undefined; range = this.#next()) await this.#finish(range);
  }

  /** What is not handed out any more stays in `left`. */
  #next(): Range | undefined {
    const [first] = this.left;
    if (first === undefined || this.#isOver()) return undefined;
    const until = Math.min(first.after + this.#input.plan.batchSize, first.until);
    if (until === first.until) this.left.shift();
    else this.left[0] = { after: until, until: first.until };
    return { after: first.after, until };
  }

  #isOver(): boolean {
    return this.notAvailable || this.incomplete || workflowInfo().continueAsNewSuggested;
  }

  /** A batch that ends early is taken up at its cursor; one that gets nowhere is over. */
  async #finish({ after, until }: Range): Promise<void> {
    let from = after;
    while (from < until) {
      const cursor = await this.#batch(from, until);
      if (cursor !== null && cursor <= from) this.incomplete = true;
      from = Math.max(from, cursor ?? from);
      if (from < until && this.#isOver()) {
        this.left.push({ after: from, until });
        return;
      }
    }
  }

  /** Where it came to; null where no worker took it. */
  async #batch(after: number, until: number): Promise<number | null> {
    const { plan, shard, deadline } = this.#input;
    const ids = { runId: plan.runId, lane: plan.lane, repeat: shard.repeat, shard: shard.shard };
    try {
      const input: ReplayBatchInput = { contract: 1, ...ids, after, until, count: until - after, deadline };
      const output = await this.#activities['tenet.replayBatch.v1'](input);
      const { batches, done, failed, refused } = this.counts;
      this.counts = {
        batches: batches + 1,
        done: done + output.done,
        failed: failed + output.failed,
        refused: refused + output.refused,
      };
      return output.cursor;
    } catch (error) {
      if (!neverStarted(error)) throw error;
      await this.#waitedInVain();
      return null;
    }
  }

  async #waitedInVain(): Promise<void> {
    if (this.notAvailable || this.incomplete) return;
    const { runId, availableWithinMs } = this.#input.plan;
    this.#asking ??= laneIsServed(runId, availableWithinMs).finally(() => (this.#asking = null));
    if (!(await this.#asking)) this.notAvailable = true;
    else if (Date.now() >= Date.parse(this.#input.deadline)) this.incomplete = true;
  }
}

function neverStarted(error: unknown): boolean {
  const cause = error instanceof ActivityFailure ? error.cause : undefined;
  return cause instanceof TimeoutFailure && cause.timeoutType === 'SCHEDULE_TO_START';
}
