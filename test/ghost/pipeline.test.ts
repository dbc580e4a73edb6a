import { existsSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { recordIdOf } from '../../packages/ghost/src/delivery/recordId.js';
import { startRecordsApi, type RecordsApi } from '../support/recordsApi.js';
import { fieldsDraft, tapedDraft } from './support/drafts.js';
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

const ids = (): readonly string[] => api.received.map(({ entry }) => entry.id);
const numbers = (count: number, from = 0): string[] => Array.from({ length: count }, (_, i) => `dec_${from + i}`);
const captured = (): readonly object[] =>
  api.received
    .filter(({ entry }) => entry.kind === 'capture')
    .map(({ entry, fields }) => ({ type: entry.type, seq: entry.producer.seq, ...Object.fromEntries(fields) }));

function expectOneChain(): void {
  expect(api.received.map(({ entry }) => entry.producer.seq)).toEqual(api.received.map((_, i) => i + 1));
  api.received.slice(1).forEach(({ entry }, i) => expect(entry.producer.prev).toBe(api.received[i]!.sHash));
  expect(api.received.every(({ signatureOk }) => signatureOk)).toBe(true);
}

describe('a pipeline', () => {
  it('delivers what it takes, in order, as one chain', async () => {
    const { pipeline } = pipes.make(api.url, { batch: { maxRecords: 40 } });
    for (const id of numbers(100)) pipeline.take(fieldsDraft(id));
    expect(pipeline.stats().spooled).toBe(100);
    expect(await pipeline.flush(5_000)).toEqual({ pending: 0 });
    expect(ids()).toEqual(numbers(100));
    expectOneChain();
    expect(pipeline.stats()).toMatchObject({ spooled: 100, acknowledged: 100, refused: 0, dropped: 0 });
  });

  it('tells what is written from what is synced', async () => {
    const slow = pipes.make(api.url, { spool: { fsync: 'interval', fsyncMs: 20 } });
    slow.pipeline.take(fieldsDraft('dec_0'));
    expect(slow.pipeline.stats()).toMatchObject({ spooled: 1, synced: 0 });
    await expect.poll(() => slow.pipeline.stats().synced).toBe(1);
    const always = pipes.make(api.url, { spool: { fsync: 'always' } });
    always.pipeline.take(fieldsDraft('dec_1'));
    expect(always.pipeline.stats()).toMatchObject({ spooled: 1, synced: 1 });
    const never = pipes.make(api.url, { spool: { fsync: 'never' } });
    never.pipeline.take(fieldsDraft('dec_2'));
    await never.pipeline.flush(5_000);
    expect(never.pipeline.stats()).toMatchObject({ spooled: 1, synced: 0, acknowledged: 1 });
  });

  it('frees segments that are answered for, and its folder at the end', async () => {
    const { pipeline, dir } = pipes.make(api.url, { spool: { segmentBytes: 8_192 } });
    for (const id of numbers(60)) pipeline.take(fieldsDraft(id));
    expect(pipeline.stats().spool.segments).toBeGreaterThan(5);
    await pipeline.flush(5_000);
    expect(pipeline.stats().spool.segments).toBe(1);
    await pipeline.flush(5_000);
    pipeline.close();
    // The last word waits for the next process.
    expect(Object.values(filesIn(dir))).toEqual([[expect.stringMatching(/seg$/), 'acked', 'lock']]);
  });

  it('ends with a signed word, which another process of the same key delivers', async () => {
    const signer = newSigner();
    const { pipeline, dir } = pipes.make(api.url, { signer });
    for (const id of numbers(3)) pipeline.take(fieldsDraft(id));
    pipeline.close();
    pipeline.take(fieldsDraft('dec_late'));
    pipes.make(api.url, { signer, spool: { dir } });
    await expect.poll(() => api.received.length).toBe(4);
    expectOneChain();
    expect(captured()).toEqual([
      { type: 'capture.closed', seq: 4, '/capture/records': 3, '/capture/dropped': 0, '/capture/session': 'ses_test' },
    ]);
    await expect.poll(() => filesIn(dir), { timeout: 5_000 }).toEqual({});
  });

  it('leaves folders of another key or log to others', async () => {
    const { pipeline, dir } = pipes.make(api.url);
    pipeline.take(fieldsDraft('dec_0'));
    pipeline.close();
    pipes.make(api.url, { spool: { dir } });
    pipes.make(api.url, { log: 'ledger.test/other', spool: { dir } });
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(api.received).toHaveLength(0);
    expect(Object.keys(filesIn(dir))).toHaveLength(1);
  });

  it('makes no folder before there is a record', () => {
    const { pipeline, dir } = pipes.make(api.url);
    pipeline.close();
    expect(filesIn(dir)).toEqual({});
  });

  it('keeps what redaction failed on to itself', async () => {
    const { pipeline, problems } = pipes.make(api.url, {
      redact: (draft) => {
        if (draft.id === 'dec_1') throw new Error('no such rule');
        return draft;
      },
    });
    for (const id of numbers(3)) pipeline.take(fieldsDraft(id));
    await pipeline.flush(5_000);
    expect(ids()).toEqual(['dec_0', 'dec_2']);
    expectOneChain();
    expect(problems).toEqual([{ code: 'ghost.redaction', message: 'no such rule', id: 'dec_1' }]);
    expect(pipeline.stats()).toMatchObject({ spooled: 2, refused: 1, acknowledged: 2 });
  });
});

describe('a spool that is full', () => {
  it('turns records away, gives their numbers to others, and has the count signed', async () => {
    api.hitch(...Array.from({ length: 4 }, () => 'hang-up' as const));
    const { pipeline, problems } = pipes.make(api.url, { spool: { maxBytes: 32_768 } });
    let dropped = 0;
    for (const id of numbers(100)) {
      if (pipeline.full()) dropped += 1;
      pipeline.take(fieldsDraft(id));
    }
    const { spooled, dropped: counted, spool } = pipeline.stats();
    expect(spooled + counted).toBe(100);
    expect(counted).toBeGreaterThan(50);
    expect(dropped).toBeGreaterThanOrEqual(counted);
    expect(spool.bytes).toBeLessThanOrEqual(32_768);
    await pipeline.flush(5_000);
    await expect.poll(() => pipeline.full()).toBe(false);
    pipeline.take(fieldsDraft('dec_later'));
    await pipeline.flush(5_000);
    expectOneChain();
    expect(ids().filter((id) => id.startsWith('dec_'))).toHaveLength(spooled + 1);
    expect(captured()).toMatchObject([{ '/capture/dropped': counted, '/capture/policy': 'spool-full' }]);
    expect(problems.filter(({ code }) => code === 'ghost.spool_full')).toHaveLength(1);
    expect(pipeline.stats()).toMatchObject({ acknowledged: spooled + 1, dropped: counted });
  });

  it('says what the host dropped at most once a second, and at the end', async () => {
    const { pipeline } = pipes.make(api.url);
    for (let i = 0; i < 50; i += 1) pipeline.drop(2, 'drop-newest');
    await expect.poll(() => captured()).toMatchObject([{ '/capture/dropped': 100, '/capture/policy': 'drop-newest' }]);
    pipeline.drop(1, 'block');
    pipeline.drop(1, 'block');
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(captured()).toHaveLength(1);
    await pipeline.flush(5_000);
    expect(captured()).toMatchObject([{}, { '/capture/dropped': 102, '/capture/policy': 'block' }]);
    expect(pipeline.stats()).toMatchObject({ spooled: 0, acknowledged: 0, dropped: 102 });
  });

  it('loses the tape of a record that is too large with it, and not the decision', async () => {
    const { pipeline } = pipes.make(api.url);
    pipeline.take(tapedDraft('dec_0', 'x'.repeat(1_048_576)));
    pipeline.take(tapedDraft('dec_1', 'x'));
    await pipeline.flush(5_000);
    const [large, small] = api.received.map(({ fields }) => fields);
    expect(large?.get('/tape')).toEqual([]);
    expect(large?.get('/grade')).toMatchObject({ grade: 'C' });
    expect(small?.get('/tape/0001')).toMatchObject({ result: 'x' });
    expectOneChain();
  });

  it('counts a record that is too large as dropped', async () => {
    const { pipeline, problems } = pipes.make(api.url);
    pipeline.take(fieldsDraft('dec_0', 'x'.repeat(1_048_576)));
    await pipeline.flush(5_000);
    expect(captured()).toMatchObject([{ '/capture/dropped': 1, '/capture/policy': 'too-large' }]);
    expect(problems).toMatchObject([{ code: 'record.too_large', id: 'dec_0' }]);
  });
});

describe('quarantine', () => {
  it('keeps what the server refuses, and goes on', async () => {
    const { pipeline, problems, dir } = pipes.make(api.url);
    api.verdicts.set('dec_1', { status: 'refused', code: 'record.signature', message: 'does not verify' });
    api.verdicts.set('dec_2', { status: 'conflict', code: 'ledger.conflict' });
    for (const id of numbers(4)) pipeline.take(fieldsDraft(id));
    await pipeline.flush(5_000);
    expect(ids()).toEqual(['dec_0', 'dec_3']);
    expect(problems).toMatchObject([
      { code: 'record.signature', message: 'does not verify', id: 'dec_1' },
      { code: 'ledger.conflict', id: 'dec_2' },
    ]);
    expect(pipeline.stats()).toMatchObject({ acknowledged: 2, refused: 2 });
    const [folder] = Object.keys(filesIn(dir));
    const lines = readFileSync(join(dir, folder!, 'quarantine.ndjson'), 'utf8')
      .trimEnd()
      .split('\n');
    const [first] = lines.map((line) => JSON.parse(line) as { id: string; code: string; frame: string });
    expect(first).toMatchObject({ id: 'dec_1', code: 'record.signature' });
    expect(recordIdOf(Buffer.from(first!.frame, 'base64url'))).toBe('dec_1');
    pipeline.close();
    expect(existsSync(join(dir, folder!, 'quarantine.ndjson'))).toBe(true);
  });

  it('does not fill the disk', async () => {
    const { pipeline, problems, dir } = pipes.make(api.url);
    api.verdicts.set('dec_1', { status: 'refused', code: 'record.signature' });
    pipeline.take(fieldsDraft('dec_0'));
    await pipeline.flush(5_000);
    const file = join(dir, Object.keys(filesIn(dir))[0]!, 'quarantine.ndjson');
    writeFileSync(file, '');
    truncateSync(file, 67_108_864);
    pipeline.take(fieldsDraft('dec_1'));
    await pipeline.flush(5_000);
    expect(statSync(file).size).toBe(67_108_864);
    expect(problems.map(({ code }) => code)).toEqual(['spool.write', 'record.signature']);
    expect(pipeline.stats()).toMatchObject({ refused: 1 });
  });
});
