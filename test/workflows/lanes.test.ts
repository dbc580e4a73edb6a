import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { RunPlan, RunState } from '../../activities/index.js';
import { createLaneProbe } from '../../workers/laneProbe.js';
import { PLATFORM_QUEUE, runWorkflowId } from '../../workflows/ids.js';
import { startTemporal, type TestTemporal } from '../support/temporal.js';
import { batchDone, FakePlatform, planOf, serveAgent, servePlatform, TENANT, type Serving } from './fakes.js';

/** A lane whose workers are busy is slow; a lane without workers is not available. Temporal tells them apart. */
const WITHIN_MS = 1_000;

let temporal: TestTemporal;
let fakes: FakePlatform;
let serving: Serving[] = [];
let tests = 0;
let queue: string;

beforeAll(async () => {
  temporal = await startTemporal();
}, 60_000);
afterAll(() => temporal?.stop());

beforeEach(async () => {
  tests += 1;
  queue = `agent.lanes.${tests}`;
  fakes = new FakePlatform();
  const probe = createLaneProbe(temporal.client, TENANT);
  const runs = (): string[] => [...fakes.states].flatMap(([id, { status }]) => (status === 'running' ? [id] : []));
  fakes.over = {
    laneIsServed: (_, waitedMs) => probe.isServed({ queue, runs: runs(), since: new Date(Date.now() - waitedMs) }),
  };
  serving = [await servePlatform(temporal, fakes)];
});
afterEach(async () => {
  await Promise.all(serving.map((worker) => worker.stop()));
});

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Repeats of one shard with one batch each. */
function plan(runId: string, repeats: number, over: Partial<RunPlan> = {}): void {
  const shards = Array.from({ length: repeats }, (_, i) => ({ shard: 1, repeat: i + 1, after: 0, until: 10 }));
  fakes.plans.set(runId, planOf({ runId, queue, shards, availableWithinMs: WITHIN_MS, ...over }));
}

async function run(runId: string): Promise<{ state: RunState; tookMs: number }> {
  const began = Date.now();
  const state = await temporal.client.workflow.execute<(id: string) => Promise<RunState>>('replayRunWorkflow', {
    taskQueue: PLATFORM_QUEUE,
    workflowId: runWorkflowId(TENANT, runId),
    args: [runId],
  });
  return { state, tookMs: Date.now() - began };
}

const agent = (batchMs: number, slots: number): Promise<Serving> =>
  serveAgent(
    temporal,
    async (input) => {
      await sleep(batchMs);
      return batchDone(input);
    },
    { queue, slots },
  );

describe('a worker that is busy', () => {
  test('with batches of the same run is waited for', async () => {
    plan('run-slow', 4);
    serving.push(await agent(800, 1));
    expect((await run('run-slow')).state.status).toBe('done');
    expect(fakes.of('laneIsServed').length).toBeGreaterThan(0);
  });

  test('with one decision for longer than anybody waits is waited for', async () => {
    plan('run-long', 2);
    serving.push(await agent(3_500, 1));
    expect((await run('run-long')).state.status).toBe('done');
    expect(fakes.of('laneIsServed').length).toBeGreaterThan(1);
  });

  test('with a run of another gate is waited for', async () => {
    plan('run-other', 1);
    plan('run-mine', 1);
    serving.push(await agent(3_500, 1));
    const other = run('run-other');
    await sleep(700);
    expect((await run('run-mine')).state.status).toBe('done');
    expect((await other).state.status).toBe('done');
  });

  test('past the deadline of the run is not waited for', async () => {
    plan('run-late', 1);
    fakes.states.set('run-late', { status: 'running', note: null });
    fakes.over = { ...fakes.over, laneIsServed: async () => true };
    const deadline = new Date(Date.now() + 2_500).toISOString();
    const began = Date.now();
    const state: unknown = await temporal.client.workflow.execute('replayRunWorkflow', {
      taskQueue: PLATFORM_QUEUE,
      workflowId: runWorkflowId(TENANT, 'run-late'),
      args: ['run-late', { resumed: { at: { repeat: 1, after: 0 }, deadline } }],
    });
    expect(state).toMatchObject({ status: 'stopped' });
    expect(Date.now() - began).toBeLessThan(6_000);
  });
});

describe('a lane without a worker', () => {
  test('is not available within the stated time', async () => {
    plan('run-absent', 3);
    const { state, tookMs } = await run('run-absent');
    expect(state).toEqual({
      status: 'not_available',
      note: `no worker took a batch from ${queue} within 1 s`,
    });
    expect(tookMs).toBeLessThan(WITHIN_MS + 2_500);
  });

  test('that has been served before is not available either', async () => {
    const left = await agent(10, 1);
    plan('run-before', 1);
    expect((await run('run-before')).state.status).toBe('done');
    await left.stop();
    plan('run-after', 1);
    const { state, tookMs } = await run('run-after');
    expect(state.status).toBe('not_available');
    expect(tookMs).toBeLessThan(WITHIN_MS + 2_500);
  });
});
