import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import { ApplicationFailure, executeChild, ParentClosePolicy, sleep, workflowInfo } from '@temporalio/workflow';
import type { GateOutcome, GatePlan, RunState } from '../activities/types.js';
import { runWorkflowId } from './ids.js';
import { abandonGate, judgeGate, prepareGate, runState, signVerdict } from './proxies.js';
import { replayRunWorkflow } from './replayRun.js';

export interface GateInput {
  readonly tenant: string;
  readonly gateId: string;
}

/**
 * The pre-deployment gate: manifests signed, control arm (shared, if one with the same key exists), candidate lane,
 * verdict against the noise floor, verdict signed. Each end is a signed verdict, also "could not be judged".
 */
export async function gateRunWorkflow({ tenant, gateId }: GateInput): Promise<GateOutcome> {
  let plan: GatePlan;
  try {
    plan = await prepareGate(gateId);
  } catch (error) {
    const { code, message } = causeOf(error);
    return abandonGate(gateId, code, message);
  }
  for (const [arm, runId] of [
    ['control arm', plan.controlRun],
    ['candidate', plan.candidateRun],
  ] as const) {
    const state = await ensureRun(tenant, runId);
    if (state.status === 'not_available')
      return abandonGate(gateId, 'agent.not_available', `${arm}: ${state.note ?? ''}`);
    if (state.status === 'failed') return abandonGate(gateId, 'internal', `${arm}: ${state.note ?? ''}`);
  }
  await judgeGate(gateId);
  return signVerdict(gateId);
}

/** Two gates may need one control arm at once: whoever comes second waits for the run that is under way. */
async function ensureRun(tenant: string, runId: string): Promise<RunState> {
  const workflowId = runWorkflowId(tenant, runId);
  try {
    return await executeChild(replayRunWorkflow, {
      workflowId,
      args: [runId],
      parentClosePolicy: ParentClosePolicy.ABANDON,
    });
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
  }
  for (;;) {
    const state = await runState(runId);
    if (state.status !== 'planned' && state.status !== 'running') return state;
    await sleep('2 seconds');
    if (workflowInfo().continueAsNewSuggested) return { status: 'failed', note: 'the shared control arm did not end' };
  }
}

function causeOf(error: unknown): { code: string; message: string } {
  let at: unknown = error;
  while (at instanceof Error) {
    if (at instanceof ApplicationFailure) return { code: at.type ?? 'internal', message: at.message };
    at = at.cause;
  }
  return { code: 'internal', message: String(error) };
}
