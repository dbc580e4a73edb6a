import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { registerAgent } from '../../src/api/index.js';
import type { RunRow } from '../../src/db/index.js';
import type { ReplayItem } from '../../src/replay/index.js';
import { testDatabase, type TestDatabase } from '../support/postgres.js';
import { call, DIGEST, done, startRun, type RunSetup } from '../db/replaySupport.js';
import { ndjson, newProducer, openApi, postNdjson, type ApiFixture, type Producer } from './support.js';

let database: TestDatabase;
let acme: ApiFixture;
let producer: Producer;
let token: string;
const AGENT = 'underwriter@1.1.0';

beforeAll(async () => {
  database = await testDatabase();
  acme = await openApi(database.db, 'acme');
  producer = await newProducer(acme);
  token = (await registerAgent(acme.platform, acme.stores, { agent: AGENT, digest: DIGEST })).token;
});
afterAll(async () => {
  await acme.app.close();
  await database.drop();
});

let count = 0;
/** Real decisions, posted through the records door. */
async function decisions(n: number, tape = [call(1, 'a', { score: 3 })]): Promise<string[]> {
  const ids = Array.from({ length: n }, () => `dec_${String((count += 1)).padStart(6, '0')}`);
  const items = ids.map((id) => producer.submit(id, { tape, context: { inputs: { id, amount: 4870 } } }));
  const answer = await postNdjson(acme, '/api/v1/records', producer.apiKey, ndjson(items));
  expect(answer.json<{ results: { status: string }[] }>().results.every(({ status }) => status === 'accepted')).toBe(
    true,
  );
  return ids;
}
const runOf = (ids: readonly string[], setup: RunSetup = {}): Promise<RunRow> =>
  startRun({ stores: acme.stores, tenant: 'acme' }, ids, setup);

async function fetchBatch(
  run: Pick<RunRow, 'id'>,
  query = 'lane=candidate&repeat=1&after=0&until=1000&count=500',
  key = token,
) {
  const url = `/api/v1/replay/${run.id}/batches?${query}`;
  const response = await acme.app.inject({ url, headers: { 'x-api-key': key } });
  const lines =
    response.statusCode === 200
      ? response.body
          .trimEnd()
          .split('\n')
          .map((line) => JSON.parse(line) as unknown)
      : [];
  return {
    response,
    header: lines[0] as Record<string, unknown>,
    items: lines.slice(1) as (ReplayItem & { ord: number })[],
  };
}
const postResults = (
  run: Pick<RunRow, 'id'>,
  body: string,
  query = 'lane=candidate&repeat=1',
  key: string | undefined = token,
) => postNdjson(acme, `/api/v1/replay/${run.id}/results?${query}`, key, body);

describe('GET batches', () => {
  it('streams a header and the items, and nothing that was decided', async () => {
    const ids = await decisions(150);
    const run = await runOf(ids);
    const { response, header, items } = await fetchBatch(run);
    expect(response.headers['content-type']).toBe('application/x-ndjson');
    expect(header).toEqual({
      v: 1,
      runId: run.id,
      lane: 'candidate',
      repeat: 1,
      agent: AGENT,
      digest: DIGEST,
      policy: run.manifest.lane.policy,
      limits: { maxCalls: null },
      cursor: 150,
    });
    expect(items.map(({ ord, decision }) => [ord, decision])).toEqual(ids.map((id, i) => [i + 1, id]));
    expect(items[0]).toEqual({
      ord: 1,
      decision: ids[0],
      input: { id: ids[0], amount: 4870 },
      tape: [call(1, 'a', { score: 3 })],
      seed: expect.stringMatching(/^[0-9a-f]{64}$/) as unknown,
      occurredAt: '2026-11-24T10:00:00.000Z',
    });
    for (const hidden of ['recorded reason', 'approved', 'reject']) expect(response.body).not.toContain(hidden);
  });

  it('writes who read what into the ledger before the first value leaves', async () => {
    const ids = await decisions(2);
    const run = await runOf(ids);
    await fetchBatch(run);
    const { ids: logged } = await acme.platform.ledger.listDecisions({ kind: 'access', limit: 100 });
    const views = await acme.platform.ledger.readDecisions(logged);
    const mine = views.filter(({ fields }) => JSON.stringify(fields.get('/access/run'))?.includes(run.id));
    expect(mine).toHaveLength(1);
    expect(Object.fromEntries(mine[0]!.fields)).toEqual({
      '/access/by': {
        apiKey: expect.any(String) as unknown,
        label: `replay of ${AGENT}`,
        agent: AGENT,
        digest: DIGEST,
      },
      '/access/purpose': 'replay',
      '/access/run': { run: run.id, lane: 'candidate', repeat: 1 },
      '/access/fields': ['/context/inputs', '/tape'],
      '/access/decisions': ids,
    });
    expect(mine[0]!.entry.links).toEqual([{ rel: 'run', id: run.entryId }]);
    await acme.stores.replay.store(
      run,
      1,
      ids.map((id) => done(id)),
    );
    expect((await fetchBatch(run)).items).toEqual([]);
    expect((await acme.platform.ledger.listDecisions({ kind: 'access', limit: 100 })).ids).toHaveLength(logged.length);
  });

  it('resumes: what has a result is not handed out again', async () => {
    const ids = await decisions(5);
    const run = await runOf(ids);
    await postResults(run, ndjson([done(ids[1]!), done(ids[4]!)]));
    const { items, header } = await fetchBatch(run, 'lane=candidate&repeat=1&after=0&until=5&count=2');
    expect([items.map((item) => item.ord), header['cursor']]).toEqual([[1, 3], 3]);
  });

  it('answers a problem, not half a stream, when a stored disclosure was edited', async () => {
    const ids = await decisions(2);
    const run = await runOf(ids);
    await database.db.sql(
      `update disclosures set sealed = set_byte(sealed, 40, 0) where entry_id = $1 and get_byte(sealed, 40) <> 0`,
      [ids[1]],
    );
    await database.db.sql(
      `update disclosures set sealed = set_byte(sealed, 41, 255 - get_byte(sealed, 41)) where entry_id = $1`,
      [ids[1]],
    );
    const { response } = await fetchBatch(run);
    expect([response.statusCode, response.json()]).toMatchObject([500, { code: 'ledger.disclosure' }]);
  });
});

describe('POST results', () => {
  it('stores each result once, also when the batch comes twenty times at once', async () => {
    const ids = await decisions(30);
    const run = await runOf(ids);
    const body = ndjson(ids.map((id) => done(id)));
    const answers = await Promise.all(Array.from({ length: 20 }, () => postResults(run, body)));
    const sums = answers.map((answer) => answer.json<{ stored: number; duplicates: number; stop: null }>());
    expect(sums.reduce((sum, { stored }) => sum + stored, 0)).toBe(30);
    expect(sums.every(({ stored, duplicates, stop }) => stored + duplicates === 30 && stop === null)).toBe(true);
  });

  it('turns a poisoned answer into an invalid row of its decision', async () => {
    const ids = await decisions(5);
    const run = await runOf(ids);
    const spent = {
      calls: { served: 0, run: 0, refused: 0, model: 3 },
      usage: { promptTokens: 1, completionTokens: 1, cost: 0.5 },
    };
    const lines = [
      JSON.stringify(done(ids[0]!)),
      JSON.stringify({ ...done(ids[1]!), confidence: 'NaN', ...spent }),
      JSON.stringify({ ...done(ids[2]!), reasoning: ['x'.repeat(70_000)] }),
      JSON.stringify({ ...done(ids[3]!), extra: 1 }),
      JSON.stringify({ ...done(ids[4]!), outcome: '\ud800' }),
    ];
    const answer = await postResults(run, lines.join('\n'));
    expect(answer.json()).toEqual({ stored: 5, duplicates: 0, stop: null });
    const counts = await acme.stores.replay.counts(run.id);
    expect(counts.map((c) => [c.status, c.refusal, c.rows, c.calls])).toEqual([
      ['done', null, 1, 0],
      ['invalid', 'replay.invalid_result', 3, 3],
      ['invalid', 'replay.too_large', 1, 0],
    ]);
  });

  it('says stop when the budget is used up', async () => {
    const ids = await decisions(10);
    const run = await runOf(ids, { budget: { maxCalls: 6, maxCost: null }, policy: { model: 'live' } });
    const { header } = await fetchBatch(run);
    expect(header['limits']).toEqual({ maxCalls: 6 });
    const spending = (id: string) => done(id, { calls: { served: 0, run: 0, refused: 0, model: 3 } });
    const answer = await postResults(run, ndjson(ids.slice(0, 2).map(spending)));
    expect(answer.json()).toEqual({ stored: 2, duplicates: 0, stop: 'budget: 6 of 6 model calls used' });
    const { response } = await fetchBatch(run, 'lane=candidate&repeat=1&after=2&until=10&count=5');
    expect([response.statusCode, response.json()]).toMatchObject([409, { code: 'budget.exhausted' }]);
  });

  it.each<[name: string, body: () => string, status: number, code: string, field: string]>([
    ['a line without a decision', () => '{"status":"done"}', 400, 'input.invalid', '/1/decision'],
    ['a line that is not JSON', () => '{"secret', 400, 'input.invalid', '/1'],
    ['a decision outside the cohort', () => ndjson([done('dec_foreign')]), 400, 'input.invalid', '/0/decision'],
    ['an empty body', () => '', 400, 'input.invalid', ''],
  ])('refuses %s whole', async (_name, body, status, code, field) => {
    const run = await runOf(await decisions(1));
    const response = await postResults(run, body());
    expect([response.statusCode, response.json()]).toMatchObject([status, { code, field }]);
    expect(response.body).not.toContain('secret');
    expect(await acme.stores.replay.counts(run.id)).toEqual([]);
  });
});

describe('a replay token', () => {
  it('reads and posts for its own agent version and digest alone', async () => {
    const ids = await decisions(1);
    const foreign = [
      await runOf(ids, { agent: 'underwriter@1.0.0' }),
      await runOf(ids, { lane: 'control', agent: 'other@1.1.0' }),
    ];
    for (const run of foreign) {
      const query = `lane=${run.lane}&repeat=1`;
      expect((await fetchBatch(run, `${query}&after=0&until=1&count=1`)).response.json()).toMatchObject({
        status: 403,
        code: 'auth.forbidden',
      });
      expect((await postResults(run, ndjson([done(ids[0]!)]), query)).json()).toMatchObject({
        status: 403,
        code: 'auth.forbidden',
      });
    }
    const run = await runOf(ids);
    const stale = await acme.stores.apiKeys.mint({
      scopes: ['replay'],
      label: 'old',
      agent: AGENT,
      digest: 'b'.repeat(64),
    });
    expect((await fetchBatch(run, undefined, stale.apiKey)).response.statusCode).toBe(403);
  });

  it('of one tenant opens nothing of another, and does not learn what exists there', async () => {
    const run = await runOf(await decisions(1));
    const other = await openApi(database.db, 'other');
    const theirs = await registerAgent(other.platform, other.stores, { agent: AGENT, digest: DIGEST });
    expect((await fetchBatch(run, undefined, theirs.token)).response.statusCode).toBe(401);
    const url = (id: string) => `/api/v1/replay/${id}/batches?lane=candidate&repeat=1&after=0&until=1&count=1`;
    const headers = { 'x-api-key': theirs.token };
    const [exists, absent] = await Promise.all(
      [run.id, 'run_none'].map((id) => other.app.inject({ url: url(id), headers })),
    );
    expect([exists!.statusCode, exists!.body]).toEqual([404, absent!.body]);
    await other.app.close();
  });

  it('ends', async () => {
    const run = await runOf(await decisions(1));
    const past = { agent: AGENT, digest: DIGEST, tokenTtlMs: -1_000 };
    const ended = await registerAgent(acme.platform, acme.stores, past);
    expect((await fetchBatch(run, undefined, ended.token)).response.json()).toMatchObject({ code: 'auth.invalid' });
  });
});

describe('a run that is not open', () => {
  it.each([
    ['a lane it does not have', 'lane=control&repeat=1&after=0&until=1&count=1', 400, 'input.invalid'],
    ['a lane that is none', 'lane=left&repeat=1&after=0&until=1&count=1', 400, 'input.invalid'],
    ['repeat 0', 'lane=candidate&repeat=0&after=0&until=1&count=1', 400, 'input.invalid'],
    ['a repeat beyond its last', 'lane=candidate&repeat=2&after=0&until=1&count=1', 400, 'input.invalid'],
    ['a count of 0', 'lane=candidate&repeat=1&after=0&until=1&count=0', 400, 'input.invalid'],
    ['a count over the limit', 'lane=candidate&repeat=1&after=0&until=1&count=2001', 400, 'input.invalid'],
    ['no range', 'lane=candidate&repeat=1', 400, 'input.invalid'],
    ['a number with a sign', 'lane=candidate&repeat=1&after=-1&until=1&count=1', 400, 'input.invalid'],
    ['a parameter it does not know', 'lane=candidate&repeat=1&after=0&until=1&count=1&all=1', 400, 'input.invalid'],
  ] as const)('refuses %s', async (_name, query, status, code) => {
    const run = await runOf(await decisions(1));
    const { response } = await fetchBatch(run, query);
    expect([response.statusCode, response.json()]).toMatchObject([
      status,
      { code, field: expect.stringMatching(/^\//) as unknown },
    ]);
  });

  it('hands out nothing before its manifest is signed, nor after its end, and takes no result then', async () => {
    const ids = await decisions(1);
    const run = await runOf(ids);
    await database.db.sql('update runs set entry_id = null where id = $1', [run.id]);
    expect((await fetchBatch(run)).response.json()).toMatchObject({ status: 409, code: 'replay.run_closed' });
    await acme.stores.runs.update(run.id, { entryId: run.id, status: 'done' });
    expect((await fetchBatch(run)).response.json()).toMatchObject({ status: 409, code: 'replay.run_closed' });
    expect((await postResults(run, ndjson([done(ids[0]!)]))).json()).toMatchObject({
      status: 409,
      code: 'replay.run_closed',
    });
  });
});
