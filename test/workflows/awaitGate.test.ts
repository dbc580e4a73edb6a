import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { GateRow, RunRow } from '../../src/db/index.js';
import { exitCodeOf } from '../../src/errors/index.js';
import { awaitGate, type GateProgress, type GateWaiting } from '../../src/runtime/index.js';
import { gateWorkflowId, PLATFORM_QUEUE } from '../../workflows/ids.js';
import { startTemporal, type TestTemporal } from '../support/temporal.js';
import { designed, FakePlatform, servePlatform, TENANT, type Serving } from './fakes.js';

/** Waiting for a verdict that does not come: Temporal is asked what became of it. */
let temporal: TestTemporal;
let fakes: FakePlatform;
let serving: Serving;
let gates = 0;
let row: GateRow;
let workflowId: string;

beforeAll(async () => {
  temporal = await startTemporal();
}, 60_000);
afterAll(() => temporal?.stop());

beforeEach(async () => {
  gates += 1;
  workflowId = gateWorkflowId(TENANT, `gate_${gates}`);
  row = {
    id: `gate_${gates}`,
    workflow: workflowId,
    status: 'pending',
    policy: { repeats: { control: 3, candidate: 2 } },
    controlRun: null,
    candidateRun: null,
  } as unknown as GateRow;
  fakes = new FakePlatform();
  serving = await servePlatform(temporal, fakes);
});
afterEach(async () => {
  for (const release of holding.splice(0)) release();
  await serving.stop();
});

/** An activity that is under way until its test is over. */
const holding: (() => void)[] = [];
const held = (): Promise<never> =>
  new Promise((_, reject) => holding.push(() => reject(designed('interrupted', 'the test is over'))));

const quiet: GateProgress = { update() {}, say() {} };
const runs = new Map<string, RunRow>();
const counted: string[] = [];

function waiting(alive?: () => string | null): GateWaiting {
  const stores = {
    gates: { get: async () => row },
    runs: { get: async (id: string) => runs.get(id) ?? null },
    replay: {
      stored: async (id: string) => {
        counted.push(id);
        return 70;
      },
    },
  } as unknown as GateWaiting['stores'];
  return { stores, temporal: temporal.client, ...(alive === undefined ? {} : { alive }) };
}

async function start(): Promise<void> {
  await temporal.client.workflow.start('gateRunWorkflow', {
    taskQueue: PLATFORM_QUEUE,
    workflowId,
    args: [{ tenant: TENANT, gateId: row.id }],
  });
}

const failureOf = async (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => 'no failure',
    (error: unknown) => error,
  );

describe('a gate that stays pending', () => {
  test('while its workflow failed is given up with what Temporal says', async () => {
    fakes.over = {
      prepareGate: async () => Promise.reject(designed('cohort.empty', 'no decision fits')),
      abandonGate: async () => Promise.reject(designed('ledger.halted', 'the log is halted')),
    };
    await start();
    const error = await failureOf(awaitGate(waiting(), row.id, quiet));
    expect(error).toMatchObject({ code: 'ledger.halted', message: 'the log is halted' });
    expect(exitCodeOf(error)).toBe(6);
  });

  test('while its workflow was terminated says so', async () => {
    fakes.over = { prepareGate: held };
    await start();
    const handle = temporal.client.workflow.getHandle(workflowId);
    const waited = failureOf(awaitGate(waiting(), row.id, quiet));
    await handle.terminate('somebody did');
    const error = await waited;
    expect(error).toMatchObject({ code: 'workflow.failed', message: `workflow ${workflowId}: it was terminated` });
    expect(exitCodeOf(error)).toBe(1);
  });

  test('and that Temporal does not know is not waited for', async () => {
    const error = await failureOf(awaitGate(waiting(), row.id, quiet));
    expect(error).toMatchObject({
      code: 'workflow.failed',
      message: `workflow ${workflowId}: Temporal does not know it`,
    });
  });

  test('although its workflow came to its end is told as that', async () => {
    fakes.over = { prepareGate: async () => Promise.reject(designed('cohort.empty', 'no decision fits')) };
    await start();
    const error = await failureOf(awaitGate(waiting(), row.id, quiet));
    expect(error).toMatchObject({ code: 'workflow.failed' });
    expect((error as Error).message).toContain('without a verdict');
  });

  test('is waited for as long as its workflow runs, and given when its row says so', async () => {
    fakes.over = { prepareGate: held };
    await start();
    setTimeout(() => (row = { ...row, status: 'pass' }), 5_000);
    expect(await awaitGate(waiting(), row.id, quiet)).toMatchObject({ status: 'pass' });
    await temporal.client.workflow.getHandle(workflowId).terminate();
  });

  test('while a process that it needs has died fails at once, and names it', async () => {
    const began = Date.now();
    const error = await failureOf(
      awaitGate(
        waiting(() => 'platform worker'),
        row.id,
        quiet,
      ),
    );
    expect(error).toMatchObject({ code: 'services.process_failed' });
    expect((error as Error).message).toMatch(/^platform worker ended/);
    expect(Date.now() - began).toBeLessThan(1_000);
  });
});

describe('progress', () => {
  test('counts the lane that is under way and nothing else, over both lanes of the gate', async () => {
    const run = (id: string, status: string): void =>
      void runs.set(id, { id, status, manifest: { cohort: { size: 100 } } } as unknown as RunRow);
    run('control', 'done');
    run('candidate', 'running');
    row = { ...row, controlRun: 'control', candidateRun: 'candidate' };
    fakes.over = { prepareGate: held };
    await start();
    const seen: unknown[] = [];
    const ended = awaitGate(waiting(), row.id, { say() {}, update: (...args) => seen.push(args) });
    setTimeout(() => (row = { ...row, status: 'pass' }), 500);
    await ended;
    expect(seen).toEqual([[370, 500, 'candidate']]);
    expect(new Set(counted)).toEqual(new Set(['candidate']));
    await temporal.client.workflow.getHandle(workflowId).terminate();
  });
});
