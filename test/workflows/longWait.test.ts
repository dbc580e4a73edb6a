import { afterAll, beforeAll, beforeEach, afterEach, describe, expect, test } from 'vitest';
import type { ReplayRequest } from '../../activities/index.js';
import { gateWorkflowId, PLATFORM_QUEUE, replayWorkflowId, runWorkflowId } from '../../workflows/ids.js';
import { startTemporal, type TestTemporal } from '../support/temporal.js';
import { batchDone, FakePlatform, serveAgent, servePlatform, TENANT, type Serving } from './fakes.js';

/** A server that suggests to go on as new after a few events: what takes hours otherwise takes seconds. */
const SUGGESTED_AT = 24;
const BUSY_MS = 7_000;

let temporal: TestTemporal;
let fakes: FakePlatform;
let serving: Serving[] = [];

beforeAll(async () => {
  temporal = await startTemporal({ 'limit.historyCount.suggestContinueAsNew': SUGGESTED_AT });
}, 60_000);
afterAll(() => temporal?.stop());
beforeEach(async () => {
  fakes = new FakePlatform();
  const slow = async (input: Parameters<typeof batchDone>[0]) => {
    if (input.runId === 'shared') await new Promise((resolve) => setTimeout(resolve, BUSY_MS));
    return batchDone(input);
  };
  serving = [await servePlatform(temporal, fakes), await serveAgent(temporal, slow)];
  await temporal.client.workflow.start('replayRunWorkflow', {
    taskQueue: PLATFORM_QUEUE,
    workflowId: runWorkflowId(TENANT, 'shared'),
    args: ['shared'],
  });
  while (fakes.of('planRun').length === 0) await new Promise((resolve) => setTimeout(resolve, 20));
});
afterEach(async () => {
  await Promise.all(serving.map((worker) => worker.stop()));
});

async function runAndCount(type: string, workflowId: string, input: object): Promise<unknown> {
  const { workflow } = temporal.client;
  const handle = await workflow.start(type, {
    taskQueue: PLATFORM_QUEUE,
    workflowId,
    args: [{ tenant: TENANT, ...input }],
  });
  const result: unknown = await handle.result();
  const { status } = await workflow.getHandle(workflowId, handle.firstExecutionRunId).describe();
  expect(status.name).toBe('CONTINUED_AS_NEW');
  return result;
}

describe('waiting for a run of somebody else outlives one history', () => {
  test('of a gate, which keeps its plan', async () => {
    fakes.over = { prepareGate: async (id) => ({ controlRun: 'shared', candidateRun: `${id}-candidate` }) };
    const result = await runAndCount('gateRunWorkflow', gateWorkflowId(TENANT, 'gate_1'), { gateId: 'gate_1' });
    expect(result).toMatchObject({ status: 'pass' });
    expect(fakes.of('prepareGate')).toHaveLength(1);
    expect(fakes.of('planRun').filter((call) => call.endsWith('shared'))).toHaveLength(1);
  });

  test('of a lane without a verdict', async () => {
    fakes.over = { prepareRun: async () => 'shared' };
    const request = { candidate: 'a' } as unknown as ReplayRequest;
    const result = await runAndCount('replayOnceWorkflow', replayWorkflowId(TENANT, 'once'), { request });
    expect(result).toMatchObject({ runId: 'shared', status: 'done' });
    expect(fakes.of('prepareRun')).toHaveLength(1);
  });
});
