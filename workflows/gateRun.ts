import { CancellationScope, continueAsNew } from '@temporalio/workflow';
import type { GateOutcome, GatePlan } from '../activities/types.js';
import { ensureRun } from './ensureRun.js';
import { causeOf } from './failure.js';
import { abandonGate, judgeGate, prepareGate, signVerdict } from './proxies.js';

export interface GateInput {
  readonly tenant: string;
  readonly gateId: string;
  /** Set where the workflow went on as new: what is planned stays planned. */
  readonly plan?: GatePlan;
}

/**
 * The pre-deployment gate: manifests signed, control arm (shared, if one with the same key exists), candidate lane,
 * verdict against the noise floor, verdict signed. Each end is a signed verdict, also "could not be judged" and
 * "cancelled": a gate that stays pending would be waited for without end.
 */
export async function gateRunWorkflow(input: GateInput): Promise<GateOutcome> {
  const ended = await runGate(input).catch((error: unknown) => causeOf(error));
  if ('gateId' in ended) return ended;
  if ('controlRun' in ended) return continueAsNew<typeof gateRunWorkflow>({ ...input, plan: ended });
  return CancellationScope.nonCancellable(() => abandonGate(input.gateId, ended.code, ended.message));
}

/** The plan is given back where the history has become long. */
async function runGate({ tenant, gateId, plan: known }: GateInput): Promise<GateOutcome | GatePlan> {
  const plan = known ?? (await prepareGate(gateId));
  for (const [arm, runId] of [
    ['control arm', plan.controlRun],
    ['candidate', plan.candidateRun],
  ] as const) {
    const state = await ensureRun(tenant, runId);
    if (state === null) return plan;
    if (state.status === 'not_available')
      return abandonGate(gateId, 'agent.not_available', `${arm}: ${state.note ?? ''}`);
    if (state.status === 'failed') return abandonGate(gateId, 'internal', `${arm}: ${state.note ?? ''}`);
  }
  await judgeGate(gateId);
  return signVerdict(gateId);
}
