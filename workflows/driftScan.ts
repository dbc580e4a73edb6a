import {
  ApplicationFailure,
  CancellationScope,
  continueAsNew,
  executeChild,
  ParentClosePolicy,
  sleep,
  startChild,
  workflowInfo,
} from '@temporalio/workflow';
import { defineSearchAttributeKey, WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import type { ScanOutcome, ScanPlan, ScanRequest } from '../activities/types.js';
import { alertDeliveryWorkflow } from './alertDelivery.js';
import { ensureRun } from './ensureRun.js';
import { causeOf, type Cause } from './failure.js';
import { alertWorkflowId, driftWorkflowId } from './ids.js';
import { abandonScan, judgeScan, observeCanary, prepareScan } from './proxies.js';

export interface ScanInput extends ScanRequest {
  readonly tenant: string;
  /** Set where the workflow went on as new. */
  readonly plan?: ScanPlan;
}

/**
 * One night of one schedule: drawn, re-run, judged, signed. Each end is a signed finding, also "nothing was found" and "could not be
 * judged". One workflow a night: whoever comes second waits for it.
 */
export async function driftScanWorkflow(input: ScanInput): Promise<ScanOutcome> {
  const ended = await scan(input).catch((error: unknown) => causeOf(error));
  if ('controlRun' in ended) return continueAsNew<typeof driftScanWorkflow>({ ...input, plan: ended });
  const { schedule, at, again } = input;
  const outcome = isOutcome(ended)
    ? ended
    : await CancellationScope.nonCancellable(() => abandonScan({ schedule, at, again }, ended.code, ended.message));
  await CancellationScope.nonCancellable(() => deliver(input.tenant, outcome.deliveries));
  return outcome;
}

const isOutcome = (ended: ScanOutcome | Cause): ended is ScanOutcome => 'scanId' in ended;

/** The plan is given back where the history has become long. */
async function scan({ tenant, schedule, at, again, plan: known }: ScanInput): Promise<ScanOutcome | ScanPlan> {
  const plan = known ?? (await prepareScan({ schedule, at, again }));
  if (plan.ended !== null) return plan.ended;
  if (plan.askCanary && known === undefined) await observeCanary(plan.scanId).catch(canaryMissed);
  if (plan.controlRun !== null) {
    const state = await ensureRun(tenant, plan.controlRun);
    if (state === null) return plan;
    if (state.status === 'not_available') throw designed('agent.not_available', state.note);
    if (state.status === 'failed') throw designed('internal', state.note);
  }
  return judgeScan(plan.scanId);
}

/** A model that does not answer takes the canary from the night, not the night from the agent. A cancellation is one. */
function canaryMissed(error: unknown): void {
  if (causeOf(error).code === 'interrupted') throw error;
}

const designed = (code: string, note: string | null): ApplicationFailure =>
  ApplicationFailure.nonRetryable(note ?? code, code);

async function deliver(tenant: string, deliveries: readonly string[]): Promise<void> {
  for (const delivery of deliveries) {
    try {
      await startChild(alertDeliveryWorkflow, {
        workflowId: alertWorkflowId(tenant, delivery),
        args: [delivery],
        parentClosePolicy: ParentClosePolicy.ABANDON,
      });
    } catch (error) {
      if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
    }
  }
}

export interface NightInput {
  readonly tenant: string;
  readonly schedule: string;
}

const SCHEDULED_START = defineSearchAttributeKey('TemporalScheduledStartTime', 'DATETIME');
const FIRST_WAIT_MS = 2_000;
const LONGEST_WAIT_MS = 60_000;

/**
 * What a schedule starts. The window closes at the scheduled start, whenever it runs: a night that is caught up with or backfilled is
 * the same night. A night with a finding is computed again and compared with it, unless somebody was just computing it.
 */
export async function driftNightWorkflow({ tenant, schedule }: NightInput): Promise<ScanOutcome> {
  const start = workflowInfo().typedSearchAttributes.get(SCHEDULED_START);
  if (start === undefined) throw ApplicationFailure.nonRetryable('it was not started by a schedule', 'input.invalid');
  const at = start.toISOString();
  for (let tries = 0; ; tries += 1) {
    try {
      return await executeChild(driftScanWorkflow, {
        workflowId: driftWorkflowId(tenant, schedule, at),
        args: [{ tenant, schedule, at, again: tries === 0 }],
        parentClosePolicy: ParentClosePolicy.ABANDON,
      });
    } catch (error) {
      if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
    }
    await sleep(Math.min(FIRST_WAIT_MS * 1.5 ** tries, LONGEST_WAIT_MS));
  }
}
