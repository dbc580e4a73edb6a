import { afterAll, beforeAll, expect, test } from 'vitest';
import { runPlan, type RunPlan } from '../../activities/index.js';
import type { LaneSpec } from '../../src/replay/index.js';
import { PLATFORM_QUEUE, runWorkflowId, shardWorkflowId } from '../../workflows/ids.js';
import { POLICY } from '../replay/support.js';
import { startTemporal, type TestTemporal } from '../support/temporal.js';
import { batchDone, FakePlatform, serveAgent, servePlatform, TENANT, type Serving } from './fakes.js';

/** Histories of a run over a million decisions, as the product plans it, with activities that return at once. */
const MILLION = 1_000_000;
/** What is run; a parent's history grows with its shards, so that of a million follows. */
const RUN = 250_000;
/** Where the server suggests to go on as new. */
const EVENTS = 4_096;
const BYTES = 4 * 1024 * 1024;
const REPEATS = 3;

let temporal: TestTemporal;
let fakes: FakePlatform;
let serving: Serving[];
let decisions = 0;

beforeAll(async () => {
  temporal = await startTemporal();
  fakes = new FakePlatform();
  const count = async (input: Parameters<typeof batchDone>[0]) => {
    decisions += input.count;
    return batchDone(input);
  };
  serving = [await servePlatform(temporal, fakes), await serveAgent(temporal, count, { slots: 100 })];
}, 60_000);
afterAll(async () => {
  await Promise.all(serving.map((worker) => worker.stop()));
  await temporal.stop();
});

function planned(model: 'tape' | 'live', runId: string, size = MILLION): RunPlan {
  const lane: LaneSpec = {
    lane: 'candidate',
    agent: 'underwriter@1.0.0',
    digest: 'ab'.repeat(32),
    repeats: 1,
    policy: { ...POLICY, model },
  };
  return runPlan({ runId, lane, size, queue: 'agent.test', availableWithinMs: 20_000 });
}

interface Size {
  readonly events: number;
  readonly bytes: number;
}

async function sizeOf(workflowId: string): Promise<Size> {
  const { historyLength, historySize, status } = await temporal.client.workflow.getHandle(workflowId).describe();
  expect(status.name).toBe('COMPLETED');
  return { events: historyLength, bytes: historySize ?? Number.POSITIVE_INFINITY };
}

test('of a tape-served run stay far below the limits, parent and children', async () => {
  const plan = planned('tape', 'run-tape', RUN);
  fakes.plans.set(plan.runId, plan);
  const workflowId = runWorkflowId(TENANT, plan.runId);
  await temporal.client.workflow.execute('replayRunWorkflow', {
    taskQueue: PLATFORM_QUEUE,
    workflowId,
    args: [plan.runId],
  });
  expect(decisions).toBe(RUN);
  const own = await sizeOf(workflowId);
  const parent = { events: (own.events * MILLION) / RUN, bytes: (own.bytes * MILLION) / RUN };
  const children = await Promise.all(
    plan.shards.map(({ repeat, shard }) => sizeOf(shardWorkflowId(workflowId, repeat, shard))),
  );
  const largest = (pick: (size: Size) => number): number => Math.max(...children.map(pick));
  const told = { parent, children: children.length, events: largest((s) => s.events), bytes: largest((s) => s.bytes) };
  process.stdout.write(`histories of a million decisions: ${JSON.stringify(told)}\n`);
  expect(told.events).toBeLessThan(EVENTS / 8);
  expect(told.bytes).toBeLessThan(BYTES / 8);
  // All repeats of a control arm are children of one parent.
  expect(parent.events * REPEATS).toBeLessThan(EVENTS / 2);
  expect(parent.bytes * REPEATS).toBeLessThan(BYTES / 2);
  // So are those of a run whose model calls are live, in smaller shards.
  const perChild = { events: own.events / children.length, bytes: own.bytes / children.length };
  const live = planned('live', 'run-live').shards.length * REPEATS;
  expect(perChild.events * live).toBeLessThan(EVENTS);
  expect(perChild.bytes * live).toBeLessThan(BYTES);
}, 120_000);

test('of the largest child of a live run stays below the limits, with room for batches that waited in vain', async () => {
  const { shards, ...plan } = planned('live', 'run-live');
  const [shard] = shards;
  const deadline = new Date(Date.now() + 3_600_000).toISOString();
  await temporal.client.workflow.execute('replayShardWorkflow', {
    taskQueue: PLATFORM_QUEUE,
    workflowId: 'shard-live',
    args: [{ plan, shard, deadline }],
  });
  const { events, bytes } = await sizeOf('shard-live');
  process.stdout.write(`history of a live shard: ${events} events, ${bytes} bytes\n`);
  expect(events).toBeLessThan((EVENTS * 3) / 4);
  expect(bytes).toBeLessThan(BYTES / 4);
}, 120_000);
