import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { createDisclosedReads } from '../../src/ledger/index.js';
import { testDatabase, type TestDatabase } from '../support/postgres.js';
import { accesses, accessesOf, caller, newKey, record, type Page } from './readSupport.js';
import { newProducer, openApi, type ApiFixture, type Producer } from './support.js';

let database: TestDatabase;
let acme: ApiFixture;
let producer: Producer;
let key: string;
let reader: ReturnType<typeof caller>;
let by: { apiKey: string; label: string };
const OUTCOMES = ['approved', 'rejected', 'approved', 'referred'];
const IDS = OUTCOMES.map((_, i) => `dec_${i + 1}`);

beforeAll(async () => {
  database = await testDatabase();
  acme = await openApi(database.db, 'acme', { limits: { searchCandidates: 5 } });
  producer = await newProducer(acme);
  key = await newKey(acme, ['read']);
  reader = caller(acme, key, { 'x-purpose': 'complaint 17' });
  const { ref, label } = (await acme.stores.apiKeys.verify(key))!;
  by = { apiKey: ref, label };
  await record(
    acme,
    producer,
    OUTCOMES.map((outcome, i) =>
      producer.submit(
        IDS[i]!,
        {
          decision: { outcome, confidence: i / 10 },
          context: { inputs: { amount: 1_000 * i, person: { age: 20 + i } } },
        },
        { occurred_at: new Date(Date.UTC(2026, 0, 1, 0, i)).toISOString() },
      ),
    ),
  );
});
afterAll(async () => {
  await acme.app.close();
  await database.drop();
});

describe('a read of values', () => {
  it('is an entry before the answer: who, what for, which fields of which decision', async () => {
    const { seen } = await accessesOf(acme, () => reader.get('/api/v1/decisions/dec_2?fields=/decision'));
    expect(seen).toEqual([
      { by, purpose: 'complaint 17', decisions: ['dec_2'], fields: ['/decision/confidence', '/decision/outcome'] },
    ]);
  });

  it('of a page is one entry for all that have the same fields', async () => {
    const { seen } = await accessesOf(acme, () => reader.get('/api/v1/decisions?fields=/decision/outcome'));
    expect(seen).toEqual([{ by, purpose: 'complaint 17', decisions: IDS.toReversed(), fields: ['/decision/outcome'] }]);
  });

  it('without a purpose says so', async () => {
    const { seen } = await accessesOf(acme, () => caller(acme, key).get('/api/v1/decisions/dec_1'));
    expect(seen).toMatchObject([{ by, purpose: 'not stated', decisions: ['dec_1'] }]);
  });

  it('that gives no value is no entry', async () => {
    const { seen } = await accessesOf(acme, async () => {
      await reader.get('/api/v1/decisions');
      await reader.get('/api/v1/decisions/dec_1?fields=');
      await reader.get('/api/v1/decisions/dec_1?fields=/nothing/here');
      await reader.get('/api/v1/intents/dec_1/tree');
      await reader.get('/api/v1/sessions/ses_1/timeline');
    });
    expect(seen).toEqual([]);
  });

  it('is not answered where its entry could not be written', async () => {
    const append = (): Promise<never> => Promise.reject(new Error('disk full'));
    const reads = createDisclosedReads({ ...acme.platform.ledger, append });
    await expect(reads.read(['dec_1'], { by, purpose: 'test' })).rejects.toThrow('disk full');
    const search = {
      where: [{ field: '/decision/outcome', op: 'exists' }],
      candidates: 5,
      choose: () => false,
    } as const;
    await expect(reads.search(search, { by, purpose: 'test' })).rejects.toThrow('disk full');
  });

  it('of many at once is gathered into few appends, and each is answered', async () => {
    const append = vi.spyOn(acme.platform.ledger, 'append');
    const reads = createDisclosedReads(acme.platform.ledger);
    const before = (await accesses(acme)).length;
    const all = Array.from({ length: 60 }, (_, i) =>
      reads.read([IDS[i % 4]!], { by: 'somebody', purpose: `case ${i % 3}` }, (path) => path === '/decision/outcome'),
    );
    await Promise.all(all);
    expect(append.mock.calls.length).toBeLessThan(10);
    append.mockRestore();
    const named = new Map<unknown, Set<string>>();
    for (const { purpose, decisions } of (await accesses(acme)).slice(before))
      named.set(purpose, new Set([...(named.get(purpose) ?? []), ...decisions]));
    expect([...named.values()].map((ids) => ids.size)).toEqual([4, 4, 4]);
  });

  it('refuses a purpose that is a story', async () => {
    const { status, body } = await caller(acme, key, { 'x-purpose': 'x'.repeat(201) }).get('/api/v1/decisions/dec_1');
    expect([status, body]).toMatchObject([400, { code: 'input.invalid', field: 'x-purpose' }]);
  });
});

const search = async (body: object): Promise<Page> => (await reader.post<Page>('/api/v1/search', body)).body;

describe('POST /search', () => {
  it.each([
    [{ field: '/decision/outcome', op: 'eq', value: 'approved' }, ['dec_3', 'dec_1']],
    [{ field: '/decision/outcome', op: 'ne', value: 'approved' }, ['dec_4', 'dec_2']],
    [{ field: '/decision/outcome', op: 'in', value: ['referred', 'rejected'] }, ['dec_4', 'dec_2']],
    [{ field: '/context/inputs/amount', op: 'gte', value: 2_000 }, ['dec_4', 'dec_3']],
    [{ field: '/context/inputs/amount', op: 'lt', value: '2000' }, []],
    [{ field: '/context/inputs/person/age', op: 'eq', value: 21 }, ['dec_2']],
    [{ field: '/context/inputs/person', op: 'eq', value: { age: 21 } }, ['dec_2']],
    [{ field: '/reasoning', op: 'contains', value: 'SAVINGS' }, ['dec_4', 'dec_3', 'dec_2', 'dec_1']],
    [{ field: '/context/inputs/toString', op: 'exists' }, []],
    [{ field: '/decision/rules', op: 'exists', value: false }, ['dec_4', 'dec_3', 'dec_2', 'dec_1']],
    [
      {
        field: '/decision/outcome',
        op: 'eq',
        value: 'approved',
        and: [{ field: '/decision/confidence', op: 'gt', value: 0.1 }],
      },
      ['dec_3'],
    ],
  ])('%j', async (body, expected) => {
    expect((await search(body)).items.map(({ id }) => id)).toEqual(expected);
  });

  it('names every entry that it opened, whether it fits or not, and the values it gave', async () => {
    const body = { field: '/decision/outcome', op: 'eq', value: 'rejected', fields: ['/context/inputs'] };
    const { made, seen } = await accessesOf(acme, () => search(body));
    expect(made.items).toMatchObject([{ id: 'dec_2', fields: { '/context/inputs': { amount: 1_000 } } }]);
    expect(seen).toHaveLength(2);
    expect(seen).toEqual(
      expect.arrayContaining([
        { by, purpose: 'complaint 17', decisions: ['dec_4', 'dec_3', 'dec_1'], fields: ['/decision/outcome'] },
        { by, purpose: 'complaint 17', decisions: ['dec_2'], fields: ['/context/inputs', '/decision/outcome'] },
      ]),
    );
  });

  it('looks at a bounded number, says so, and goes on from there', async () => {
    const late = Array.from({ length: 9 }, (_, i) =>
      producer.submit(
        `dec_l${i}`,
        { decision: { outcome: 'late' } },
        { occurred_at: '2025-01-01T00:00:00.000Z', type: 'late' },
      ),
    );
    await record(acme, producer, late);
    const body = { field: '/decision/outcome', op: 'eq', value: 'late', type: 'late', limit: 3 };
    const found: string[] = [];
    const scanned: number[] = [];
    let cursor: string | null = null;
    do {
      const page: Page = await search({ ...body, ...(cursor === null ? {} : { cursor }) });
      found.push(...page.items.map(({ id }) => id));
      scanned.push(page.search!.scanned);
      expect(page.search!.bound).toBe(5);
      ({ cursor } = page);
    } while (cursor !== null);
    expect(found).toEqual(Array.from({ length: 9 }, (_, i) => `dec_l${8 - i}`));
    expect(scanned).toEqual([3, 3, 3]);
    const none = await search({ field: '/decision/outcome', op: 'eq', value: 'never', type: 'late' });
    expect([none.items, none.search!.scanned, none.cursor === null]).toEqual([[], 5, false]);
  });

  it.each([
    [{ op: 'eq', value: 1 }, '/field'],
    [{ field: 'outcome', op: 'eq', value: 1 }, '/field'],
    [{ field: '/decision/outcome', op: 'like', value: 1 }, '/op'],
    [{ field: '/decision/outcome', op: 'eq', value: 1, where: 'x' }, '/where'],
    [{ field: '/decision/outcome', op: 'eq', and: [{ field: '/x', op: 'no' }] }, '/and/0/op'],
  ])('refuses %j and names the field', async (body, field) => {
    const { status, body: problem } = await reader.post('/api/v1/search', body);
    expect([status, problem]).toMatchObject([400, { code: 'input.invalid', field }]);
  });

  it('refuses a body that nests too deeply', async () => {
    const deep = `{"field":"/a","op":"eq","value":${'['.repeat(40)}${']'.repeat(40)}}`;
    const { status, body } = await reader.post('/api/v1/search', deep);
    expect([status, body]).toMatchObject([400, { code: 'input.too_deep' }]);
  });
});

describe('a key for some fields', () => {
  it('sees those, is told of the others, and can neither ask nor search for them', async () => {
    const narrow = caller(acme, await newKey(acme, ['read'], ['/decision']));
    const shown = await narrow.get<{ fields: object; withheld: string[] }>('/api/v1/decisions/dec_1');
    expect(Object.keys(shown.body.fields).sort()).toEqual(['/decision/confidence', '/decision/outcome']);
    expect(shown.body.withheld).toContain('/context/inputs');
    const refused = [
      await narrow.get('/api/v1/decisions/dec_1?fields=/context/inputs'),
      await narrow.get('/api/v1/decisions?fields=/decisions'),
      await narrow.post('/api/v1/search', { field: '/context/inputs/amount', op: 'eq', value: 0 }),
      await narrow.post('/api/v1/search', { field: '/decision/outcome', op: 'exists', fields: ['/tape'] }),
    ];
    for (const { status, body } of refused) expect([status, body]).toMatchObject([403, { code: 'auth.forbidden' }]);
    const outcome = { field: '/decision/outcome', op: 'eq', value: 'referred' };
    expect((await narrow.post<Page>('/api/v1/search', outcome)).body.items.map(({ id }) => id)).toEqual(['dec_4']);
  });
});

describe('GET /access', () => {
  it('tells an admin who read what, and is a read itself', async () => {
    const admin = caller(acme, await newKey(acme, ['admin']), { 'x-purpose': 'review' });
    await reader.get('/api/v1/decisions/dec_3?fields=/decision/outcome');
    const { made, seen } = await accessesOf(acme, () =>
      admin.get<{ items: { decisions: string[]; purpose: string }[] }>('/api/v1/access?limit=1'),
    );
    expect(made.body.items).toMatchObject([{ purpose: 'complaint 17', decisions: ['dec_3'] }]);
    expect(seen).toMatchObject([{ purpose: 'review', fields: expect.arrayContaining(['/access/by']) as unknown }]);
    const of = await admin.get<{ items: { decisions: string[] }[] }>('/api/v1/access?decision=dec_3');
    expect(of.body.items.length).toBeGreaterThan(0);
    for (const { decisions } of of.body.items) expect(decisions).toContain('dec_3');
    expect((await reader.get('/api/v1/access')).status).toBe(403);
  });
});
