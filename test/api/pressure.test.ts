import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { backlog } from '../../src/api/backlog.js';
import { RateLimiter } from '../../src/api/rateLimit.js';
import { isAppError } from '../../src/errors/index.js';
import { sequenceAll } from '../support/ledger.js';
import { testDatabase, type TestDatabase } from '../support/postgres.js';
import { caller, newKey } from './readSupport.js';
import { ndjson, newProducer, openApi, postNdjson } from './support.js';

let database: TestDatabase;
beforeAll(async () => {
  database = await testDatabase();
});
afterAll(() => database.drop());

const taken = (limiter: RateLimiter, ref: string): number | true => {
  try {
    limiter.take(ref);
    return true;
  } catch (error) {
    if (!isAppError(error) || error.code !== 'api.rate_limited') throw error;
    return Number(error.details['retryAfter']);
  }
};

describe('the rate of a key', () => {
  it('is the burst and then the rate, however the requests are spread; a key that waits as told gets through', () => {
    const limits = fc.record({
      requestsPerSecond: fc.integer({ min: 1, max: 50 }),
      burst: fc.integer({ min: 1, max: 20 }),
    });
    fc.assert(
      fc.property(limits, fc.array(fc.integer({ min: 0, max: 400 }), { maxLength: 200 }), (limit, pauses) => {
        let now = 1_000;
        const limiter = new RateLimiter(limit, () => now);
        let granted = 0;
        for (const pause of pauses) {
          now += pause;
          const answer = taken(limiter, 'a');
          if (answer === true) granted += 1;
          else {
            const waited = new RateLimiter(limit, () => now);
            expect(taken(waited, 'b')).toBe(true);
            expect(answer).toBeGreaterThanOrEqual(1);
          }
          expect(granted).toBeLessThanOrEqual(limit.burst + ((now - 1_000) / 1_000) * limit.requestsPerSecond + 1e-6);
        }
        const last = taken(limiter, 'a');
        if (last !== true) {
          now += last * 1_000;
          expect(taken(limiter, 'a')).toBe(true);
        }
      }),
    );
  });

  it('forgets keys that have rested and never more than it holds', () => {
    const limiter = new RateLimiter({ requestsPerSecond: 1, burst: 2 }, () => 0);
    for (let key = 0; key < 25_000; key += 1) limiter.take(`key ${key}`);
    expect(taken(limiter, 'key 24999')).toBe(true);
    expect(taken(limiter, 'key 24999')).not.toBe(true);
  });

  it('is answered 429 with Retry-After, key by key, and before the body', async () => {
    let now = 0;
    const acme = await openApi(database.db, 'acme', { limits: { requestsPerSecond: 0.5, burst: 2 }, now: () => now });
    const [busy, other] = [await newKey(acme, ['read']), await newKey(acme, ['read'])];
    const get = (key: string) => caller(acme, key).get<{ code?: string }>('/api/v1/decisions');
    expect([(await get(busy)).status, (await get(busy)).status]).toEqual([200, 200]);
    const refused = await get(busy);
    expect([refused.status, refused.headers['retry-after'], refused.body.code]).toEqual([429, '2', 'api.rate_limited']);
    expect((await get(other)).status).toBe(200);
    now = 2_000;
    expect((await get(busy)).status).toBe(200);
    expect((await get(busy)).status).toBe(429);
    await acme.app.close();
  });
});

describe('a queue that grows', () => {
  it('turns records away with 503 and Retry-After, takes duplicates up to then, and opens again when it has shrunk', async () => {
    let now = 0;
    const slow = await openApi(database.db, 'slow', { limits: { maxQueued: 20 }, now: () => now });
    const producer = await newProducer(slow);
    let made = 0;
    const post = (count: number) =>
      postNdjson(
        slow,
        '/api/v1/records',
        producer.apiKey,
        ndjson(Array.from({ length: count }, () => producer.submit(`dec_${(made += 1)}`))),
      );
    expect((await post(15)).statusCode).toBe(200);
    expect((await post(10)).statusCode).toBe(200);
    const refused = await post(1);
    expect([refused.statusCode, refused.headers['retry-after'], refused.json()]).toMatchObject([
      503,
      '1',
      { code: 'api.backlog' },
    ]);
    const reader = caller(slow, await newKey(slow, ['read']));
    expect((await reader.get('/api/v1/decisions')).status).toBe(200);
    await sequenceAll(slow.platform.ledger);
    now += 300;
    expect((await post(1)).statusCode).toBe(200);
    await slow.app.close();
  });

  it('is looked at a few times a second, and counted on in between', async () => {
    let now = 0;
    let looks = 0;
    const depth = backlog({ queued: async () => ((looks += 1), 10) }, { maxQueued: 100, now: () => now });
    const admit = () => (depth.admit as unknown as () => Promise<void>)();
    await Promise.all(Array.from({ length: 50 }, admit));
    expect(looks).toBe(1);
    depth.added(91);
    await expect(admit()).rejects.toMatchObject({ code: 'api.backlog' });
    now = 250;
    await admit();
    expect(looks).toBe(2);
  });
});
