import { CancellationScope, executeChild, ParentClosePolicy, workflowInfo } from '@temporalio/workflow';
import type { RunPlan, RunState } from '../activities/types.js';
import { causeOf } from './failure.js';
import { shardWorkflowId } from './ids.js';
import { finishRun, planRun, runState } from './proxies.js';
import { replayShardWorkflow, type ShardOutput } from './replayShard.js';

const SHARDS_AT_ONCE = 4;
const RUN_DEADLINE_MS = 24 * 60 * 60 * 1000;

export interface RunOptions {
  /** The caller waited for this run: an end that it has come to meanwhile is given as it is. */
  readonly asItEnded?: boolean;
}

/** Re-runs one frozen cohort in one lane: a child per shard and repeat, then the state of the run in Postgres. */
export async function replayRunWorkflow(runId: string, { asItEnded = false }: RunOptions = {}): Promise<RunState> {
  const known = await runState(runId);
  const ended = known.status !== 'planned' && known.status !== 'running';
  if (known.status === 'done' || known.status === 'stopped' || (asItEnded && ended)) return known;
  const state = await planRun(runId).then(runShards).catch(failed);
  await CancellationScope.nonCancellable(() => finishRun(runId, state.status, state.note));
  return state;
}

async function runShards(plan: RunPlan): Promise<RunState> {
  const { shards, ...rest } = plan;
  const deadline = new Date(workflowInfo().startTime.getTime() + RUN_DEADLINE_MS).toISOString();
  const outputs: ShardOutput[] = [];
  let next = 0;
  const lane = async (): Promise<void> => {
    while (next < shards.length && !outputs.some((output) => output.notAvailable || output.incomplete)) {
      const shard = shards[next];
      next += 1;
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
  return { status: outputs.some((output) => output.incomplete) ? 'stopped' : 'done', note: null };
}

/** A budget stop is an outcome of the run; anything else that outlived its retries is a failed run, told as such. */
function failed(error: unknown): RunState {
  const { code, message } = causeOf(error);
  return { status: code === 'budget.exhausted' ? 'stopped' : 'failed', note: message };
}
