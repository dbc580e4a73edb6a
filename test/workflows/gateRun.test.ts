import { WorkflowFailedError } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { ReplayRequest } from '../../activities/index.js';
import { gateWorkflowId, PLATFORM_QUEUE, replayWorkflowId, runWorkflowId } from '../../workflows/ids.js';
import { startTemporal, type TestTemporal } from '../support/temporal.js';
import {
  batchDone,
  designed,
  FakePlatform,
  planOf,
  runGate,
  serveAgent,
  servePlatform,
  TENANT,
  type Serving,
} from './fakes.js';

/** Orchestration on a real server: what becomes of a gate when a step of it does not work out. */
let temporal: TestTemporal;
let fakes: FakePlatform;
let serving: Serving[] = [];
let gates = 0;
let gate: string;

beforeAll(async () => {
  temporal = await startTemporal();
}, 60_000);
afterAll(() => temporal?.stop());

beforeEach(async () => {
  gates += 1;
  gate = `gate_${gates}`;
  fakes = new FakePlatform();
  serving = [await servePlatform(temporal, fakes)];
});
afterEach(async () => {
  await Promise.all(serving.map((worker) => worker.stop()));
});

describe('a gate', () => {
  test('runs both lanes, judges and signs', async () => {
    serving.push(await serveAgent(temporal, batchDone));
    expect(await runGate(temporal, gate)).toMatchObject({ status: 'pass' });
    expect(fakes.of('judgeGate')).toEqual([`judgeGate ${gate}`]);
    expect(fakes.of('abandonGate')).toEqual([]);
  });

  test('has no step that waits for long on a worker that was killed', async () => {
    serving.push(await serveAgent(temporal, batchDone));
    await runGate(temporal, gate);
    const { events } = await temporal.client.workflow.getHandle(gateWorkflowId(TENANT, gate)).fetchHistory();
    const scheduled = (events ?? []).flatMap(({ activityTaskScheduledEventAttributes: step }) => step ?? []);
    expect(scheduled.length).toBeGreaterThan(2);
    for (const { activityType, heartbeatTimeout } of scheduled) {
      const seconds = Number(heartbeatTimeout?.seconds ?? 0);
      expect({ step: activityType?.name, seconds, short: seconds > 0 && seconds <= 30 }).toMatchObject({ short: true });
    }
  });

  test.each([
    ['its plan cannot be made', 'prepareGate', 'cohort.empty', 'no decision fits'],
    ['it cannot be judged', 'judgeGate', 'ledger.disclosure', 'a disclosure does not match'],
    ['its verdict cannot be signed', 'signVerdict', 'ledger.halted', 'the log is halted'],
    ['the state of a run cannot be read', 'runState', 'not_found', 'no such run'],
  ] as const)('ends with a signed verdict that says so when %s', async (_, step, code, why) => {
    serving.push(await serveAgent(temporal, batchDone));
    fakes.over = { [step]: async () => Promise.reject(designed(code, why)) };
    expect(await runGate(temporal, gate)).toMatchObject({ status: 'inconclusive' });
    expect(fakes.of('abandonGate')).toEqual([`abandonGate ${gate} ${code} ${why}`]);
  });

  test('says what kind of fault ended it when an error was none of ours', async () => {
    serving.push(await serveAgent(temporal, batchDone));
    fakes.over = {
      judgeGate: async () => Promise.reject(ApplicationFailure.nonRetryable('a fault of ours: RangeError', 'internal')),
    };
    expect(await runGate(temporal, gate)).toMatchObject({ status: 'inconclusive' });
    expect(fakes.of('abandonGate')).toEqual([`abandonGate ${gate} internal a fault of ours: RangeError`]);
  });

  test('ends with a signed verdict when its candidate never comes', async () => {
    serving.push(await serveAgent(temporal, batchDone));
    const runId = `${gate}-candidate`;
    fakes.plans.set(runId, planOf({ runId, queue: 'agent.absent', availableWithinMs: 1_000 }));
    expect(await runGate(temporal, gate)).toMatchObject({ status: 'inconclusive' });
    const [abandoned] = fakes.of('abandonGate');
    expect(abandoned).toMatch(/agent\.not_available candidate: no worker took a batch from agent\.absent within 1 s/);
    expect(fakes.states.get(runId)?.status).toBe('not_available');
  });

  test('that is cancelled ends with a signed verdict too', async () => {
    const handle = await temporal.client.workflow.start('gateRunWorkflow', {
      taskQueue: PLATFORM_QUEUE,
      workflowId: gateWorkflowId(TENANT, gate),
      args: [{ tenant: TENANT, gateId: gate }],
    });
    await until(() => fakes.of('planRun').length > 0);
    await handle.cancel();
    expect(await handle.result()).toMatchObject({ status: 'inconclusive' });
    expect(fakes.of('abandonGate')).toEqual([`abandonGate ${gate} interrupted the workflow was cancelled`]);
    await temporal.client.workflow.getHandle(runWorkflowId(TENANT, `${gate}-control`)).terminate();
  });
});

describe('a control arm', () => {
  test('that two gates need at once is run once, and both gates judge by it', async () => {
    const shared = `${gate}-shared`;
    fakes.over = { prepareGate: async (id) => ({ controlRun: shared, candidateRun: `${id}-candidate` }) };
    serving.push(
      await serveAgent(temporal, async (input) => {
        if (input.runId === shared) await sleep(1_500);
        return batchDone(input);
      }),
    );
    const both = await Promise.all([runGate(temporal, gate), runGate(temporal, `${gate}b`)]);
    expect(both).toMatchObject([{ status: 'pass' }, { status: 'pass' }]);
    expect(fakes.of('planRun').filter((call) => call.endsWith(shared))).toHaveLength(1);
  });

  test('that fails under one gate is not run again by the one that waited for it', async () => {
    const shared = `${gate}-shared`;
    fakes.over = { prepareGate: async (id) => ({ controlRun: shared, candidateRun: `${id}-candidate` }) };
    serving.push(
      await serveAgent(temporal, async () => {
        await sleep(1_500);
        throw designed('agent.digest_changed', 'other code');
      }),
    );
    const both = await Promise.all([runGate(temporal, gate), runGate(temporal, `${gate}b`)]);
    expect(both).toMatchObject([{ status: 'inconclusive' }, { status: 'inconclusive' }]);
    expect(fakes.of('planRun')).toHaveLength(1);
    for (const call of fakes.of('abandonGate')) expect(call).toMatch(/internal control arm: other code/);
  });

  test('whose workflow was terminated is taken up by the gate that waits for it', async () => {
    const shared = `${gate}-control`;
    const owner = await temporal.client.workflow.start('replayRunWorkflow', {
      taskQueue: PLATFORM_QUEUE,
      workflowId: runWorkflowId(TENANT, shared),
      args: [shared],
    });
    await until(() => fakes.of('planRun').length > 0);
    const ended = runGate(temporal, gate);
    await until(() => fakes.of('prepareGate').length > 0);
    await sleep(500);
    await owner.terminate('somebody did');
    serving.push(await serveAgent(temporal, batchDone));
    expect(await ended).toMatchObject({ status: 'pass' });
  });
});

describe('a lane without a verdict', () => {
  const request = { candidate: 'a' } as unknown as ReplayRequest;
  const start = (id: string) =>
    temporal.client.workflow.execute('replayOnceWorkflow', {
      taskQueue: PLATFORM_QUEUE,
      workflowId: replayWorkflowId(TENANT, id),
      args: [{ tenant: TENANT, request: { ...request, candidate: id } }],
    });

  test('that is under way already is waited for', async () => {
    const runId = `run-once-${gates}`;
    serving.push(
      await serveAgent(temporal, async (input) => {
        await sleep(1_500);
        return batchDone(input);
      }),
    );
    const owner = temporal.client.workflow.execute('replayRunWorkflow', {
      taskQueue: PLATFORM_QUEUE,
      workflowId: runWorkflowId(TENANT, runId),
      args: [runId],
    });
    await until(() => fakes.of('planRun').length > 0);
    expect(await start(`once-${gates}`)).toMatchObject({ runId, status: 'done' });
    await owner;
    expect(fakes.of('planRun')).toHaveLength(1);
  });

  test('that cannot be planned fails with the code of what stopped it, the field and the fix', async () => {
    const details = { field: '/candidate', fix: 'serve it once' };
    const refusal = ApplicationFailure.create({
      type: 'agent.not_registered',
      message: 'a@2 is not registered',
      nonRetryable: true,
      details: [details],
    });
    fakes.over = { prepareRun: async () => Promise.reject(refusal) };
    const failure: unknown = await start(`twice-${gates}`).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(WorkflowFailedError);
    expect((failure as WorkflowFailedError).cause).toMatchObject({
      type: 'agent.not_registered',
      message: 'a@2 is not registered',
      details: [details],
    });
  });
});

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await sleep(20);
}
