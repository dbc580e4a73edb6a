import { once } from 'node:events';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { registerAgent } from '../../src/api/index.js';
import { testDatabase, type TestDatabase } from '../support/postgres.js';
import { DIGEST, startRun } from '../db/replaySupport.js';
import { ndjson, newProducer, openApi, postNdjson, type ApiFixture } from './support.js';

let database: TestDatabase;
let acme: ApiFixture;
let base: string;
let token: string;
let runId: string;
const AGENT = 'underwriter@1.1.0';
/** Larger than what sockets and streams buffer between server and client. */
const ITEMS = 400;
const FILLER = 'x'.repeat(60_000);

beforeAll(async () => {
  database = await testDatabase();
  acme = await openApi(database.db, 'acme');
  const producer = await newProducer(acme);
  const ids = Array.from({ length: ITEMS }, (_, i) => `dec_${String(i).padStart(4, '0')}`);
  for (let at = 0; at < ITEMS; at += 50) {
    const items = ids.slice(at, at + 50).map((id) => producer.submit(id, { context: { inputs: { FILLER } } }));
    await postNdjson(acme, '/api/v1/records', producer.apiKey, ndjson(items));
  }
  token = (await registerAgent(acme.platform, acme.stores, { agent: AGENT, digest: DIGEST })).token;
  runId = (await startRun({ stores: acme.stores, tenant: 'acme' }, ids)).id;
  base = await acme.app.listen({ host: '127.0.0.1', port: 0 });
});
afterAll(async () => {
  await acme.app.close();
  await database.drop();
});

const batchUrl = (count: number): string =>
  `${base}/api/v1/replay/${runId}/batches?lane=candidate&repeat=1&after=0&until=${ITEMS}&count=${count}`;

describe('a batch over a socket', () => {
  it('waits for a slow reader instead of holding the whole batch', async () => {
    const spy = vi.spyOn(acme.platform.ledger, 'readDecisions');
    const response = await fetch(batchUrl(ITEMS), { headers: { 'x-api-key': token } });
    await new Promise((resolve) => setTimeout(resolve, 500));
    const readEarly = spy.mock.calls.reduce((sum, [ids]) => sum + ids.length, 0);
    const text = await response.text();
    spy.mockRestore();
    expect(readEarly).toBeLessThan(ITEMS);
    expect(text.trimEnd().split('\n')).toHaveLength(ITEMS + 1);
  });

  it('ends when its reader goes away, and the next one is served', async () => {
    const going = new AbortController();
    const response = await fetch(batchUrl(ITEMS), { headers: { 'x-api-key': token }, signal: going.signal });
    await response.body?.getReader().read();
    going.abort();
    const again = await fetch(batchUrl(10), { headers: { 'x-api-key': token } });
    expect((await again.text()).trimEnd().split('\n')).toHaveLength(11);
  });
});

describe('the server', () => {
  it('refuses headers over its limit', async () => {
    const response = await fetch(`${base}/healthz`, { headers: { 'x-filler': 'x'.repeat(20_000) } });
    expect(response.status).toBe(431);
  });

  it('frees the place of a caller that goes away while it sends', async () => {
    const small = await openApi(database.db, 'small', { limits: { bodiesAtOnce: 1 } });
    const theirs = await newProducer(small);
    const address = new URL(await small.app.listen({ host: '127.0.0.1', port: 0 }));
    const socket = connect(Number(address.port), address.hostname);
    const head = `POST /api/v1/records HTTP/1.1\r\nhost: x\r\nx-api-key: ${theirs.apiKey}\r\ncontent-type: application/x-ndjson\r\ncontent-length: 1000\r\n\r\n{`;
    socket.write(head);
    await once(small.app.server, 'request');
    await new Promise((resolve) => setTimeout(resolve, 200));
    const post = () => postNdjson(small, '/api/v1/records', theirs.apiKey, ndjson([theirs.submit('dec_after')]));
    expect((await post()).statusCode).toBe(429);
    socket.destroy();
    await expect.poll(async () => (await post()).statusCode).toBe(200);
    await small.app.close();
  });

  it('answers what is under way before it closes, and then takes nothing', async () => {
    const closing = await openApi(database.db, 'closing');
    const theirs = await newProducer(closing);
    const url = await closing.app.listen({ host: '127.0.0.1', port: 0 });
    const items = Array.from({ length: 100 }, (_, i) => theirs.submit(`dec_${i}`));
    const headers = { 'content-type': 'application/x-ndjson', 'x-api-key': theirs.apiKey };
    const ingest = vi.spyOn(closing.platform.ledger, 'ingest');
    const answer = fetch(`${url}/api/v1/records`, { method: 'POST', headers, body: ndjson(items) });
    await vi.waitFor(() => expect(ingest).toHaveBeenCalled());
    const closed = closing.app.close();
    const response = await answer;
    expect([response.status, ((await response.json()) as { results: unknown[] }).results.length]).toEqual([200, 100]);
    await closed;
    await expect(fetch(`${url}/healthz`)).rejects.toThrow();
  });
});
