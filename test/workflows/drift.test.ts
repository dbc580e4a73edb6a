import { ApplicationFailure } from '@temporalio/common';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { ScanOutcome, ScanRequest } from '../../activities/index.js';
import {
  alertWorkflowId,
  driftWorkflowId,
  nightWorkflowId,
  PLATFORM_QUEUE,
  runWorkflowId,
} from '../../workflows/ids.js';
import { startTemporal, type TestTemporal } from '../support/temporal.js';
import {
  batchDone,
  designed,
  FakePlatform,
  planOf,
  scanOutcome,
  serveAgent,
  servePlatform,
  TENANT,
  type Serving,
} from './fakes.js';

/** Orchestration of nights on a real server: what becomes of one when a step of it does not work out. */
const AT = '2026-11-23T01:00:00.000Z';
let temporal: TestTemporal;
let fakes: FakePlatform;
let serving: Serving[] = [];
let nights = 0;
let schedule: string;

beforeAll(async () => {
  temporal = await startTemporal();
}, 60_000);
afterAll(() => temporal?.stop());

beforeEach(async () => {
  nights += 1;
  schedule = `sch_${nights}`;
  fakes = new FakePlatform();
  serving = [await servePlatform(temporal, fakes), await serveAgent(temporal, batchDone)];
});
afterEach(async () => {
  await Promise.all(serving.map((worker) => worker.stop()));
});

const start = () =>
  temporal.client.workflow.start('driftScanWorkflow', {
    taskQueue: PLATFORM_QUEUE,
    workflowId: driftWorkflowId(TENANT, schedule, AT),
    args: [{ tenant: TENANT, schedule, at: AT, again: true }],
  });
const scan = async (): Promise<ScanOutcome> => (await (await start()).result()) as ScanOutcome;

describe('a night', () => {
  test('asks the canary, re-runs, judges, and starts the deliveries of its alerts', async () => {
    fakes.over = { judgeScan: async (id) => scanOutcome(id, 'shift', [`dlv_${nights}`]) };
    expect(await scan()).toMatchObject({ status: 'shift' });
    const delivery = temporal.client.workflow.getHandle(alertWorkflowId(TENANT, `dlv_${nights}`));
    expect(await delivery.result()).toBe('delivered');
    expect(fakes.of('observeCanary')).toHaveLength(1);
  });

  test.each([
    ['cannot be planned', 'prepareScan', 'agent.not_registered', 'a@2 is not registered'],
    ['cannot be judged', 'judgeScan', 'ledger.disclosure', 'a disclosure does not match'],
  ] as const)('that %s ends with a finding that says so', async (_, step, code, why) => {
    fakes.over = { [step]: async () => Promise.reject(designed(code, why)) };
    expect(await scan()).toMatchObject({ status: 'inconclusive' });
    expect(fakes.of('abandonScan')).toEqual([`abandonScan … ${code} ${why}`]);
  });

  test('whose agent never comes ends with a finding that says so', async () => {
    const runId = `${schedule}-control`;
    fakes.plans.set(runId, planOf({ runId, queue: 'agent.absent', availableWithinMs: 1_000 }));
    expect(await scan()).toMatchObject({ status: 'inconclusive' });
    expect(fakes.of('abandonScan')[0]).toMatch(/agent\.not_available no worker took a batch/);
  });

  test('is judged without a canary when the model does not answer', async () => {
    fakes.over = { observeCanary: async () => Promise.reject(ApplicationFailure.nonRetryable('away', 'internal')) };
    expect(await scan()).toMatchObject({ status: 'no-evidence' });
    expect(fakes.of('abandonScan')).toEqual([]);
  });

  test('that is cancelled ends with a finding too', async () => {
    const runId = `${schedule}-control`;
    fakes.plans.set(runId, planOf({ runId, queue: 'agent.absent' }));
    const handle = await start();
    await until(() => fakes.of('planRun').length > 0);
    await handle.cancel();
    expect(await handle.result()).toMatchObject({ status: 'inconclusive' });
    expect(fakes.of('abandonScan')).toEqual(['abandonScan … interrupted the workflow was cancelled']);
    await temporal.client.workflow.getHandle(runWorkflowId(TENANT, runId)).terminate();
  });
});

describe('a schedule', () => {
  test('has its nights computed by their scheduled start, whenever they run', async () => {
    const asked: ScanRequest[] = [];
    fakes.over = {
      prepareScan: async (request) => {
        asked.push(request);
        return { scanId: 'drf_1', controlRun: null, askCanary: false, ended: null };
      },
    };
    const handle = await temporal.client.schedule.create({
      scheduleId: schedule,
      spec: { calendars: [{ hour: 2 }], timezone: 'Europe/Berlin' },
      action: {
        type: 'startWorkflow',
        workflowType: 'driftNightWorkflow',
        workflowId: nightWorkflowId(TENANT, schedule),
        taskQueue: PLATFORM_QUEUE,
        args: [{ tenant: TENANT, schedule }],
      },
      policies: { overlap: 'BUFFER_ONE', catchupWindow: '12h' },
    });
    const range = { start: new Date('2026-03-27T12:00:00Z'), end: new Date('2026-03-30T12:00:00Z') };
    await handle.backfill({ ...range, overlap: 'BUFFER_ALL' });
    await until(() => asked.length === 2);
    expect(asked.map(({ at }) => at)).toEqual(['2026-03-28T01:00:00.000Z', '2026-03-30T00:00:00.000Z']);
  });

  test('whose night is being computed waits for it and does not compute it again', async () => {
    const asked: ScanRequest[] = [];
    fakes.over = {
      prepareScan: async (request) => {
        asked.push(request);
        if (asked.length === 1) await sleep(1_500);
        return { scanId: 'drf_1', controlRun: null, askCanary: false, ended: null };
      },
    };
    const first = await start();
    await until(() => asked.length === 1);
    await temporal.client.schedule
      .create({
        scheduleId: schedule,
        spec: { calendars: [{ hour: 1 }], timezone: 'UTC' },
        action: {
          type: 'startWorkflow',
          workflowType: 'driftNightWorkflow',
          workflowId: nightWorkflowId(TENANT, schedule),
          taskQueue: PLATFORM_QUEUE,
          args: [{ tenant: TENANT, schedule }],
        },
      })
      .then((handle) =>
        handle.backfill({
          start: new Date('2026-11-23T00:30:00Z'),
          end: new Date('2026-11-23T01:30:00Z'),
          overlap: 'ALLOW_ALL',
        }),
      );
    await first.result();
    await until(() => asked.length === 2);
    expect(asked.map(({ again }) => again)).toEqual([true, false]);
  });
});

describe('a delivery', () => {
  const deliver = () =>
    temporal.client.workflow.execute('alertDeliveryWorkflow', {
      taskQueue: PLATFORM_QUEUE,
      workflowId: alertWorkflowId(TENANT, `dlv_own_${nights}`),
      args: ['dlv_1'],
    });

  test('that its receiver refuses is given up at once and listed', async () => {
    fakes.over = {
      deliverAlert: async () => Promise.reject(designed('alert.undeliverable', 'the receiver answered 410')),
    };
    expect(await deliver()).toBe('dead');
    expect(fakes.of('deliverAlert')).toHaveLength(1);
    expect(fakes.of('deadLetter')).toEqual(['deadLetter dlv_1 the receiver answered 410']);
  });

  test('that fails is tried again', async () => {
    let tries = 0;
    fakes.over = {
      deliverAlert: async () => {
        tries += 1;
        if (tries === 1)
          throw ApplicationFailure.create({ type: 'alert.delivery', message: 'later', nextRetryDelay: 50 });
      },
    };
    expect(await deliver()).toBe('delivered');
    expect(tries).toBe(2);
  });
});

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await sleep(20);
}
