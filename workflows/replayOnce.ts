import { executeChild, ParentClosePolicy } from '@temporalio/workflow';
import type { ReplayRequest, RunState } from '../activities/types.js';
import { runWorkflowId } from './ids.js';
import { prepareRun } from './proxies.js';
import { replayRunWorkflow } from './replayRun.js';

export interface ReplayOnceInput {
  readonly tenant: string;
  readonly request: ReplayRequest;
}

export interface ReplayOnceOutput extends RunState {
  readonly runId: string;
}

/** One lane for someone who wants to look, not to judge: planned, signed, re-run. */
export async function replayOnceWorkflow({ tenant, request }: ReplayOnceInput): Promise<ReplayOnceOutput> {
  const runId = await prepareRun(request);
  const state = await executeChild(replayRunWorkflow, {
    workflowId: runWorkflowId(tenant, runId),
    args: [runId],
    parentClosePolicy: ParentClosePolicy.ABANDON,
  });
  return { runId, ...state };
}
