import { CancellationScope, continueAsNew, executeChild, ParentClosePolicy, workflowInfo } from '@temporalio/workflow';
import type { RunPlan, RunState, ShardPlan } from '../activities/types.js';
import { causeOf } from './failure.js';
import { shardWorkflowId } from './ids.js';
import { finishRun, planRun, runState } from './proxies.js';
import { replayShardWorkflow, type ShardOutput } from './replayShard.js';

const SHARDS_AT_ONCE = 4;
const RUN_DEADLINE_MS = 24 * 60 * 60 * 1000;

export interface RunOptions {
  /** The caller waited for this run: an end that it has come to meanwhile is given as it is. */
  readonly asItEnded?: boolean;
  /** Set where the workflow went on as new: the first shard that is still to be run, and when the run has to end. */
  readonly resumed?: { readonly at: Position; readonly deadline: string };
}

/** Shards are planned in this order, so it holds for a plan of another shard size as well. */
type Position = Pick<ShardPlan, 'repeat' | 'after'>;

/** Re-runs one frozen cohort in one lane: a child per shard and repeat, then the state of the run in Postgres. */
export async function replayRunWorkflow(runId: string, options: RunOptions = {}): Promise<RunState> {
  const { asItEnded = false, resumed } = options;
  const known = resumed === undefined ? await runState(runId) : null;
  if (known !== null && isFinal(known, asItEnded)) return known;
  const deadline = resumed?.deadline ?? new Date(workflowInfo().startTime.getTime() + RUN_DEADLINE_MS).toISOString();
  const ended = await planRun(runId)
    .then((plan) => runShards(plan, deadline, resumed?.at))
    .catch(failed);
  if ('after' in ended) return continueAsNew<typeof replayRunWorkflow>(runId, { resumed: { at: ended, deadline } });
  await CancellationScope.nonCancellable(() => finishRun(runId, ended.status, ended.note));
  return ended;
}

function isFinal({ status }: RunState, asItEnded: boolean): boolean {
  return status === 'done' || status === 'stopped' || (asItEnded && status !== 'planned' && status !== 'running');
}

/** How the run ended, or where it goes on: a history of some hundred shards is long enough. */
async function runShards(plan: RunPlan, deadline: string, from?: Position): Promise<RunState | Position> {
  const { shards, ...rest } = plan;
  const open = from === undefined ? [...shards] : shards.filter((shard) => isOpen(shard, from));
  const outputs: ShardOutput[] = [];
  const isOver = (): boolean => outputs.some((output) => output.notAvailable || output.incomplete);
  const lane = async (): Promise<void> => {
    while (!isOver() && !workflowInfo().continueAsNewSuggested) {
      const shard = open.shift();
      if (shard === undefined) return;
      outputs.push(
        await executeChild(replayShardWorkflow, {
          workflowId: shardWorkflowId(workflowInfo().workflowId, shard.repeat, shard.shard),
          args: [{ plan: rest, shard, deadline }],
          parentClosePolicy: ParentClosePolicy.TERMINATE,
        }),
      );
    }
  };
  await Promise.all(Array.from({ length: SHARDS_AT_ONCE }, lane));
  if (outputs.some((output) => output.notAvailable)) {
    const waited = plan.availableWithinMs / 1000;
    return { status: 'not_available', note: `no worker took a batch from ${plan.queue} within ${waited} s` };
  }
  if (isOver()) return { status: 'stopped', note: null };
  return open[0] ?? { status: 'done', note: null };
}

const isOpen = (shard: ShardPlan, { repeat, after }: Position): boolean =>
  shard.repeat > repeat || (shard.repeat === repeat && shard.until > after);

/** A budget stop is an outcome of the run; anything else that outlived its retries is a failed run, told as such. */
function failed(error: unknown): RunState {
  const { code, message } = causeOf(error);
  return { status: code === 'budget.exhausted' ? 'stopped' : 'failed', note: message };
}
