import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ApplicationFailure } from '@temporalio/common';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { Worker } from '@temporalio/worker';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { CaseView, InquiryActivities, StepCall } from '../../activities/inquiry/types.js';
import { BUNDLE_PATH } from '../../dist/workers/bundle.js';
import { nextState, refusalOf, STEP_KINDS, type CaseState, type StepKind } from '../../src/inquiry/index.js';
import { inquiryWorkflowId, PLATFORM_QUEUE } from '../../workflows/ids.js';
import { timeSkippingServer } from '../support/timeSkipping.js';

const DAY_MS = 86_400_000;
const TENANT = 'acme';

const dir = mkdtempSync(join(tmpdir(), 'tenet-test-clocks-'));
const server = await timeSkippingServer(dir);
let env: TestWorkflowEnvironment;

/** Months of a case, with the domain's own states and without a database. */
class FakeCase {
  state: CaseState = 'opened';
  rev = 0;
  readonly told: { readonly id: string; readonly day: number }[] = [];
  readonly failed: string[] = [];
  reminders: { readonly id: string; readonly at: string }[] = [];
  readonly begun: number;

  constructor(begun: number, days: Readonly<Record<string, number>>) {
    this.begun = begun;
    for (const [id, day] of Object.entries(days))
      this.reminders.push({ id, at: new Date(begun + day * DAY_MS).toISOString() });
  }

  view(): CaseView {
    const { state, rev } = this;
    return {
      id: 'inq_1',
      state,
      rev,
      version: 1,
      isOver: state === 'closed' || state === 'withdrawn',
      allowed: STEP_KINDS.filter((kind) => refusalOf(state, kind) === null),
      reminders: this.reminders.filter(({ id }) => !this.told.some((one) => one.id === id)),
    };
  }

  activities(): InquiryActivities {
    return {
      inquiryCase: async () => this.view(),
      inquiryReplays: async () => [],
      inquiryStep: async (step) => {
        if (step.startsWith('bad')) throw ApplicationFailure.nonRetryable('it does not work', 'internal');
        this.state = nextState(this.state, step.split('-')[0] as StepKind, 'done', true);
        this.rev += 1;
        return this.view();
      },
      inquiryFailed: async (step) => void this.failed.push(step),
      inquiryReminder: async (_, id) => {
        this.told.push({ id, day: Math.round(((await env.currentTimeMs()) - this.begun) / DAY_MS) });
        return this.view();
      },
    };
  }
}

let cases = 0;
let workflowId: string;

beforeAll(() => {
  if (server !== null) env = server;
});
beforeEach(() => {
  cases += 1;
  workflowId = inquiryWorkflowId(TENANT, `inq_${cases}`);
});
afterAll(async () => {
  await server?.teardown();
  rmSync(dir, { recursive: true, force: true });
});

const worker = (fake: FakeCase): Promise<Worker> =>
  Worker.create({
    connection: env.nativeConnection,
    taskQueue: PLATFORM_QUEUE,
    workflowBundle: { codePath: BUNDLE_PATH },
    activities: fake.activities(),
    // No sticky queue: what waits in that of a stopped worker holds this server's clock.
    maxCachedWorkflows: 0,
  });

const begin = () =>
  env.client.workflow.start('inquiryWorkflow', {
    taskQueue: PLATFORM_QUEUE,
    workflowId,
    args: [{ tenant: TENANT, inquiryId: 'inq_1' }],
  });

const take = (kind: StepKind, step = `${kind}-1`): Promise<CaseView> =>
  env.client.workflow
    .getHandle(workflowId)
    .executeUpdate<CaseView, [StepCall]>('inquiry.step', { args: [{ step, kind }], updateId: step });

describe.skipIf(server === null)('the clock of a case', () => {
  test('tells each reminder on its day, over two months and two workers', async () => {
    const fake = new FakeCase(await env.currentTimeMs(), { half: 30, d7: 53, d2: 58, d1: 59, passed: 60 });
    await (
      await worker(fake)
    ).runUntil(async () => {
      await begin();
      await env.sleep('40 days');
    });
    expect(fake.told).toEqual([{ id: 'half', day: 30 }]);
    // Another worker, which has nothing of the first: this server's clock stands still while there is none.
    await (
      await worker(fake)
    ).runUntil(async () => {
      await env.sleep('20 days');
    });
    expect(fake.told).toEqual([
      { id: 'half', day: 30 },
      { id: 'd7', day: 53 },
      { id: 'd2', day: 58 },
      { id: 'd1', day: 59 },
      { id: 'passed', day: 60 },
    ]);
    await env.client.workflow.getHandle(workflowId).terminate();
  });

  test('that had passed when the case was opened is told at once', async () => {
    const fake = new FakeCase(await env.currentTimeMs(), { passed: -3 });
    await (
      await worker(fake)
    ).runUntil(async () => {
      await begin();
      await env.sleep('1 minute');
    });
    expect(fake.told.map(({ id }) => id)).toEqual(['passed']);
    await env.client.workflow.getHandle(workflowId).terminate();
  });

  test('stops with the case; a step that is not possible is refused and leaves no trace', async () => {
    const fake = new FakeCase(await env.currentTimeMs(), { passed: 30 });
    await (
      await worker(fake)
    ).runUntil(async () => {
      const handle = await begin();
      await take('scope');
      await expect(take('deliver')).rejects.toMatchObject({
        cause: { type: 'inquiry.state', message: 'the inquiry is scoped: deliver is not possible now' },
      });
      await expect(take('collect', 'bad-1')).rejects.toMatchObject({ cause: { type: 'internal' } });
      expect(fake.failed).toEqual(['bad-1']);
      expect(await take('withdraw')).toMatchObject({ state: 'withdrawn' });
      expect(await handle.result()).toMatchObject({ state: 'withdrawn' });
    });
    expect(fake.told).toEqual([]);
    const { events = [] } = await env.client.workflow.getHandle(workflowId).fetchHistory();
    expect(JSON.stringify(events)).not.toContain('deliver');
  });
});
