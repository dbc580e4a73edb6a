// Saves the histories of a gate's workflow and its children, for test/workflows/historyReplay.test.ts:
//   node tools/saveHistories.mjs <temporal address> <gate workflow id> <label>
import { writeFileSync } from 'node:fs';
import { Client, Connection } from '@temporalio/client';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';

const [address, workflowId, label] = process.argv.slice(2);
if (label === undefined) {
  console.error('usage: node tools/saveHistories.mjs <temporal address> <gate workflow id> <label>');
  process.exit(2);
}
const connection = await Connection.connect({ address });
const client = new Client({ connection });
const queue = [{ workflowId }];
const saved = new Map();
for (const { workflowId: id, runId } of queue) {
  const handle = client.workflow.getHandle(id, runId);
  const [{ type }, history] = await Promise.all([handle.describe(), handle.fetchHistory()]);
  for (const event of history.events ?? []) {
    const child = event.childWorkflowExecutionStartedEventAttributes?.workflowExecution;
    if (child) queue.push({ workflowId: child.workflowId, runId: child.runId });
  }
  if (!saved.has(type)) saved.set(type, { workflowId: id, history: JSON.parse(historyToJSON(history)) });
}
for (const [type, content] of saved) {
  writeFileSync(`test/histories/${type}.${label}.json`, `${JSON.stringify(content)}\n`);
  console.log(`${type}: ${content.history.events.length} events`);
}
await connection.close();
