import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Link } from '@tenet-ledger/record';
import { testDatabase, type TestDatabase } from '../support/postgres.js';
import { accessesOf, caller, newKey, record, type Item, type Page } from './readSupport.js';
import { decisionRecord, newProducer, openApi, type ApiFixture, type Producer } from './support.js';

let database: TestDatabase;
let acme: ApiFixture;
let producer: Producer;
let reader: ReturnType<typeof caller>;
let readerKey: string;

const at = (minute: number): string => new Date(Date.UTC(2026, 10, 24, 10, minute)).toISOString();
const parent = (id: string): Link[] => [{ rel: 'parent', id }];
const inSession = (session: string) => ({ intent: { ...decisionRecord().intent, session } });
const inRun = (lineage: Record<string, string>) => ({ provenance: { ...decisionRecord().provenance, lineage } });

beforeAll(async () => {
  database = await testDatabase();
  acme = await openApi(database.db, 'acme');
  producer = await newProducer(acme);
  readerKey = await newKey(acme, ['read']);
  reader = caller(acme, readerKey, { 'x-purpose': 'complaint 17' });
  await record(acme, producer, [
    producer.submit(
      'dec_a',
      { ...inSession('ses_x'), ...inRun({ run_id: 'run-1' }) },
      { occurred_at: at(1), subject: 's1' },
    ),
    producer.submit(
      'dec_b',
      { ...inSession('ses_x'), ...inRun({ runId: 'run-1' }) },
      { occurred_at: at(2), links: parent('dec_a') },
    ),
    producer.submit('dec_c', inSession('dagster/run-2/retry-1'), {
      occurred_at: at(3),
      links: parent('dec_b'),
      type: 'kyc',
    }),
    producer.submit('dec_d', inSession('ses_y'), { occurred_at: at(4), agent: 'clerk@2.0.0', links: parent('dec_a') }),
    producer.submit(
      'eff_1',
      {},
      { kind: 'effect', type: 'effect', occurred_at: at(5), links: [{ rel: 'decision', id: 'dec_a' }] },
    ),
  ]);
});
afterAll(async () => {
  await acme.app.close();
  await database.drop();
});

const idsOf = ({ items }: { readonly items: readonly Item[] }): string[] => items.map(({ id }) => id);
const list = async (query = ''): Promise<Page> => (await reader.get<Page>(`/api/v1/decisions${query}`)).body;

describe('GET /decisions', () => {
  it.each([
    ['', ['dec_d', 'dec_c', 'dec_b', 'dec_a']],
    ['?session=ses_x', ['dec_b', 'dec_a']],
    ['?runId=run-1', ['dec_b', 'dec_a']],
    ['?subject=s1', ['dec_a']],
    ['?agent=clerk', ['dec_d']],
    ['?agent=underwriter@1.0.0&type=kyc', ['dec_c']],
    [`?from=${at(2)}&to=${at(4)}`, ['dec_c', 'dec_b']],
    ['?runId=run-1&session=ses_y', []],
    ['?kind=effect', ['eff_1']],
    ['?outcome=approved&session=ses_x', ['dec_b', 'dec_a']],
    ['?outcome=rejected', []],
  ])('%s', async (query, expected) => {
    expect(idsOf(await list(query))).toEqual(expected);
  });

  it('shows no value unless it is asked for, and then only those', async () => {
    expect(JSON.stringify(await list())).not.toContain('approved');
    const { items } = await list('?session=ses_x&fields=/decision,/intent/goal');
    expect(items.map(({ fields }) => fields)).toEqual(
      Array.from({ length: 2 }, () => ({
        '/intent/goal': 'decide a loan',
        '/decision/outcome': 'approved',
        '/decision/confidence': 0.9,
      })),
    );
  });

  it.each([
    ['limit=0', '/limit'],
    ['limit=501', '/limit'],
    ['limit=x', '/limit'],
    ['from=yesterday', '/from'],
    ['fields=outcome', '/fields'],
    ['kind=access', '/kind'],
    ['nonsense=1', '/nonsense'],
    ['cursor=nonsense', 'cursor'],
  ])('refuses %s and names what is wrong', async (query, field) => {
    const { status, body } = await reader.get<object>(`/api/v1/decisions?${query}`);
    expect([status, body]).toMatchObject([400, { code: 'input.invalid', field }]);
  });

  it('needs the scope', async () => {
    const { status, body } = await caller(acme, producer.apiKey).get('/api/v1/decisions');
    expect([status, body]).toMatchObject([403, { code: 'auth.forbidden', expected: 'read' }]);
  });
});

describe('paging', () => {
  it('gives what was there once and in order, whatever comes in meanwhile', async () => {
    const paged = await openApi(database.db, 'paged');
    const theirs = await newProducer(paged);
    const get = caller(paged, await newKey(paged, ['read'])).get;
    let made = 0;
    const add = (minutes: readonly number[]): Promise<void> =>
      record(
        paged,
        theirs,
        minutes.map((minute) => theirs.submit(`dec_p${(made += 1)}`, {}, { occurred_at: at(minute) })),
      );
    await add(Array.from({ length: 40 }, (_, i) => i % 13));
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 17 }),
        fc.array(fc.array(fc.integer({ min: 0, max: 20 }), { minLength: 1, maxLength: 3 }), { maxLength: 4 }),
        async (limit, arrivals) => {
          const before = idsOf((await get<Page>('/api/v1/decisions?limit=500')).body);
          const seen: Item[] = [];
          const coming = [...arrivals];
          for (let cursor: string | null = ''; cursor !== null;) {
            const after: string = cursor === '' ? '' : `&cursor=${cursor}`;
            const page: Page = (await get<Page>(`/api/v1/decisions?limit=${limit}${after}`)).body;
            seen.push(...page.items);
            cursor = page.cursor;
            const next = coming.shift();
            if (next !== undefined) await add(next);
          }
          const ids = idsOf({ items: seen });
          expect(new Set(ids).size).toBe(ids.length);
          expect(ids.filter((id) => before.includes(id))).toEqual(before);
          const order = seen.map(({ occurredAt, id }) => `${occurredAt} ${id}`);
          expect(order).toEqual([...order].sort().reverse());
        },
      ),
      { numRuns: 12 },
    );
    await paged.app.close();
  });
});

describe('a page of very large values', () => {
  it('ends early and goes on where it ended', async () => {
    const large = Array.from({ length: 13 }, (_, i) =>
      producer.submit(`dec_large${10 + i}`, { context: { inputs: 'x'.repeat(700_000) }, ...inSession('ses_large') }),
    );
    for (let at = 0; at < large.length; at += 5) await record(acme, producer, large.slice(at, at + 5));
    const seen: string[] = [];
    const sizes: number[] = [];
    for (let cursor: string | null = ''; cursor !== null;) {
      const after: string = cursor === '' ? '' : `&cursor=${cursor}`;
      const page: Page = await list(`?session=ses_large&fields=*${after}`);
      seen.push(...idsOf(page));
      sizes.push(page.items.length);
      cursor = page.cursor;
    }
    expect(seen).toEqual(large.map((_, i) => `dec_large${22 - i}`));
    expect(sizes).toEqual([12, 1]);
  });
});

describe('GET /decisions/:id', () => {
  it('gives the leaf, all values and what links to it', async () => {
    const { body } = await reader.get<Record<string, unknown>>('/api/v1/decisions/dec_a');
    expect(body).toMatchObject({
      id: 'dec_a',
      runId: 'run-1',
      subject: 's1',
      erased: false,
      withheld: [],
      fields: { '/decision/outcome': 'approved', '/reasoning/0': 'the recorded reason' },
    });
    const linked = body['linked'] as Item[];
    expect(linked.map(({ id }) => id).sort()).toEqual(['dec_b', 'dec_d', 'eff_1']);
  });

  it('gives the fields that are asked for and names the others', async () => {
    const { body } = await reader.get<Record<string, unknown>>('/api/v1/decisions/dec_a?fields=/decision/outcome');
    expect(body['fields']).toEqual({ '/decision/outcome': 'approved' });
    expect(body['withheld']).toContain('/intent/goal');
    const none = await reader.get<Record<string, unknown>>('/api/v1/decisions/dec_a?fields=');
    expect(none.body['fields']).toEqual({});
  });

  it.each(['dec_unknown', 'access entries'])('does not give %s', async (which) => {
    const [access] = (await acme.platform.ledger.listDecisions({ kind: 'access' })).ids;
    const { status } = await reader.get(`/api/v1/decisions/${which === 'dec_unknown' ? which : access}`);
    expect(status).toBe(404);
  });

  it('says that an erased decision is erased, and logs no access to what is not there', async () => {
    await record(acme, producer, [producer.submit('dec_gone', inSession('ses_gone'), { subject: 's_gone' })]);
    await acme.platform.ledger.eraseSubject({ subject: 's_gone', basis: 'request 4' });
    const { made, seen } = await accessesOf(acme, () => reader.get<object>('/api/v1/decisions/dec_gone'));
    expect([made.body, seen]).toMatchObject([{ erased: true, fields: {} }, []]);
  });
});

describe('sessions and intents', () => {
  it('a timeline holds decisions and what was said of them later, oldest first, page by page', async () => {
    const first = await reader.get<Page>('/api/v1/sessions/ses_x/timeline?limit=2');
    expect(idsOf(first.body)).toEqual(['dec_a', 'dec_b']);
    const rest = await reader.get<Page>(
      `/api/v1/sessions/ses_x/timeline?cursor=${first.body.cursor}&fields=/decision/outcome`,
    );
    expect([idsOf(rest.body), rest.body.cursor]).toEqual([['eff_1'], null]);
    const slashed = `/api/v1/sessions/${encodeURIComponent('dagster/run-2/retry-1')}/timeline`;
    expect(idsOf((await reader.get<Page>(slashed)).body)).toEqual(['dec_c']);
  });

  it('a tree follows the parent links, without values', async () => {
    const { body } = await reader.get('/api/v1/intents/dec_a/tree');
    expect(body).toMatchObject({
      intent: { id: 'dec_a' },
      truncated: false,
      children: [
        { id: 'dec_b', children: [{ id: 'dec_c', children: [] }] },
        { id: 'dec_d', children: [] },
      ],
    });
    expect((await reader.get('/api/v1/intents/nobody/tree')).status).toBe(404);
  });

  it('a tree of an intent that is no entry has no root, a circle ends, and a wide one is cut and says so', async () => {
    await record(acme, producer, [
      producer.submit('dec_o1', {}, { links: parent('intent-elsewhere') }),
      producer.submit('dec_o2', {}, { links: parent('dec_o3') }),
      producer.submit('dec_o3', {}, { links: parent('dec_o2') }),
    ]);
    const outside = await reader.get('/api/v1/intents/intent-elsewhere/tree');
    expect(outside.body).toMatchObject({ intent: null, children: [{ id: 'dec_o1' }] });
    const circle = await reader.get('/api/v1/intents/dec_o2/tree');
    expect(circle.body).toMatchObject({ intent: { id: 'dec_o2' }, children: [{ id: 'dec_o3', children: [] }] });
    const many = Array.from({ length: 1_001 }, (_, i) =>
      producer.submit(`dec_w${i}`, {}, { links: parent('dec_wide') }),
    );
    await record(acme, producer, many);
    const wide = await reader.get('/api/v1/intents/dec_wide/tree');
    expect(wide.body).toMatchObject({ intent: null, truncated: true });
    expect((wide.body as { children: unknown[] }).children).toHaveLength(1_000);
  });
});

describe('another tenant', () => {
  it('has no key here, and its ids, sessions and intents are not found', async () => {
    const other = await openApi(database.db, 'other');
    const theirs = caller(other, await newKey(other, ['read', 'admin', 'gate']));
    const urls = ['decisions/dec_a', 'intents/dec_a/tree'];
    for (const url of urls) expect((await theirs.get(`/api/v1/${url}`)).status).toBe(404);
    for (const url of ['decisions', 'decisions?runId=run-1', 'sessions/ses_x/timeline', 'access'])
      expect((await theirs.get<Page>(`/api/v1/${url}`)).body.items).toEqual([]);
    const search = { field: '/decision/outcome', op: 'exists' };
    expect((await theirs.post<Page>('/api/v1/search', search)).body.items).toEqual([]);
    expect((await caller(other, readerKey).get('/api/v1/decisions')).status).toBe(401);
    const [mine] = (await caller(acme, await newKey(acme, ['admin'])).get<{ keys: { ref: string }[] }>('/api/v1/keys'))
      .body.keys;
    expect((await theirs.remove(`/api/v1/keys/${mine!.ref}`)).status).toBe(404);
    await other.app.close();
  });
});
