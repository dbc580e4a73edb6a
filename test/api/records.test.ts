import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { parseVkey, openCheckpoint, portableVerify, toBase64 } from '@tenet-ledger/record';
import { testDatabase, type TestDatabase } from '../support/postgres.js';
import { ndjson, newProducer, openApi, postNdjson, type ApiFixture, type Producer } from './support.js';

let database: TestDatabase;
let acme: ApiFixture;
let producer: Producer;
const URL = '/api/v1/records';

beforeAll(async () => {
  database = await testDatabase();
  acme = await openApi(database.db, 'acme');
  producer = await newProducer(acme);
});
afterAll(async () => {
  await acme.app.close();
  await database.drop();
});

interface Answer {
  results: { line: number; id: string; status: string; code?: string; message?: string; field?: string }[];
  checkpoint: { size: number; root: string; note: string } | null;
}
const post = async (payload: string | Buffer, apiKey: string | undefined = producer.apiKey, headers = {}) => {
  const response = await postNdjson(acme, URL, apiKey, payload, headers);
  return { response, body: response.json<Answer>() };
};
let count = 0;
const nextId = (): string => `dec_${String((count += 1)).padStart(6, '0')}`;

describe('POST /records', () => {
  it('answers every line after commit, with the latest checkpoint', async () => {
    const items = [nextId(), nextId(), nextId()].map((id) => producer.submit(id));
    const { response, body } = await post(ndjson(items));
    expect(response.statusCode).toBe(200);
    expect(body.results.map(({ line, status }) => [line, status])).toEqual([
      [1, 'accepted'],
      [2, 'accepted'],
      [3, 'accepted'],
    ]);
    const ids = body.results.map(({ id }) => id);
    const [row] = await database.db.sql('select count(*)::int as n from entries where id = any($1)', [ids]);
    expect(row?.['n']).toBe(3);

    const vkey = parseVkey(acme.platform.vkey);
    const { checkpoint } = openCheckpoint(body.checkpoint!.note, [vkey], portableVerify);
    expect([checkpoint.size, toBase64(checkpoint.root)]).toEqual([body.checkpoint!.size, body.checkpoint!.root]);
  });

  it('takes the same batch twenty times at once and keeps it once', async () => {
    const items = Array.from({ length: 25 }, () => producer.submit(nextId()));
    const payload = ndjson(items);
    const answers = await Promise.all(Array.from({ length: 20 }, () => post(payload)));
    const statuses = answers.flatMap(({ body }) => body.results.map(({ status }) => status));
    expect(statuses.filter((status) => status === 'accepted')).toHaveLength(25);
    expect(statuses.filter((status) => status === 'duplicate')).toHaveLength(19 * 25);
    const ids = answers[0]!.body.results.map(({ id }) => id);
    const [row] = await database.db.sql('select count(*)::int as n from queue where entry_id = any($1)', [ids]);
    expect(row?.['n']).toBe(25);
  });

  it('refuses a bad line with its number and takes the others', async () => {
    const good = [producer.submit(nextId()), producer.submit(nextId())];
    const named = producer.submit('dec_named');
    const lines = [
      JSON.stringify(good[0]),
      '{"leaf": "secret text',
      '',
      JSON.stringify({ ...named, subject: 'x' }),
      JSON.stringify({ leaf: 7, disclosures: [] }),
      JSON.stringify({ leaf: 'x', disclosures: ['a', 3] }),
      '[]',
      JSON.stringify({ leaf: 'not a leaf', disclosures: [] }),
      JSON.stringify(good[1]),
    ];
    const { body } = await post(lines.join('\n'));
    expect(body.results.map(({ line, id, status, code, field }) => [line, id, status, code, field])).toEqual([
      [1, expect.any(String), 'accepted', undefined, undefined],
      [2, '', 'refused', 'input.invalid', ''],
      [4, 'dec_named', 'refused', 'input.invalid', '/subject'],
      [5, '', 'refused', 'input.invalid', '/leaf'],
      [6, '', 'refused', 'input.invalid', '/disclosures/1'],
      [7, '', 'refused', 'input.invalid', ''],
      [8, '', 'refused', 'record.invalid', expect.any(String)],
      [9, expect.any(String), 'accepted', undefined, undefined],
    ]);
    expect(JSON.stringify(body)).not.toContain('secret');
  });

  it('refuses a line that is not UTF-8, and one over 1 MB by the id it claims', async () => {
    const large = producer.submit('dec_large');
    const padded = JSON.stringify({ ...large, disclosures: [...large.disclosures, 'A'.repeat(1024 * 1024)] });
    const { body } = await post(Buffer.concat([Buffer.from([0x22, 0xff, 0x22, 0x0a]), Buffer.from(padded)]));
    expect(body.results.map(({ line, id, code }) => [line, id, code])).toEqual([
      [1, '', 'input.invalid'],
      [2, 'dec_large', 'input.too_large'],
    ]);
  });

  it('refuses records under a key that the API key is not bound to', async () => {
    const stranger = await newProducer(acme);
    const { body } = await post(ndjson([stranger.submit(nextId())]));
    expect(body.results).toMatchObject([{ status: 'refused', code: 'auth.forbidden' }]);
  });

  it('does not take the key of another tenant', async () => {
    const other = await openApi(database.db, 'other');
    const theirs = await newProducer(other);
    const { response, body } = await post(ndjson([theirs.submit(nextId())]), theirs.apiKey);
    expect([response.statusCode, body]).toMatchObject([401, { code: 'auth.invalid' }]);
    const sent = await postNdjson(other, URL, theirs.apiKey, ndjson([producer.submit(nextId())]));
    expect(sent.json<Answer>().results).toMatchObject([{ status: 'refused' }]);
    await other.app.close();
  });
});

describe('refusals are problem+json', () => {
  const body = (): string => ndjson([producer.submit(nextId())]);
  it.each([
    ['no key', () => post(body(), ''), 401, 'auth.missing'],
    ['an unknown key', () => post(body(), 'tnt_nonsense'), 401, 'auth.invalid'],
    [
      'another content type',
      () => post('{}', undefined, { 'content-type': 'application/json' }),
      415,
      'input.media_type',
    ],
    ['another content encoding', () => post(body(), undefined, { 'content-encoding': 'br' }), 415, 'input.media_type'],
    ['an empty body', () => post('\n\n'), 400, 'input.invalid'],
    ['a body over 8 MB', () => post(Buffer.alloc(8 * 1024 * 1024 + 1, 0x20)), 413, 'input.too_large'],
    ['too many lines', () => post('1\n'.repeat(5_001)), 413, 'input.too_large'],
  ] as const)('%s', async (_name, send, status, code) => {
    const { response, body: problem } = await send();
    expect(response.headers['content-type']).toMatch(/^application\/problem\+json/);
    expect([response.statusCode, problem]).toMatchObject([status, { status, code, type: `urn:tenet:error:${code}` }]);
  });

  it('a key without the scope', async () => {
    const { apiKey } = await acme.stores.apiKeys.mint({ scopes: ['read'], label: 'r' });
    const { response, body: problem } = await post(body(), apiKey);
    expect([response.statusCode, problem]).toMatchObject([
      403,
      { code: 'auth.forbidden', expected: 'write', got: 'read' },
    ]);
  });

  it('a door that is not there', async () => {
    const response = await acme.app.inject({ method: 'GET', url: '/api/v1/nothing?x=secret' });
    expect([response.statusCode, response.json()]).toMatchObject([404, { code: 'not_found' }]);
    expect(response.body).not.toContain('secret');
  });

  it('too many at once, with the time to come back', async () => {
    const busy = await openApi(database.db, 'busy', { limits: { bodiesAtOnce: 1 } });
    const theirs = await newProducer(busy);
    const payload = ndjson([theirs.submit(nextId())]);
    let release = (): void => undefined;
    const held = new Promise<void>((resolve) => (release = resolve));
    const ingest = vi.spyOn(busy.platform.ledger, 'ingest').mockImplementationOnce(async () => {
      await held;
      return [{ id: 'dec_held', status: 'accepted' }];
    });
    const first = postNdjson(busy, URL, theirs.apiKey, payload);
    await vi.waitFor(() => expect(ingest).toHaveBeenCalled());
    const second = await postNdjson(busy, URL, theirs.apiKey, payload);
    expect([second.statusCode, second.headers['retry-after'], second.json()]).toMatchObject([
      429,
      '1',
      { code: 'api.busy' },
    ]);
    release();
    expect((await first).statusCode).toBe(200);
    expect((await postNdjson(busy, URL, theirs.apiKey, payload)).statusCode).toBe(200);
    await busy.app.close();
  });
});

describe('health', () => {
  it('is one thing, readiness another', async () => {
    const healthy = await acme.app.inject({ url: '/healthz' });
    expect([healthy.statusCode, healthy.json()]).toEqual([200, { status: 'ok' }]);
    const ready = await acme.app.inject({ url: '/readyz' });
    expect(ready.json()).toEqual({ status: 'ready', checks: { database: 'ok', ledger: 'ok' } });
    await database.db.sql(`update heads set halted = 'test' where tenant = 'acme'`);
    const halted = await acme.app.inject({ url: '/readyz' });
    expect([halted.statusCode, halted.json()]).toMatchObject([503, { checks: { ledger: 'halted' } }]);
    await database.db.sql(`update heads set halted = null where tenant = 'acme'`);
  });
});
