import { ApplicationFailure, CancelledFailure } from '@temporalio/common';
import { MockActivityEnvironment } from '@temporalio/testing';
import type { LanePolicy, ReplayItem } from '@tenet-ledger/ghost/replay';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { ReplayBatchInput, ReplayBatchOutput } from '../../src/replay/index.js';
import { ChildPool } from '../../workers/agent/childPool.js';
import { createReplayBatch } from '../../workers/agent/replayBatch.js';
import { replayDoors } from '../../workers/agent/replayDoors.js';
import { item, POLICY } from '../ghost/replaySetup.js';
import { startModelServer, type ModelServer } from '../support/modelServer.js';
import { startReplayApi, type ReplayApi } from '../support/replayApi.js';
import { childFile, fixture } from './childSetup.js';

const mute = (): void => undefined;
const QUIET = { log: mute, trace: mute, debug: mute, info: mute, warn: mute, error: mute };
const DIGEST = 'd'.repeat(64);
let pool: ChildPool;
let lane: ModelServer;
let api: ReplayApi | undefined;

beforeAll(async () => {
  lane = await startModelServer();
  pool = new ChildPool(
    {
      file: fixture('zoo.mjs'),
      model: { baseURL: lane.url, apiKey: 'sk' },
      liveReads: [],
      env: { OPENAI_API_KEY: 'none-in-replay' },
      memoryMb: 96,
      output: 'nowhere',
      childFile,
    },
    2,
  );
});
afterEach(async () => {
  await api?.close();
  api = undefined;
});
afterAll(async () => {
  await pool.stop();
  await lane.close();
});

interface Given {
  readonly acts: readonly string[];
  readonly policy?: Partial<LanePolicy>;
  readonly agent?: string;
  readonly token?: string;
}

async function cohort({ acts, policy = {}, agent = 'zoo@1.0.0', token = 'tnt_replay' }: Given): Promise<ReplayApi> {
  const items = acts.map((act, i): ReplayItem =>
    item([], { decision: `dec_${i + 1}`, input: { act, content: `c${i}` } }),
  );
  api = await startReplayApi({ items, policy: { ...POLICY, ...policy }, agent, digest: DIGEST, token });
  return api;
}

interface Asked {
  readonly input?: Partial<ReplayBatchInput>;
  readonly attempt?: number;
  readonly details?: unknown;
  readonly token?: string;
}

function activity({ input = {}, attempt = 1, details, token = 'tnt_replay' }: Asked = {}) {
  const info = { attempt, ...(details !== undefined && { heartbeatDetails: details }) };
  const environment = new MockActivityEnvironment(info, { logger: QUIET });
  const heartbeats: unknown[] = [];
  environment.on('heartbeat', (beat: unknown) => heartbeats.push(beat));
  const run = createReplayBatch({
    doors: replayDoors(api!.url, token),
    runner: pool,
    agent: 'zoo@1.0.0',
    digest: DIGEST,
    now: () => Date.now(),
  });
  const full: ReplayBatchInput = {
    contract: 1,
    runId: 'run_1',
    lane: 'candidate',
    repeat: 1,
    shard: 0,
    after: 0,
    until: 1000,
    count: 500,
    deadline: new Date(Date.now() + 60_000).toISOString(),
    ...input,
  };
  return {
    environment,
    heartbeats,
    done: environment.run<[ReplayBatchInput], ReplayBatchOutput, typeof run>(run, full),
  };
}

const ok = (n: number): string[] => Array.from({ length: n }, () => 'ok');

describe('tenet.replayBatch.v1', () => {
  it('runs every decision of its range once and says how they ended', async () => {
    const { results, opened } = await cohort({ acts: [...ok(120), 'throw', 'exit', 'read', ...ok(7)] });
    expect(await activity({ input: { until: 130 } }).done).toEqual({ done: 127, failed: 2, refused: 1, cursor: 130 });
    expect(results.size).toBe(130);
    expect(results.get('dec_121')).toMatchObject({ status: 'failed', refusal: { code: 'replay.threw' } });
    expect(results.get('dec_122')).toMatchObject({ status: 'failed', refusal: { code: 'replay.crashed' } });
    expect(results.get('dec_123')).toMatchObject({ status: 'refused', refusal: { code: 'replay.no_tape' } });
    expect(Object.fromEntries(opened[0]!)).toEqual({
      lane: 'candidate',
      repeat: '1',
      after: '0',
      until: '130',
      count: '500',
    });
  });

  it('asks on until its range is through', async () => {
    const { results, opened } = await cohort({ acts: ok(25) });
    expect(await activity({ input: { after: 2, until: 25, count: 10 } }).done).toMatchObject({ done: 23, cursor: 25 });
    expect(results.size).toBe(23);
    expect(opened.map((query) => query.get('after'))).toEqual(['2', '12', '22']);
  });

  it('heartbeats its cursor and takes up from there', async () => {
    const { opened } = await cohort({ acts: ok(20) });
    const { done, heartbeats } = activity({
      input: { until: 20 },
      attempt: 2,
      details: { cursor: 15, done: 14, failed: 1, refused: 0 },
    });
    expect(await done).toEqual({ done: 19, failed: 1, refused: 0, cursor: 20 });
    expect(opened[0]?.get('after')).toBe('15');
    expect(heartbeats.at(-1)).toEqual({ cursor: 20, done: 19, failed: 1, refused: 0 });
  });

  it('does only what is missing when a batch before it died', async () => {
    const { results, posts } = await cohort({ acts: ok(30) });
    await activity({ input: { until: 10 } }).done;
    expect(await activity({ input: { until: 30 }, attempt: 2 }).done).toEqual({
      done: 20,
      failed: 0,
      refused: 0,
      cursor: 30,
    });
    expect(posts.reduce((sum, n) => sum + n, 0)).toBe(30);
    expect(results.size).toBe(30);
  });

  it.each([
    ['the server is busy', 'batches', { status: 429, code: 'api.busy', retryAfter: '1' }],
    ['the server has a fault', 'batches', { status: 500, code: 'internal' }],
    ['posting meets a busy server', 'results', { status: 503, code: 'db.unavailable' }],
    ['the answer to a post is lost', 'results', 'lose-answer'],
  ] as const)('waits and goes on when %s', async (_, door, hitch) => {
    const given = await cohort({ acts: ok(5) });
    given.hitch(door, hitch);
    expect(await activity({ input: { until: 5 } }).done).toEqual({ done: 5, failed: 0, refused: 0, cursor: 5 });
  });

  it('fails retryably when a batch is cut, having stored what it could', async () => {
    const { results, hitch } = await cohort({ acts: ok(400) });
    hitch('batches', 'cut');
    const failure = await activity({ input: { until: 400 } }).done.catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(ApplicationFailure);
    expect(failure).toMatchObject({ nonRetryable: false });
    expect(results.size).toBeLessThan(400);
    expect(await activity({ input: { until: 400 }, attempt: 2 }).done).toMatchObject({ cursor: 400 });
    expect(results.size).toBe(400);
  });

  it.each<[string, Given, Asked, string]>([
    ['the token is of another agent', { acts: ok(1) }, { token: 'tnt_other' }, 'auth.forbidden'],
    ['the run is of another version', { acts: ok(1), agent: 'zoo@2.0.0' }, {}, 'agent.digest_changed'],
    ['there is no such run', { acts: ok(1) }, { input: { runId: 'run_2' } }, 'not_found'],
    ['the contract is another', { acts: ok(1) }, { input: { contract: 2 as never } }, 'input.invalid'],
    ['the deadline is none', { acts: ok(1) }, { input: { deadline: 'tomorrow' } }, 'input.invalid'],
  ])('fails for good when %s', async (_, given, asked, code) => {
    const { results } = await cohort(given);
    const failure = await activity(asked).done.catch((error: unknown) => error);
    expect(failure).toMatchObject({ name: 'ApplicationFailure', type: code, nonRetryable: true });
    expect(results.size).toBe(0);
  });

  it('stops where the server says that the budget is used up', async () => {
    const given = await cohort({ acts: ok(400) });
    given.stop = 'budget: 10 of 10 model calls used';
    const output = await activity({ input: { until: 400, count: 100 } }).done;
    expect(output.cursor).toBeLessThan(400);
    expect(given.opened).toHaveLength(1);
  });

  it('ends without failing when the budget was spent before', async () => {
    const { hitch } = await cohort({ acts: ok(5) });
    hitch('batches', { status: 409, code: 'budget.exhausted' });
    expect(await activity({ input: { until: 5 } }).done).toEqual({ done: 0, failed: 0, refused: 0, cursor: 0 });
  });

  it('ends at its deadline and keeps what was done', async () => {
    const { results } = await cohort({ acts: [...ok(60), 'hang', ...ok(60)], policy: { timeoutMs: 60_000 } });
    const { done } = activity({ input: { until: 121, deadline: new Date(Date.now() + 3_000).toISOString() } });
    const { cursor } = await done;
    expect(cursor).toBe(0);
    expect(results.size).toBeGreaterThanOrEqual(50);
    expect(results.size).toBeLessThan(121);
  });

  it('ends as cancelled when it is cancelled', async () => {
    await cohort({ acts: ['hang', ...ok(3)], policy: { timeoutMs: 60_000 } });
    const { environment, done } = activity({ input: { until: 4 } });
    setTimeout(() => environment.cancel('CANCELLED'), 100);
    await expect(done).rejects.toBeInstanceOf(CancelledFailure);
  });
});

describe('a batch with a live model', () => {
  const live = { model: 'live' as const };
  const models = (n: number): string[] => Array.from({ length: n }, () => 'model');

  it('asks the lane for every decision', async () => {
    const { results } = await cohort({ acts: models(8), policy: live });
    expect(await activity({ input: { until: 8 } }).done).toEqual({ done: 8, failed: 0, refused: 0, cursor: 8 });
    expect(results.get('dec_3')).toMatchObject({ outcome: 'c2', calls: { model: 1 } });
  });

  it('never makes more calls than it was leased, and makes no row of a decision that it could not pay for', async () => {
    const given = await cohort({ acts: models(12), policy: live });
    given.leases = [5, 0];
    const before = lane.requests.length;
    const output = await activity({ input: { until: 12 } }).done;
    expect(lane.requests.length - before).toBe(5);
    expect(output).toMatchObject({ done: 5, cursor: 0 });
    expect([...given.results.values()].every((result) => result.status === 'done')).toBe(true);
  });

  it('puts decisions back and asks to be retried later when the model endpoint fails', async () => {
    const { results } = await cohort({ acts: models(4), policy: live });
    lane.script({ status: 429, retryAfterSeconds: 3 });
    const failure = await activity({ input: { until: 4 } }).done.catch((error: unknown) => error);
    expect(failure).toMatchObject({
      name: 'ApplicationFailure',
      type: 'replay.model_unavailable',
      nonRetryable: false,
      nextRetryDelay: 3000,
    });
    expect(results.size).toBeLessThan(4);
    expect(await activity({ input: { until: 4 }, attempt: 2 }).done).toMatchObject({ cursor: 4 });
    expect(results.size).toBe(4);
  });

  it('lets a failing endpoint be a result in the end', async () => {
    const { results } = await cohort({ acts: models(2), policy: live });
    lane.script({ status: 500 });
    expect(await activity({ input: { until: 2 }, attempt: 4 }).done).toEqual({
      done: 1,
      failed: 0,
      refused: 1,
      cursor: 2,
    });
    expect([...results.values()].map((result) => result.refusal?.code ?? null).sort()).toEqual(
      [null, 'replay.model_unavailable'].sort(),
    );
  });
});
