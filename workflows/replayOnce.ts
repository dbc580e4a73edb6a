import { ApplicationFailure, continueAsNew } from '@temporalio/workflow';
import type { ReplayRequest, RunState } from '../activities/types.js';
import { ensureRun } from './ensureRun.js';
import { causeOf } from './failure.js';
import { prepareRun } from './proxies.js';

export interface ReplayOnceInput {
  readonly tenant: string;
  readonly request: ReplayRequest;
  /** Set where the workflow went on as new. */
  readonly runId?: string;
}

export interface ReplayOnceOutput extends RunState {
  readonly runId: string;
}

/**
 * One lane for someone who wants to look, not to judge: planned, signed, re-run. Whatever stops it is an ApplicationFailure
 * with a code of ours, so that its caller can say what to do.
 */
export async function replayOnceWorkflow(input: ReplayOnceInput): Promise<ReplayOnceOutput> {
  const { runId, state } = await runOnce(input).catch((error: unknown) => {
    const { code, message, details } = causeOf(error);
    throw ApplicationFailure.nonRetryable(message, code, ...details);
  });
  return state === null ? continueAsNew<typeof replayOnceWorkflow>({ ...input, runId }) : { runId, ...state };
}

async function runOnce({ tenant, request, runId: known }: ReplayOnceInput): Promise<{
  readonly runId: string;
  readonly state: RunState | null;
}> {
  const runId = known ?? (await prepareRun(request));
  return { runId, state: await ensureRun(tenant, runId) };
}
