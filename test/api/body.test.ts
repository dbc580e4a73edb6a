import { request as httpRequest } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import fastify, { type FastifyInstance } from 'fastify';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isDeeperThan, readJsonBody, takeBodies } from '../../src/api/body/index.js';
import { useProblems } from '../../src/api/problems.js';

const LIMIT = 64 * 1024;
const BOMB_LIMIT = 8 * 1024 * 1024;

let app: FastifyInstance;
let port: number;
beforeAll(async () => {
  app = fastify({ forceCloseConnections: true });
  useProblems(app);
  takeBodies(app, ['application/x-ndjson']);
  const length = async (request: { body: unknown }) => ({ length: (request.body as Buffer).length });
  app.post('/small', { bodyLimit: LIMIT }, length);
  app.post('/large', { bodyLimit: BOMB_LIMIT }, length);
  await app.listen({ host: '127.0.0.1', port: 0 });
  port = (app.server.address() as AddressInfo).port;
});
afterAll(() => app.close());

interface Sent {
  readonly path?: string;
  readonly headers?: Record<string, string>;
  readonly chunks: readonly Buffer[];
  /** Without a length the body is framed in chunks. */
  readonly framed?: boolean;
}

function send({ path = '/small', headers = {}, chunks, framed = false }: Sent) {
  const length = chunks.reduce((sum, chunk) => sum + chunk.length, 0);
  return new Promise<{ status: number; body: Record<string, unknown> }>((resolve, reject) => {
    const request = httpRequest({
      port,
      path,
      method: 'POST',
      headers: {
        'content-type': 'application/x-ndjson',
        ...(framed ? { 'transfer-encoding': 'chunked' } : { 'content-length': String(length) }),
        ...headers,
      },
    });
    let answered = false;
    request.on('response', (response) => {
      answered = true;
      let text = '';
      response.setEncoding('utf8').on('data', (part: string) => (text += part));
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, body: JSON.parse(text) as Record<string, unknown> }),
      );
      response.on('error', reject);
    });
    // The server stops reading once it has refused; whatever was still on its way is lost.
    request.on('error', (error) => (answered ? undefined : reject(error)));
    for (const chunk of chunks) request.write(chunk);
    request.end();
  });
}

const cut = (bytes: Buffer, at: number): Buffer[] => [bytes.subarray(0, at), bytes.subarray(at)];
const GZIP = { 'content-encoding': 'gzip' };

describe('the limit of a body', () => {
  it('holds for its inflated size, whatever the encoding, the framing and the pieces it comes in', async () => {
    const cases = fc.record({
      over: fc.integer({ min: -300, max: 300 }),
      gzip: fc.boolean(),
      members: fc.boolean(),
      framed: fc.boolean(),
      share: fc.double({ min: 0, max: 1, noNaN: true }),
      fill: fc.integer({ min: 0, max: 255 }),
    });
    await fc.assert(
      fc.asyncProperty(cases, async ({ over, gzip, members, framed, share, fill }) => {
        const plain = Buffer.alloc(LIMIT + over, fill);
        const zipped = members
          ? Buffer.concat(cut(plain, Math.floor(plain.length * share)).map((part) => gzipSync(part)))
          : gzipSync(plain);
        const bytes = gzip ? zipped : plain;
        const { status, body } = await send({
          chunks: cut(bytes, Math.floor(bytes.length * share)),
          framed,
          ...(gzip ? { headers: GZIP } : {}),
        });
        if (over <= 0) expect([status, body]).toEqual([200, { length: plain.length }]);
        else expect([status, body]).toMatchObject([413, { code: 'input.too_large' }]);
      }),
      { numRuns: 60 },
    );
  });

  it('stops a bomb at the limit: 8 GB in 8 MB are refused without being inflated', async () => {
    const member = gzipSync(Buffer.alloc(16 * 1024 * 1024));
    const bomb = Buffer.concat(Array.from({ length: Math.floor(BOMB_LIMIT / member.length) }, () => member));
    const before = process.memoryUsage().rss;
    const began = performance.now();
    const { status, body } = await send({ path: '/large', headers: GZIP, chunks: [bomb] });
    expect([status, body]).toMatchObject([413, { code: 'input.too_large' }]);
    // Inflating it all takes some ten seconds and eight gigabytes.
    expect(performance.now() - began).toBeLessThan(3_000);
    expect(process.memoryUsage().rss - before).toBeLessThan(128 * 1024 * 1024);
  });

  it.each([
    ['gzip that is none', Buffer.from('no gzip at all')],
    ['gzip that ends early', gzipSync(Buffer.alloc(5_000, 'ab')).subarray(0, 30)],
    ['an empty body', Buffer.alloc(0)],
  ])('refuses %s as what the caller did', async (_name, bytes) => {
    const { status, body } = await send({ headers: GZIP, chunks: [bytes] });
    expect([status, body['code']]).toEqual([400, 'input.invalid']);
  });

  it.each(['br', 'deflate', 'gzip, gzip'])('takes no other encoding: %s', async (encoding) => {
    const { status, body } = await send({ headers: { 'content-encoding': encoding }, chunks: [Buffer.from('x')] });
    expect([status, body]).toMatchObject([415, { code: 'input.media_type', field: 'content-encoding' }]);
  });

  it('outlives a caller that goes away in the middle of a body', async () => {
    const gone = httpRequest({
      port,
      path: '/small',
      method: 'POST',
      headers: { 'content-type': 'application/x-ndjson', 'content-length': '1000', ...GZIP },
    });
    gone.on('error', () => undefined);
    gone.write(gzipSync(Buffer.alloc(5_000)).subarray(0, 12));
    await new Promise((resolve) => setTimeout(resolve, 50));
    gone.destroy();
    expect(await send({ chunks: [Buffer.from('still here')] })).toEqual({ status: 200, body: { length: 10 } });
  });
});

const depthOf = (value: unknown): number =>
  typeof value === 'object' && value !== null
    ? 1 + Object.values(value).reduce((most: number, inner) => Math.max(most, depthOf(inner)), 0)
    : 0;

describe('the depth of a body', () => {
  it('is told from the text as it is from the value', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 6 }), fc.integer({ min: 0, max: 8 }), (value, limit) => {
        expect(isDeeperThan(JSON.stringify(value), limit)).toBe(depthOf(value) > limit);
      }),
    );
  });

  it('is not fooled by brackets, quotes and backslashes inside strings', () => {
    const texts = fc.array(fc.constantFrom('"', '\\', '[', '{', ']', '}', 'ŝ', 'Ż'), { maxLength: 12 });
    fc.assert(
      fc.property(texts, (parts) => {
        const text = JSON.stringify([parts.join(''), { [parts.join('')]: 1 }]);
        expect([isDeeperThan(text, 2), isDeeperThan(text, 1)]).toEqual([false, true]);
      }),
    );
  });

  it('is looked at before the text is parsed', () => {
    const deep = Buffer.from(`${'['.repeat(200_000)}${']'.repeat(200_000)}`);
    expect(() => readJsonBody(deep, 32)).toThrow(expect.objectContaining({ code: 'input.too_deep' }));
    const within = `${'['.repeat(32)}${']'.repeat(32)}`;
    expect(readJsonBody(Buffer.from(within), 32)).toEqual(JSON.parse(within));
  });
});
