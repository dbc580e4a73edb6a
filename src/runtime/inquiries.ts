import type { Client } from '@temporalio/client';
import type { StepRow } from '../inquiry/index.js';
import { inquiryWorkflowId, PLATFORM_QUEUE } from '../../workflows/ids.js';
import { appErrorOf } from './appErrorOf.js';
import { workflowFailure } from './workflowFailure.js';

/** Inquiries have statutory dates: they go before everything else. */
const PRIORITY = { priorityKey: 1 };
const TRIES = 3;

/** The workflow of a case, begun where none is under way: what the case is stands in Postgres, so it may be begun at any time. */
export async function serveInquiry(temporal: Client, tenant: string, inquiry: string): Promise<void> {
  await temporal.workflow.start('inquiryWorkflow', {
    taskQueue: PLATFORM_QUEUE,
    workflowId: inquiryWorkflowId(tenant, inquiry),
    args: [{ tenant, inquiryId: inquiry }],
    workflowIdConflictPolicy: 'USE_EXISTING',
    workflowIdReusePolicy: 'ALLOW_DUPLICATE',
    priority: PRIORITY,
  });
}

/** Hands a stored step to its case and waits for the end of it. Refused steps come back as the error that says why. */
export async function takeStep(temporal: Client, tenant: string, { id, inquiry, kind }: StepRow): Promise<void> {
  const workflowId = inquiryWorkflowId(tenant, inquiry);
  for (let left = TRIES; ; left -= 1) {
    await serveInquiry(temporal, tenant, inquiry);
    try {
      await temporal.workflow
        .getHandle(workflowId)
        .executeUpdate('inquiry.step', { args: [{ step: id, kind }], updateId: id });
      return;
    } catch (error) {
      // A case that is over ends its workflow after a while: between the two calls above, for instance.
      const isGone = error instanceof Error && error.name === 'WorkflowNotFoundError';
      if (!isGone || left === 1) throw appErrorOf(error) ?? workflowFailure(workflowId, error);
    }
  }
}
