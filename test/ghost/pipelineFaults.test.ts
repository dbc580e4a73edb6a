import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { toBase64 } from '@tenet-ledger/record';
import { rawPublicKey, readSegment, sealKidOf, SPOOL_CONTENT_TYPE } from '@tenet-ledger/ghost/spool';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startRecordsApi, type RecordsApi } from '../support/recordsApi.js';
import { fieldsDraft } from './support/drafts.js';
import { filesIn, newSigner, Pipes } from './support/pipelines.js';

let api: RecordsApi;
const pipes = new Pipes();
beforeEach(async () => {
  api = await startRecordsApi();
});
afterEach(async () => {
  pipes.clear();
  await api.close();
});

const NOWHERE = 'http://127.0.0.1:9';
const numbers = (count: number): string[] => Array.from({ length: count }, (_, i) => `dec_${i}`);
const ids = (): readonly string[] => api.received.map(({ entry }) => entry.id);
const lines = (): readonly number[] => api.requests.map((request) => request.lines);

describe('a server in trouble', () => {
  it.each([
    ['restarts', 'hang-up'],
    ['answers with a page', 'garbage'],
    ['takes the records and its answer is lost', 'lose-answer'],
    ['is overloaded', { status: 503 }],
    ['has an internal fault', { status: 500 }],
    ['redirects', { status: 302 }],
    ['does not know the way', { status: 404 }],
    ['has a gateway that finds the request wrong', { status: 400, code: null }],
    ['does not know what a spool is', { status: 415 }],
  ] as const)('gets everything once when it %s', async (_, hitch) => {
    const { pipeline, problems } = pipes.make(api.url, { batch: { maxRecords: 3 } });
    api.hitch(hitch, hitch);
    for (const id of numbers(6)) pipeline.take(fieldsDraft(id));
    expect(await pipeline.flush(5_000)).toEqual({ pending: 0 });
    expect(ids()).toEqual(numbers(6));
    expect(problems).toHaveLength(2);
    expect(pipeline.stats()).toMatchObject({ acknowledged: 6, refused: 0, circuit: 'closed' });
    expect(pipeline.stats().lastError?.message).toContain('attempt 2');
  });

  it('is only probed after five failures, with few records, until it answers', async () => {
    const { pipeline } = pipes.make(api.url, { random: () => 0.01 });
    api.hitch(...Array.from({ length: 6 }, () => ({ status: 503 })));
    const states: string[] = [];
    for (const id of numbers(30)) pipeline.take(fieldsDraft(id));
    const watch = setInterval(() => states.push(pipeline.stats().circuit), 1);
    expect(await pipeline.flush(5_000)).toEqual({ pending: 0 });
    clearInterval(watch);
    expect(lines()).toEqual([30, 30, 30, 30, 30, 10, 10, 20]);
    expect(states).toContain('open');
    expect(pipeline.stats().circuit).toBe('closed');
    expect(ids()).toEqual(numbers(30));
  });

  it('gets what it asks for in patience', async () => {
    const { pipeline } = pipes.make(api.url);
    api.hitch({ status: 429, retryAfter: '1' });
    pipeline.take(fieldsDraft('dec_0'));
    await pipeline.flush(5_000);
    await pipeline.flush(5_000);
    const [first, second] = api.requests;
    expect(second!.at - first!.at).toBeGreaterThanOrEqual(990);
  });

  it('that refuses the API key is left alone, nothing is lost, and whoever waits has it asked again', async () => {
    const { pipeline, problems } = pipes.make(api.url, { batch: { probeMs: 60_000 } });
    api.hitch({ status: 401, code: 'auth.invalid' }, { status: 403, code: 'auth.forbidden' });
    pipeline.take(fieldsDraft('dec_0'));
    expect(await pipeline.flush(300)).toEqual({ pending: 1 });
    expect(pipeline.stats().circuit).toBe('open');
    expect(api.requests).toHaveLength(1);
    await new Promise((resolve) => setTimeout(resolve, 800));
    expect(await pipeline.flush(200)).toEqual({ pending: 1 });
    expect(api.requests).toHaveLength(2);
    await new Promise((resolve) => setTimeout(resolve, 900));
    expect(await pipeline.flush(2_000)).toEqual({ pending: 0 });
    expect(problems.map(({ code }) => code)).toEqual(['auth.invalid', 'auth.forbidden']);
    expect(pipeline.stats()).toMatchObject({ acknowledged: 1, refused: 0, circuit: 'closed' });
  });

  it('that takes smaller requests gets smaller ones, and a record that is too large alone is set aside', async () => {
    const { pipeline, problems } = pipes.make(api.url);
    api.hitch({ status: 413 }, { status: 413 }, { status: 413 }, { status: 413 });
    for (const id of numbers(8)) pipeline.take(fieldsDraft(id));
    await pipeline.flush(5_000);
    expect(lines().slice(0, 4)).toEqual([8, 4, 2, 1]);
    expect(ids()).toEqual(numbers(8).slice(1));
    expect(problems).toMatchObject([{ code: 'test.hitch', id: 'dec_0' }]);
    expect(pipeline.stats()).toMatchObject({ acknowledged: 7, refused: 1 });
  });

  it('that finds a request wrong gets its records one by one', async () => {
    const { pipeline } = pipes.make(api.url);
    api.hitch({ status: 400 }, { status: 400 });
    for (const id of numbers(3)) pipeline.take(fieldsDraft(id));
    await pipeline.flush(5_000);
    expect(lines()).toEqual([3, 1, 1, 1]);
    expect(ids()).toEqual(['dec_1', 'dec_2']);
  });

  it('that never answers is given up on after the time-out', async () => {
    const { pipeline, problems } = pipes.make(api.url, { batch: { requestTimeoutMs: 50 } });
    api.hitch('silence');
    pipeline.take(fieldsDraft('dec_0'));
    expect(await pipeline.flush(5_000)).toEqual({ pending: 0 });
    expect(problems[0]?.message).toContain('no answer within 50 ms');
  });

  it('that knows no gzip gets none', async () => {
    const { pipeline } = pipes.make(api.url, { batch: { gzipBytes: 1_000 } });
    pipeline.take(fieldsDraft('dec_0', 'x'.repeat(2_000)));
    await pipeline.flush(5_000);
    expect(api.requests[0]?.headers['content-encoding']).toBe('gzip');
    api.hitch({ status: 415 });
    pipeline.take(fieldsDraft('dec_1', 'x'.repeat(2_000)));
    await pipeline.flush(5_000);
    expect(api.requests.at(-1)?.headers['content-encoding']).toBeUndefined();
    expect(ids()).toEqual(['dec_0', 'dec_1']);
  });

  it('leaves little in memory while it is down', async () => {
    const { pipeline } = pipes.make(NOWHERE);
    const take = (from: number, to: number): void => {
      for (let i = from; i < to; i += 1) pipeline.take(fieldsDraft(`dec_${i}`, 'x'.repeat(4_000)));
    };
    take(0, 500);
    const before = bytesHeld();
    take(500, 3_000);
    expect(pipeline.stats().spool.bytes).toBeGreaterThan(15_000_000);
    expect(bytesHeld() - before).toBeLessThan(7_000_000);
    expect(await pipeline.flush(50)).toMatchObject({ pending: 3_000 });
  });
});

/** After a collection: what is held on to. */
function bytesHeld(): number {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

interface SealKeys {
  readonly privateKey: KeyObject;
  readonly kid: string;
  readonly publicKey: string;
}

function newSealKey(): SealKeys {
  const { privateKey } = generateKeyPairSync('x25519');
  const raw = rawPublicKey(privateKey);
  return { privateKey, kid: sealKidOf(raw), publicKey: toBase64(raw) };
}

describe('a pipeline that seals', () => {
  it('keeps nothing readable on disk and delivers all the same', async () => {
    const { privateKey, ...sealKey } = newSealKey();
    api.sealKeys.set(sealKey.kid, privateKey);
    api.hitch('hang-up', 'lose-answer');
    const { pipeline, dir } = pipes.make(api.url, { sealKey, spool: { segmentBytes: 10_000 } });
    for (const id of numbers(20)) pipeline.take(fieldsDraft(id, 'canary-value'));
    const [[folder, files]] = Object.entries(filesIn(dir)) as [[string, readonly string[]]];
    const segments = files.filter((name) => name.endsWith('.seg'));
    expect(segments.length).toBeGreaterThan(1);
    const epks = segments.map((name) => {
      const bytes = readFileSync(join(dir, folder, name));
      expect(bytes.includes('leaf') || bytes.includes(Buffer.from('canary-value').toString('base64url'))).toBe(false);
      return readSegment(bytes).header.seal?.epk;
    });
    expect(new Set(epks).size).toBe(segments.length);
    expect(await pipeline.flush(5_000)).toEqual({ pending: 0 });
    expect(ids()).toEqual(numbers(20));
    expect(api.requests.every(({ headers }) => headers['content-type'] === SPOOL_CONTENT_TYPE)).toBe(true);
    expect(pipeline.stats()).toMatchObject({ acknowledged: 20, refused: 0 });
  });

  it('sets a segment aside that the server has no key for, and asks for the key to use', async () => {
    const { privateKey: _, ...old } = newSealKey();
    const { privateKey, ...current } = newSealKey();
    api.sealKeys.set(current.kid, privateKey);
    api.platform = { sealKey: current };
    const { pipeline, dir, problems } = pipes.make(api.url, { sealKey: old });
    for (const id of numbers(3)) pipeline.take(fieldsDraft(id));
    await pipeline.flush(5_000);
    expect(problems).toMatchObject([{ code: 'spool.seal_key_unknown' }]);
    expect(pipeline.stats()).toMatchObject({ acknowledged: 0, refused: 3 });
    expect(Object.values(filesIn(dir))[0]).toContain('quarantine-1.seg');
    await expect.poll(() => api.requests.some(({ path }) => path === '/api/v1/platform')).toBe(true);
    await new Promise((resolve) => setTimeout(resolve, 20));
    pipeline.take(fieldsDraft('dec_3'));
    expect(await pipeline.flush(5_000)).toEqual({ pending: 0 });
    expect(ids()).toEqual(['dec_3']);
  });

  it('puts what can not be opened into quarantine with what it takes to open it', async () => {
    const { privateKey, ...sealKey } = newSealKey();
    api.sealKeys.set(sealKey.kid, privateKey);
    const { pipeline, dir } = pipes.make(api.url, { sealKey, signer: newSigner() });
    api.verdicts.set('dec_0', { status: 'refused', code: 'record.signature' });
    pipeline.take(fieldsDraft('dec_0'));
    await pipeline.flush(5_000);
    const [folder] = Object.keys(filesIn(dir));
    const line = readFileSync(join(dir, folder!, 'quarantine.ndjson'), 'utf8');
    expect(JSON.parse(line)).toMatchObject({ id: 'dec_0', index: 1, header: expect.any(String) as string });
  });
});
