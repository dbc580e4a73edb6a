import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import {
  ChildWorkflowCancellationType,
  executeChild,
  ParentClosePolicy,
  sleep,
  workflowInfo,
} from '@temporalio/workflow';
import type { RunState } from '../activities/types.js';
import { runWorkflowId } from './ids.js';
import { replayRunWorkflow } from './replayRun.js';

const FIRST_WAIT_MS = 2_000;
const LONGEST_WAIT_MS = 60_000;

/**
 * Runs it, or waits while another workflow does: two gates may need one control arm at once, and one lane may be asked for
 * twice. Waiting is trying again to start it, so a run that was terminated is taken up where it stands. Whoever gives up
 * leaves the run alone, since others may wait for it. Each try costs some ten events: null says that this history is long
 * enough, and the caller goes on as new.
 */
export async function ensureRun(tenant: string, runId: string): Promise<RunState | null> {
  const workflowId = runWorkflowId(tenant, runId);
  for (let tries = 0; ; tries += 1) {
    try {
      return await executeChild(replayRunWorkflow, {
        workflowId,
        args: tries === 0 ? [runId] : [runId, { asItEnded: true }],
        parentClosePolicy: ParentClosePolicy.ABANDON,
        cancellationType: ChildWorkflowCancellationType.ABANDON,
      });
    } catch (error) {
      if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
    }
    if (workflowInfo().continueAsNewSuggested) return null;
    await sleep(Math.min(FIRST_WAIT_MS * 1.5 ** tries, LONGEST_WAIT_MS));
  }
}
