import type { Client } from '@temporalio/client';

/** What Temporal says a workflow and its children did. */
export interface WorkflowTrace {
  readonly workflowId: string;
  readonly workflows: number;
  /** Events of all histories. */
  readonly historyLength: number;
  readonly activities: number;
  /** pid@host of the workers that ran them. */
  readonly workers: readonly string[];
}

export async function traceWorkflow(client: Client, workflowId: string): Promise<WorkflowTrace> {
  const seen = new Set<string>();
  const workers = new Set<string>();
  const total = { historyLength: 0, activities: 0 };
  const queue: { workflowId: string; runId?: string }[] = [{ workflowId }];
  for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
    if (seen.has(next.workflowId)) continue;
    seen.add(next.workflowId);
    const { events } = await client.workflow.getHandle(next.workflowId, next.runId).fetchHistory();
    for (const event of events ?? []) {
      total.historyLength += 1;
      if (event.activityTaskCompletedEventAttributes) {
        total.activities += 1;
        const { identity } = event.activityTaskCompletedEventAttributes;
        if (identity) workers.add(identity);
      }
      const child = event.childWorkflowExecutionStartedEventAttributes?.workflowExecution;
      if (child?.workflowId)
        queue.push({ workflowId: child.workflowId, ...(child.runId ? { runId: child.runId } : {}) });
    }
  }
  return { workflowId, workflows: seen.size, ...total, workers: [...workers].sort() };
}
