import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { budgetStop, createStores, type RunRow } from '../../src/db/index.js';
import type { ReplayResult } from '../../src/replay/index.js';
import { testDatabase, type TestDatabase } from '../support/postgres.js';
import { done, openStores, recorded, startRun, type Fixture, type RunSetup } from './replaySupport.js';

let database: TestDatabase;
let acme: Fixture;
let count = 0;

beforeAll(async () => {
  database = await testDatabase();
  acme = await openStores(database.db, 'acme');
});
afterAll(() => database.drop());

async function liveRun(decisions: number, budget: NonNullable<RunSetup['budget']>, model: 'live' | 'tape' = 'live') {
  const ids = Array.from({ length: decisions }, () => `dec_${String((count += 1)).padStart(6, '0')}`);
  for (const id of ids) await acme.addDecision(id, recorded({}));
  return { ids, run: await startRun(acme, ids, { budget, policy: { model } }) };
}

const open = (run: RunRow, after: number, until: number) =>
  acme.stores.replay.openBatch(run, { repeat: 1, after, until, count: 1_000 });

const spending = (decision: string, model: number, cost = 0): ReplayResult =>
  done(decision, {
    calls: { served: 0, run: 0, refused: 0, model },
    usage: { promptTokens: 0, completionTokens: 0, cost },
  });

describe('a lease of model calls', () => {
  it('is the share of the batch, and all leases together stay within the limit', async () => {
    const { run } = await liveRun(100, { maxCalls: 200, maxCost: null });
    const grants = await Promise.all([0, 25, 50, 75].map((after) => open(run, after, after + 25)));
    expect(grants.map((batch) => batch.maxCalls)).toEqual([50, 50, 50, 50]);
  });

  it('never adds up to more than is left, however small the budget is', async () => {
    const { run } = await liveRun(100, { maxCalls: 40, maxCost: null });
    const asked = await Promise.allSettled([0, 20, 40, 60, 80].map((after) => open(run, after, after + 20)));
    const granted = asked.flatMap((answer) => (answer.status === 'fulfilled' ? [answer.value.maxCalls ?? 0] : []));
    expect(granted.reduce((sum, calls) => sum + calls, 0)).toBeLessThanOrEqual(40);
    const refused = asked.flatMap((answer) => (answer.status === 'rejected' ? [answer.reason as unknown] : []));
    for (const reason of refused) expect(reason).toMatchObject({ code: 'api.busy', retryable: true });
    expect(granted.length + refused.length).toBe(5);
  });

  it('is given anew for a range that is asked for again, and comes back when its batch is through', async () => {
    const { run, ids } = await liveRun(20, { maxCalls: 30, maxCost: null });
    expect((await open(run, 0, 20)).maxCalls).toBe(30);
    expect((await open(run, 0, 20)).maxCalls).toBe(30);
    await acme.stores.replay.store(
      run,
      1,
      ids.slice(0, 10).map((id) => spending(id, 1)),
    );
    expect((await open(run, 10, 20)).maxCalls).toBe(20);
  });

  it('is waited for while other batches hold what is left', async () => {
    const patient = createStores({
      ...acme,
      db: database.db,
      ledger: { readDecisions: async () => [] },
      leaseWaitMs: 10_000,
    });
    const { run, ids } = await liveRun(40, { maxCalls: 16, maxCost: null });
    await open(run, 0, 20);
    const waiting = patient.replay.openBatch(run, { repeat: 1, after: 20, until: 40, count: 20 });
    await acme.stores.replay.store(
      run,
      1,
      ids.slice(0, 20).map((id) => done(id)),
    );
    expect((await waiting).maxCalls).toBe(16);
  });

  it('lasts while its batch waits behind the others that one worker has taken', async () => {
    const { run } = await liveRun(200, { maxCalls: 2_000, maxCost: null });
    await open(run, 0, 25);
    const [lease] = await database.db.sql(
      `select expires_at > now() + $2 * interval '1 millisecond' as lasts from replay_leases where run = $1`,
      [run.id, 8 * 25 * run.manifest.lane.policy.timeoutMs],
    );
    expect(lease?.['lasts']).toBe(true);
  });

  it('runs out, so that a lost worker does not hold it for ever', async () => {
    const { run } = await liveRun(40, { maxCalls: 16, maxCost: null });
    expect((await open(run, 0, 20)).maxCalls).toBe(16);
    await expect(open(run, 20, 40)).rejects.toMatchObject({ code: 'api.busy' });
    await database.db.sql(`update replay_leases set expires_at = now() where run = $1`, [run.id]);
    expect((await open(run, 20, 40)).maxCalls).toBe(16);
  });
});

describe('a spent budget', () => {
  it('stops the next batch and says so with the last results', async () => {
    const { run, ids } = await liveRun(30, { maxCalls: 20, maxCost: null });
    await acme.stores.replay.store(
      run,
      1,
      ids.slice(0, 10).map((id) => spending(id, 2)),
    );
    expect(await acme.stores.replay.stopReason(run)).toBe('budget: 20 of 20 model calls used');
    await expect(open(run, 10, 30)).rejects.toMatchObject({ code: 'budget.exhausted', retryable: false });
    expect((await open(run, 0, 10)).members).toEqual([]);
  });

  it('is no stop for a run that came to its end with it', async () => {
    const { run, ids } = await liveRun(10, { maxCalls: 10, maxCost: 5 });
    await acme.stores.replay.store(
      run,
      1,
      ids.map((id) => spending(id, 1, 0.5)),
    );
    expect(await acme.stores.replay.stopReason(run)).toBeNull();
  });

  it('of cost or tokens gives out a few calls, then as many as their mean pays for', async () => {
    const { run, ids } = await liveRun(100, { maxCalls: null, maxCost: null, maxTokens: 10_000 });
    const patient = { repeat: 1, count: 1_000 };
    expect((await acme.stores.replay.openBatch(run, { ...patient, after: 0, until: 25 })).maxCalls).toBe(16);
    await expect(open(run, 25, 50)).rejects.toMatchObject({ code: 'api.busy' });
    const usage = { promptTokens: 150, completionTokens: 50, cost: 0 };
    const calls = { served: 0, run: 0, refused: 0, model: 1 };
    const results = ids.slice(0, 16).map((id) => done(id, { calls, usage }));
    await acme.stores.replay.store(run, 1, results);
    // 6,800 tokens are left: 27 calls of 200 tokens and a quarter.
    expect((await open(run, 16, 100)).maxCalls).toBe(27);
    expect(await acme.stores.replay.spent(run.id)).toEqual({ calls: 16, cost: 0, tokens: 3_200 });
  });

  it('that does not pay for another call stops before it is passed', async () => {
    const { run, ids } = await liveRun(10, { maxCalls: null, maxCost: null, maxTokens: 1_000 });
    await open(run, 0, 5);
    const usage = { promptTokens: 150, completionTokens: 50, cost: 0 };
    const calls = { served: 0, run: 0, refused: 0, model: 1 };
    await acme.stores.replay.store(
      run,
      1,
      ids.slice(0, 4).map((id) => done(id, { calls, usage })),
    );
    await expect(open(run, 4, 10)).rejects.toMatchObject({ code: 'budget.exhausted', retryable: false });
  });

  it('stops by cost too', async () => {
    const { run, ids } = await liveRun(10, { maxCalls: null, maxCost: 1 });
    expect((await open(run, 0, 5)).maxCalls).toBe(16);
    await acme.stores.replay.store(
      run,
      1,
      ids.slice(0, 4).map((id) => spending(id, 1, 0.25)),
    );
    await expect(open(run, 4, 10)).rejects.toMatchObject({ code: 'budget.exhausted' });
  });

  it('of 0 does not stop a lane whose model calls come from the tape', async () => {
    const { run } = await liveRun(5, { maxCalls: 0, maxCost: 0 }, 'tape');
    expect((await open(run, 0, 5)).members).toHaveLength(5);
    expect(budgetStop(run.manifest, { calls: 1, cost: 0, tokens: 0 })).toBe('budget: 1 of 0 model calls used');
  });
});
