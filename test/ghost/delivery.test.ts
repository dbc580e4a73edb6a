import { spawnSync } from 'node:child_process';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { resolve } from 'node:path';
import { createRecordSigner } from '@tenet-ledger/record';
import { ghost } from '@tenet-ledger/ghost';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { backoffMs, parseRetryAfter } from '../../packages/ghost/src/delivery/backoff.js';
import { noteLog, startRecordsApi, type RecordsApi } from '../support/recordsApi.js';
import { configureFor, delivered } from './setup.js';

let api: RecordsApi;
beforeEach(async () => {
  api = await startRecordsApi();
});
afterEach(() => api.close());

const decide = ghost.agent(
  { name: 'a', version: '1', type: 't', outcome: (n: number) => `o${n}`, reasons: () => ['why'] },
  (n: number) => n,
);

describe('delivery', () => {
  it.each([
    ['the server restarts', 'hang-up'],
    ['a gateway answers with a page', 'garbage'],
    ['the server is overloaded', { status: 503 }],
    ['the server has an internal fault', { status: 500 }],
    ['the API key is not valid yet', { status: 401 }],
  ] as const)('sends again when %s', async (_, hitch) => {
    const { problems } = configureFor(api, { batch: { probeMs: 20 } });
    api.hitch(hitch, hitch);
    decide(1);
    expect(await delivered(api)).toHaveLength(1);
    expect(api.requests).toHaveLength(3);
    expect(problems).toHaveLength(2);
    expect(ghost.stats()).toMatchObject({ enqueued: 1, acknowledged: 1, refused: 0 });
  });

  it('sends the very same bytes again, which the server answers as a duplicate', async () => {
    configureFor(api);
    api.hitch('lose-answer');
    decide(1);
    expect(await delivered(api)).toHaveLength(1);
    expect(ghost.stats()).toMatchObject({ acknowledged: 1, duplicates: 1 });
  });

  it('waits at least as long as Retry-After says', async () => {
    configureFor(api);
    api.hitch({ status: 429, retryAfter: '1' });
    decide(1);
    await delivered(api);
    const [first, second] = api.requests;
    expect(second!.at - first!.at).toBeGreaterThanOrEqual(1000);
  });

  it('reports a refused record and goes on with the next', async () => {
    const { problems } = configureFor(api);
    const keyed = ghost.agent(
      { name: 'k', version: '1', type: 't', outcome: () => 'x', key: (id: string) => id },
      (id: string) => id,
    );
    keyed('good');
    await delivered(api);
    const { id } = api.received[0]!.entry;
    api.verdicts.set(id, { status: 'refused', code: 'record.signature', message: 'does not verify' });
    keyed('good');
    keyed('other');
    expect(await delivered(api)).toHaveLength(2);
    expect(problems).toEqual([{ code: 'record.signature', message: 'does not verify', id }]);
    expect(ghost.stats()).toMatchObject({ enqueued: 3, acknowledged: 2, refused: 1 });
  });

  it('finds the record that made the server refuse a whole batch', async () => {
    const { problems } = configureFor(api, { batch: { lingerMs: 30 } });
    api.hitch({ status: 400, code: 'input.invalid' });
    api.hitch({ status: 400, code: 'input.invalid' });
    for (let i = 0; i < 3; i += 1) decide(i);
    expect(await delivered(api)).toHaveLength(2);
    expect(api.requests.map((request) => request.lines)).toEqual([3, 1, 1, 1]);
    expect(problems).toMatchObject([{ code: 'input.invalid' }]);
    expect(ghost.stats()).toMatchObject({ acknowledged: 2, refused: 1 });
  });

  it('sends batches no larger than it is told to', async () => {
    configureFor(api, { batch: { maxRecords: 10 } });
    for (let i = 0; i < 35; i += 1) decide(i);
    expect(await delivered(api)).toHaveLength(35);
    expect(Math.max(...api.requests.map((request) => request.lines))).toBe(10);
  });

  it('gives up waiting after the time-out and says what is left', async () => {
    configureFor(api, { endpoint: 'http://127.0.0.1:9' });
    decide(1);
    expect(await ghost.flush({ timeout: 50 })).toEqual({ pending: 1 });
  });

  it('lets the process end while the server does not answer, and never writes to stdout', async () => {
    const silent = createServer(() => undefined);
    await new Promise<void>((done) => silent.listen(0, '127.0.0.1', done));
    const { port } = silent.address() as AddressInfo;
    const script = `
      import { ghost, nodeSigner } from '@tenet-ledger/ghost';
      import { createHash, generateKeyPairSync } from 'node:crypto';
      ghost.configure({ endpoint: 'http://127.0.0.1:${port}', apiKey: 'k', tenant: 'a', log: 'h/a', signer: nodeSigner(generateKeyPairSync('ed25519').privateKey), batch: { lingerMs: 1 } });
      const decide = ghost.agent({ name: 'a', version: '1', type: 't', outcome: () => 'x' }, async () => 1);
      for (let i = 0; i < 100; i += 1) await decide();
      await new Promise((done) => setTimeout(done, 100));
    `;
    const { status, stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
      cwd: resolve(import.meta.dirname, '../..'),
      encoding: 'utf8',
      timeout: 10_000,
    });
    silent.close();
    silent.closeAllConnections();
    expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: '', stderr: '' });
  });
});

describe('after', () => {
  it('cites the newest checkpoint whose signature and growth it has checked', async () => {
    const log = noteLog('ledger.test/acme/1', createRecordSigner(new Uint8Array(32).fill(5)));
    const { problems } = configureFor(api, { vkey: log.vkey });
    const afters: unknown[] = [];
    const step = async (checkpoint: RecordsApi['checkpoint']): Promise<void> => {
      api.checkpoint = checkpoint;
      decide(1);
      await delivered(api);
      afters.push(api.received.at(-1)?.entry.after?.size);
    };
    await step(log.checkpoint(3));
    await step(log.checkpoint(7));
    await step(log.checkpoint(5));
    await step(log.checkpoint(7, 99));
    await step({ ...log.checkpoint(9), size: 10 });
    await step(noteLog('ledger.test/acme/1', createRecordSigner(new Uint8Array(32).fill(6))).checkpoint(11));
    await step(null);
    expect(afters).toEqual([undefined, 3, 7, 7, 7, 7, 7]);
    expect(problems.map((problem) => problem.message)).toEqual([
      expect.stringContaining('shrank from 7 to 5'),
      expect.stringContaining('two heads of size 7'),
      expect.stringContaining('states another head'),
      expect.stringContaining('no known key signed'),
    ]);
  });

  it('is absent without a key to check it by', async () => {
    const log = noteLog('ledger.test/acme/1', createRecordSigner(new Uint8Array(32).fill(5)));
    configureFor(api);
    api.checkpoint = log.checkpoint(3);
    for (let i = 0; i < 2; i += 1) {
      decide(i);
      await delivered(api);
    }
    expect(api.received[1]?.entry.after).toBeUndefined();
  });
});

describe('waiting', () => {
  it('is anywhere below a ceiling that doubles, and never undercuts the server', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 60 }),
        fc.double({ min: 0, max: 0.999, noNaN: true }),
        (attempt, jitter) => {
          const own = backoffMs(attempt, undefined, () => jitter);
          expect(own).toBeGreaterThanOrEqual(0);
          expect(own).toBeLessThanOrEqual(Math.min(30_000, 100 * 2 ** (attempt - 1)));
          expect(backoffMs(attempt, 5_000, () => jitter)).toBeGreaterThanOrEqual(5_000);
          expect(backoffMs(attempt, 10 ** 9, () => jitter)).toBeLessThanOrEqual(303_000);
        },
      ),
    );
  });

  it.each([
    ['3', 3000],
    ['0', 0],
    ['Wed, 21 Oct 2015 07:28:10 GMT', 10_000],
    ['Wed, 21 Oct 2015 07:27:00 GMT', 0],
    ['soon', undefined],
    ['', undefined],
    [undefined, undefined],
  ])('reads Retry-After %s as %s ms', (header, expected) => {
    expect(parseRetryAfter(header, Date.parse('2015-10-21T07:28:00Z'))).toBe(expected);
  });
});
