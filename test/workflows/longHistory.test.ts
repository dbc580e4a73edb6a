import { afterAll, beforeAll, afterEach, beforeEach, expect, test } from 'vitest';
import type { ReplayRequest } from '../../activities/index.js';
import type { ReplayBatchInput } from '../../src/replay/index.js';
import { gateWorkflowId, PLATFORM_QUEUE, replayWorkflowId, runWorkflowId } from '../../workflows/ids.js';
import { startTemporal, type TestTemporal } from '../support/temporal.js';
import { batchDone, FakePlatform, planOf, serveAgent, servePlatform, TENANT, type Serving } from './fakes.js';

/** A server that suggests to go on as new after a few events: what takes hours otherwise takes seconds. */
const SUGGESTED_AT = 24;
const BUSY_MS = 7_000;

let temporal: TestTemporal;
let fakes: FakePlatform;
let serving: Serving[] = [];
const batches: ReplayBatchInput[] = [];

beforeAll(async () => {
  temporal = await startTemporal({ 'limit.historyCount.suggestContinueAsNew': SUGGESTED_AT });
}, 60_000);
afterAll(() => temporal?.stop());
beforeEach(async () => {
  fakes = new FakePlatform();
  const slow = async (input: ReplayBatchInput) => {
    batches.push(input);
    if (input.runId === 'shared') await new Promise((resolve) => setTimeout(resolve, BUSY_MS));
    return batchDone(input);
  };
  serving = [await servePlatform(temporal, fakes), await serveAgent(temporal, slow)];
});
afterEach(async () => {
  await Promise.all(serving.map((worker) => worker.stop()));
});

async function runTo(type: string, workflowId: string, input: object): Promise<unknown> {
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

test('waiting for a run of somebody else outlives one history, and what was planned stays planned', async () => {
  fakes.over = {
    prepareGate: async (id) => ({ controlRun: 'shared', candidateRun: `${id}-candidate` }),
    prepareRun: async () => 'shared',
  };
  await temporal.client.workflow.start('replayRunWorkflow', {
    taskQueue: PLATFORM_QUEUE,
    workflowId: runWorkflowId(TENANT, 'shared'),
    args: ['shared'],
  });
  while (fakes.of('planRun').length === 0) await new Promise((resolve) => setTimeout(resolve, 20));
  const request = { candidate: 'a' } as unknown as ReplayRequest;
  const [gate, lane] = await Promise.all([
    runTo('gateRunWorkflow', gateWorkflowId(TENANT, 'gate_1'), { gateId: 'gate_1' }),
    runTo('replayOnceWorkflow', replayWorkflowId(TENANT, 'once'), { request }),
  ]);
  expect(gate).toMatchObject({ status: 'pass' });
  expect(lane).toMatchObject({ runId: 'shared', status: 'done' });
  expect(fakes.of('prepareGate')).toHaveLength(1);
  expect(fakes.of('prepareRun')).toHaveLength(1);
  expect(fakes.of('planRun').filter((call) => call.endsWith('shared'))).toHaveLength(1);
}, 60_000);

test('a run and its shards go on as new: each decision is handed out once, and the deadline stands', async () => {
  const runId = 'run-long';
  const shards = Array.from({ length: 12 }, (_, i) => ({
    shard: i + 1,
    repeat: 1,
    after: i * 100,
    until: i * 100 + 100,
  }));
  fakes.plans.set(runId, planOf({ runId, shards }));
  const state: unknown = await temporal.client.workflow.execute('replayRunWorkflow', {
    taskQueue: PLATFORM_QUEUE,
    workflowId: runWorkflowId(TENANT, runId),
    args: [runId],
  });
  expect(state).toMatchObject({ status: 'done' });
  expect(fakes.of('planRun').filter((call) => call.endsWith(runId)).length).toBeGreaterThan(1);
  expect(fakes.of('finishRun').filter((call) => call.includes(runId))).toHaveLength(1);
  const given = batches.filter((batch) => batch.runId === runId);
  expect(given.map(({ after }) => after).sort((a, b) => a - b)).toEqual(Array.from({ length: 120 }, (_, i) => i * 10));
  expect(given.every(({ after, until }) => until === after + 10)).toBe(true);
  expect(new Set(given.map(({ deadline }) => deadline)).size).toBe(1);
}, 60_000);
