import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RunRow } from '../../src/db/index.js';
import { laneSeed, rowHash, type ReplayItem } from '../../src/replay/index.js';
import { testDatabase, type TestDatabase } from '../support/postgres.js';
import { call, done, openStores, recorded, startRun, view, type Fixture } from './replaySupport.js';

let database: TestDatabase;
let acme: Fixture;
let count = 0;

beforeAll(async () => {
  database = await testDatabase();
  acme = await openStores(database.db, 'acme');
});
afterAll(() => database.drop());

/** Fresh decisions, so that tests share a database and no rows. */
async function decisions(n: number, fields = recorded({ amount: 100 }), subject = ''): Promise<string[]> {
  const ids = Array.from({ length: n }, () => `dec_${String((count += 1)).padStart(6, '0')}`);
  for (const id of ids) await acme.addDecision(id, fields, subject);
  return ids;
}

async function batchOf(run: RunRow, range = { after: 0, until: 1_000, count: 100 }, repeat = 1) {
  const batch = await acme.stores.replay.openBatch(run, { repeat, ...range });
  const items: (ReplayItem & { ord: number })[] = [];
  for await (const chunk of acme.stores.replay.items(run, batch)) items.push(...chunk);
  return { ...batch, items };
}

async function rowsOf(run: RunRow) {
  const rows = [];
  for await (const page of acme.stores.replay.load(run)) rows.push(...page);
  return rows;
}

describe('batches', () => {
  it('hand out input, tape, seed and time of a decision, and nothing it decided', async () => {
    const tape = [call(1, 'a1', { score: 7 })];
    const [id] = await decisions(1, recorded({ amount: 5 }, tape));
    const run = await startRun(acme, [id!]);
    const { items } = await batchOf(run);
    const seed = laneSeed(run.manifest.runSeed, 'candidate', 1, id!);
    expect(items).toEqual([
      { ord: 1, decision: id, input: { amount: 5 }, tape, seed, occurredAt: '2026-11-24T10:00:00.000Z' },
    ]);
    expect(JSON.stringify(items)).not.toContain('recorded reason');
  });

  it('put split inputs together again', async () => {
    const fields = {
      '/context/inputs': { b: 2 },
      '/context/inputs/a': 1,
      '/context/inputs/x~1y': 'z',
      '/decision/outcome': 'o',
    };
    const [id] = await decisions(1, fields);
    const { items } = await batchOf(await startRun(acme, [id!]));
    expect(items[0]?.input).toEqual({ a: 1, b: 2, 'x/y': 'z' });
  });

  it('keep the frozen order, honour the range and say where the next one starts', async () => {
    const ids = await decisions(10);
    const run = await startRun(acme, ids);
    const first = await batchOf(run, { after: 2, until: 8, count: 4 });
    expect(first.items.map((item) => item.decision)).toEqual(ids.slice(2, 6));
    expect(first.cursor).toBe(6);
    const rest = await batchOf(run, { after: 6, until: 8, count: 4 });
    expect([rest.items.length, rest.cursor]).toEqual([2, 8]);
    expect((await batchOf(run, { after: 8, until: 99, count: 4 })).cursor).toBe(10);
  });

  it('leave out what has a result, so that a resumed batch does only what is missing', async () => {
    const ids = await decisions(6);
    const run = await startRun(acme, ids, { repeats: 2 });
    await acme.stores.replay.store(run, 1, [done(ids[0]!), done(ids[3]!)]);
    const again = await batchOf(run);
    expect(again.items.map((item) => item.ord)).toEqual([2, 3, 5, 6]);
    expect((await batchOf(run, undefined, 2)).items).toHaveLength(6);
  });

  it('turn a decision that is erased, partly erased or without input into a refused row', async () => {
    const [erased, partly, bare, gone, fine] = await decisions(5);
    acme.views.set(erased!, view(erased!, {}, true));
    const half = view(partly!, recorded({ amount: 1 }, [call(1, 'k', 1)]));
    acme.views.set(partly!, { ...half, fields: new Map([...half.fields].filter(([path]) => path !== '/tape/0001')) });
    acme.views.set(bare!, view(bare!, { '/decision/outcome': 'approved' }));
    acme.views.delete(gone!);
    const run = await startRun(acme, [erased!, partly!, bare!, gone!, fine!]);
    const { items, cursor } = await batchOf(run);
    expect([items.map((item) => item.decision), cursor]).toEqual([[fine], 5]);
    const codes = (await rowsOf(run)).map((row) => [row.decision, row.status, row.row?.refusal?.code]);
    expect(codes).toEqual([
      [erased, 'refused', 'replay.erased'],
      [partly, 'refused', 'replay.erased'],
      [bare, 'refused', 'replay.no_input'],
      [gone, 'refused', 'replay.no_record'],
    ]);
  });
});

describe('pooled tapes', () => {
  it('add live calls of done control-arm runs under keys that the record does not answer', async () => {
    const tape = [call(1, 'known', 'recorded')];
    const [id] = await decisions(1, recorded({}, tape));
    const control = await startRun(acme, [id!], { lane: 'control', agent: 'underwriter@1.0.0', repeats: 3 });
    const live = (key: string, result: string) => call(9, key, result);
    await acme.stores.replay.store(control, 2, [done(id!, { liveCalls: [live('new', 'second'), live('other', 'o')] })]);
    await acme.stores.replay.store(control, 1, [
      done(id!, { liveCalls: [live('known', 'later'), live('new', 'first')] }),
    ]);
    const failed = { status: 'failed', outcome: null, refusal: { code: 'replay.threw', message: '' } } as const;
    await acme.stores.replay.store(control, 3, [done(id!, { ...failed, liveCalls: [live('bad', 'b')] })]);

    const { items } = await batchOf(await startRun(acme, [id!], { controlRun: control.id }));
    const seen = items[0]?.tape.map(({ n, key, result }) => [n, key, result]);
    expect(seen).toEqual([
      [1, 'known', 'recorded'],
      [1, 'new', 'first'],
      [2, 'other', 'o'],
    ]);
    const own = await batchOf(await startRun(acme, [id!], { lane: 'control', attempt: 2 }));
    expect(own.items[0]?.tape).toEqual(tape);
  });
});

describe('results', () => {
  it('are stored once: the first stays, whoever posts again', async () => {
    const ids = await decisions(20);
    const run = await startRun(acme, ids);
    const post = (outcome: string) =>
      acme.stores.replay.store(
        run,
        1,
        ids.map((id) => done(id, { outcome })),
      );
    const answers = await Promise.all(Array.from({ length: 20 }, (_, i) => post(`outcome ${i}`)));
    expect(answers.reduce((sum, answer) => sum + answer.stored, 0)).toBe(20);
    expect(answers.reduce((sum, answer) => sum + answer.duplicates, 0)).toBe(19 * 20);
    const rows = await rowsOf(run);
    expect(rows.map((row) => row.decision)).toEqual(ids);
    expect(await post('late')).toEqual({ stored: 0, duplicates: 20 });
    expect(await rowsOf(run)).toEqual(rows);
  });

  it('open to the row whose RFC 6962 hash is stored, with its live calls', async () => {
    const [id] = await decisions(1);
    const run = await startRun(acme, [id!]);
    const liveCalls = [call(1, 'x', { a: [1, 2] })];
    await acme.stores.replay.store(run, 1, [done(id!, { liveCalls, reasoning: ['höher', 'ß'] })]);
    const [stored] = await rowsOf(run);
    expect(stored?.liveCalls).toEqual(liveCalls);
    expect(stored?.row?.reasoning).toEqual(['höher', 'ß']);
    expect(Buffer.from(stored!.rowHash)).toEqual(Buffer.from(rowHash(stored!.row!)));
    expect(stored?.row).not.toHaveProperty('durMs');
  });

  it('of another database row, or with an edited hash, do not open', async () => {
    const [a, b] = await decisions(2);
    const run = await startRun(acme, [a!, b!]);
    await acme.stores.replay.store(run, 1, [done(a!), done(b!)]);
    const swap = `update replay_results r set sealed = o.sealed from replay_results o
                  where r.run = $1 and o.run = $1 and r.decision = $2 and o.decision = $3`;
    await database.db.sql(swap, [run.id, a, b]);
    await expect(rowsOf(run)).rejects.toMatchObject({ code: 'ledger.disclosure' });

    const other = await startRun(acme, [a!, b!], { attempt: 2 });
    await acme.stores.replay.store(other, 1, [done(a!), done(b!)]);
    await database.db.sql(`update replay_results set row_hash = sha256('x') where run = $1`, [other.id]);
    await expect(rowsOf(other)).rejects.toMatchObject({ code: 'ledger.disclosure' });
  });

  it('of a decision outside the cohort refuse the whole post', async () => {
    const [id, foreign] = await decisions(2);
    const run = await startRun(acme, [id!]);
    const post = acme.stores.replay.store(run, 1, [done(id!), done(foreign!)]);
    await expect(post).rejects.toMatchObject({ code: 'input.invalid', details: { field: '/1/decision' } });
    expect(await rowsOf(run)).toEqual([]);
  });

  it.each(['done', 'stopped', 'failed', 'not_available'] as const)('do not join a run that is %s', async (status) => {
    const [id] = await decisions(1);
    const run = await startRun(acme, [id!]);
    await acme.stores.runs.update(run.id, { status });
    await expect(acme.stores.replay.store(run, 1, [done(id!)])).rejects.toMatchObject({ code: 'replay.run_closed' });
    expect(await rowsOf(run)).toEqual([]);
  });

  it('go with the key of their subject: an erased person leaves counts and hashes, no text', async () => {
    const ids = await decisions(2, recorded({ amount: 1 }), 'person-1');
    const run = await startRun(acme, ids);
    await acme.stores.replay.store(run, 1, [done(ids[0]!)]);
    await acme.keyStore.destroy(acme.keyStore.keyIdOf('acme', 'person-1'));
    await acme.stores.replay.store(run, 1, [done(ids[1]!, { reasoning: ['secret reason'] })]);
    const rows = await rowsOf(run);
    expect(rows[0]).toMatchObject({ status: 'done', row: null, liveCalls: [] });
    expect(rows[1]).toMatchObject({ status: 'refused', row: { refusal: { code: 'replay.erased' }, reasoning: [] } });
  });

  it('are counted by lane, repeat, status and reason', async () => {
    const ids = await decisions(3);
    const run = await startRun(acme, ids, { repeats: 2 });
    const refused = { status: 'refused', outcome: null, refusal: { code: 'replay.no_tape', message: 'none' } } as const;
    await acme.stores.replay.store(run, 1, [done(ids[0]!), done(ids[1]!), done(ids[2]!, refused)]);
    await acme.stores.replay.store(run, 2, [
      done(ids[0]!, { usage: { promptTokens: 1, completionTokens: 1, cost: 0.25 } }),
    ]);
    const counts = await acme.stores.replay.counts(run.id);
    expect(counts.map((c) => [c.repeat, c.status, c.refusal, c.rows, c.served, c.cost])).toEqual([
      [1, 'done', null, 2, 2, 0],
      [1, 'refused', 'replay.no_tape', 1, 1, 0],
      [2, 'done', null, 1, 1, 0.25],
    ]);
    expect(await acme.stores.replay.spent(run.id)).toEqual({ calls: 0, cost: 0.25, tokens: 2 });
  });
});
