import type { Client } from '@temporalio/client';
import { tsToMs } from '@temporalio/common/lib/time.js';
import type { LaneProbe } from '../activities/index.js';
import { REPLAY_BATCH } from './agent/replayBatch.js';
import { runWorkflowId } from '../workflows/ids.js';

/** temporal.api.enums.v1: TaskQueueType and PendingActivityState. */
const ACTIVITY_QUEUE = 2;
const STARTED = 2;

/**
 * What Temporal knows of the workers of a queue. One whose slots are taken does not poll, and the server forgets pollers only
 * after minutes; so either a worker has polled since (and got something else to do), or one holds a batch now: a batch counts as
 * started for no longer than its heartbeat time-out.
 */
export function createLaneProbe(client: Client, tenant: string): LaneProbe {
  const { namespace } = client.options;
  return {
    async isServed({ queue, runs, since }) {
      const { pollers } = await client.workflowService.describeTaskQueue({
        namespace,
        taskQueue: { name: queue },
        taskQueueType: ACTIVITY_QUEUE,
      });
      if (pollers?.some(({ lastAccessTime }) => lastAccessTime && tsToMs(lastAccessTime) >= since.getTime()) === true)
        return true;
      for (const run of runs) if (await holdsBatch(client, runWorkflowId(tenant, run))) return true;
      return false;
    },
  };
}

/** Whether a batch of one of the run's shards is with a worker. */
async function holdsBatch(client: Client, workflowId: string): Promise<boolean> {
  const run = await describe(client, workflowId);
  for (const { workflowId: shard } of run?.pendingChildren ?? []) {
    const { pendingActivities } = (shard ? await describe(client, shard) : null) ?? {};
    const held = pendingActivities?.some(
      ({ state, activityType }) => activityType?.name === REPLAY_BATCH && Number(state) === STARTED,
    );
    if (held === true) return true;
  }
  return false;
}

/** null for a workflow that has gone from the server. */
async function describe(client: Client, workflowId: string) {
  try {
    return (await client.workflow.getHandle(workflowId).describe()).raw;
  } catch (error) {
    if (error instanceof Error && error.name === 'WorkflowNotFoundError') return null;
    throw error;
  }
}
