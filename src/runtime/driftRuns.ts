import type { CompareOutcome, ScanOutcome } from '../../activities/index.js';
import { digestOf, type CompareRequest } from '../nightly/index.js';
import { compareWorkflowId, driftWorkflowId, PLATFORM_QUEUE } from '../../workflows/ids.js';
import { appErrorOf } from './appErrorOf.js';
import type { Stack } from './types.js';

type Running = Pick<Stack, 'temporal' | 'platform'>;

/** Computes a night now, or waits for whoever does. A night that has its finding is computed again and compared with it. */
export async function runScan({ temporal, platform }: Running, schedule: string, at: Date): Promise<ScanOutcome> {
  const { tenant } = platform;
  const night = at.toISOString();
  return result(
    await temporal.workflow.start('driftScanWorkflow', {
      taskQueue: PLATFORM_QUEUE,
      workflowId: driftWorkflowId(tenant, schedule, night),
      args: [{ tenant, schedule, at: night, again: true }],
      workflowIdConflictPolicy: 'USE_EXISTING',
      workflowIdReusePolicy: 'ALLOW_DUPLICATE',
    }),
  );
}

export async function runComparison({ temporal, platform }: Running, request: CompareRequest): Promise<CompareOutcome> {
  return result(
    await temporal.workflow.start('driftCompareWorkflow', {
      taskQueue: PLATFORM_QUEUE,
      workflowId: compareWorkflowId(platform.tenant, digestOf(request)),
      args: [request],
      workflowIdConflictPolicy: 'USE_EXISTING',
      workflowIdReusePolicy: 'ALLOW_DUPLICATE',
    }),
  );
}

async function result<T>(handle: { result(): Promise<unknown> }): Promise<T> {
  try {
    return (await handle.result()) as T;
  } catch (error) {
    throw appErrorOf(error) ?? error;
  }
}
