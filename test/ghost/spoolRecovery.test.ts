import { randomBytes } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { GhostProblem } from '@tenet-ledger/ghost';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { encodeFrame, encodeHeader, MAGIC, readSegment } from '@tenet-ledger/ghost/spool';
import { queueOf } from '../../packages/ghost/src/spool/adopt.js';
import { Folder } from '../../packages/ghost/src/spool/folder.js';
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

interface Left {
  readonly dir: string;
  readonly folder: string;
  readonly signer: ReturnType<typeof newSigner>;
}

/** What a producer leaves that has spooled so many records and ended: one record more says so. */
function leave(records: number, segmentBytes = 2 ** 23): Left {
  const signer = newSigner();
  const { pipeline, dir } = pipes.make('http://127.0.0.1:9', { signer, spool: { segmentBytes, maxBytes: 2 ** 26 } });
  for (let i = 0; i < records; i += 1) pipeline.take(fieldsDraft(`dec_${i}`));
  pipeline.close();
  return { dir, signer, folder: join(dir, Object.keys(filesIn(dir))[0]!) };
}

const segmentsOf = (folder: string): string[] =>
  readdirSync(folder)
    .filter((name) => name.endsWith('.seg'))
    .sort();

async function recover({ dir, signer }: Left, expected: number): Promise<readonly GhostProblem[]> {
  const { problems } = pipes.make(api.url, { signer, spool: { dir } });
  await expect.poll(() => api.received.length, { timeout: 5_000 }).toBe(expected);
  return problems;
}

const seqs = (): readonly number[] => api.received.map(({ entry }) => entry.producer.seq);
const upTo = (count: number): number[] => Array.from({ length: count }, (_, i) => i + 1);

describe('what a dead producer left', () => {
  it('is delivered from where the server had got to', async () => {
    const left = leave(9);
    const [segment] = segmentsOf(left.folder);
    const { frames } = readSegment(readFileSync(join(left.folder, segment!)));
    writeFileSync(join(left.folder, 'acked'), JSON.stringify({ segment: 1, offset: frames[4]!.offset }));
    expect(await recover(left, 6)).toEqual([]);
    expect(seqs()).toEqual([5, 6, 7, 8, 9, 10]);
  });

  it.each([
    ['is between two records', JSON.stringify({ segment: 1, offset: 1_000 })],
    ['is behind the end', JSON.stringify({ segment: 1, offset: 1_000_000 })],
    ['is of a segment that is not there', JSON.stringify({ segment: 9, offset: 8 })],
    ['is not JSON', '{'],
    ['is something else', '[]'],
  ])('is delivered as a whole where the mark %s', async (_, acked) => {
    const left = leave(9);
    writeFileSync(join(left.folder, 'acked'), acked);
    await recover(left, 10);
    expect(seqs()).toEqual(upTo(10));
  });

  it('loses a torn tail without a word', async () => {
    const left = leave(9);
    const file = join(left.folder, segmentsOf(left.folder)[0]!);
    writeFileSync(file, readFileSync(file).subarray(0, -5));
    expect(await recover(left, 9)).toEqual([]);
    await expect.poll(() => filesIn(left.dir), { timeout: 5_000 }).toEqual({});
  });

  it('keeps what damage cut off and says so; the segments after it are whole', async () => {
    const left = leave(30, 10_000);
    const [first, ...more] = segmentsOf(left.folder);
    expect(more.length).toBeGreaterThan(1);
    const file = join(left.folder, first!);
    const bytes = readFileSync(file);
    const { frames } = readSegment(bytes);
    bytes[frames[2]!.offset + 20]! ^= 4;
    writeFileSync(file, bytes);
    const problems = await recover(left, 31 - (frames.length - 2));
    expect(problems).toMatchObject([{ code: 'spool.damaged' }]);
    const torn = readFileSync(join(left.folder, 'torn-1.bin'));
    expect(torn.equals(bytes.subarray(frames[2]!.offset))).toBe(true);
    expect(seqs()).toEqual([1, 2, ...upTo(31).slice(frames.length)]);
  });

  it('is moved aside as a whole where a segment has no header any more', async () => {
    const left = leave(3);
    const file = join(left.folder, segmentsOf(left.folder)[0]!);
    const bytes = readFileSync(file);
    bytes[3]! ^= 1;
    writeFileSync(file, bytes);
    const { problems } = pipes.make(api.url, { signer: left.signer, spool: { dir: left.dir } });
    await expect.poll(() => problems.length).toBe(1);
    expect(readFileSync(join(left.folder, 'torn-1.bin')).equals(bytes)).toBe(true);
    expect(api.received).toHaveLength(0);
  });

  it('with any byte flipped gives the records before it, never a wrong one, and keeps the rest', () => {
    const header = encodeHeader({
      created: '2026-11-20T09:14:02.000Z',
      format: 1,
      kid: 'k_x',
      log: 'ledger.test/acme',
      producer: 'prd_x',
      seal: null,
      segment: 1,
    });
    const contents = [header, ...[30, 40, 50].map((size) => randomBytes(size))];
    const segment = Buffer.concat([MAGIC, ...contents.map((bytes) => encodeFrame(bytes))]);
    const { frames } = readSegment(segment);
    const lines = frames.map(({ bytes }) => Buffer.from(bytes).toString('latin1'));
    const dir = pipes.dir();
    for (let at = 0; at < segment.length; at += 1) {
      const damaged = Buffer.from(segment);
      damaged[at]! ^= 1 << (at % 8);
      const path = join(dir, String(at));
      mkdirSync(path);
      writeFileSync(join(path, '000001.seg'), damaged);
      const problems: GhostProblem[] = [];
      const queue = queueOf(Folder.owned(path), (problem) => problems.push(problem));
      const read: string[] = [];
      for (let batch = queue.next(100, 2 ** 22); batch !== null; batch = queue.next(100, 2 ** 22))
        read.push(...batch.frames.map(({ bytes }) => Buffer.from(bytes).toString('latin1')));
      const before = frames.filter((frame) => frame.offset + 8 + frame.bytes.length <= at).length;
      expect(read).toEqual(lines.slice(0, before));
      const start = frames[before]?.offset ?? segment.length;
      expect(
        readFileSync(join(path, 'torn-1.bin')).equals(damaged.subarray(before === 0 && at < start ? 0 : start)),
      ).toBe(true);
      expect(problems).toMatchObject([{ code: 'spool.damaged' }]);
    }
  });
});

describe('damage while the producer lives', () => {
  it('costs what is behind it in that segment, and no more', async () => {
    api.hitch({ status: 503, retryAfter: '1' });
    const { pipeline, dir, problems } = pipes.make(api.url, { batch: { maxRecords: 2 } });
    for (let i = 0; i < 10; i += 1) pipeline.take(fieldsDraft(`dec_${i}`));
    await expect.poll(() => api.requests.length).toBeGreaterThan(0);
    const [[folder]] = Object.entries(filesIn(dir)) as [[string, readonly string[]]];
    const file = join(dir, folder, '000001.seg');
    const bytes = readFileSync(file);
    bytes[readSegment(bytes).frames[6]!.offset + 30]! ^= 1;
    writeFileSync(file, bytes, { flag: 'r+' });
    expect(await pipeline.flush(10_000)).toEqual({ pending: 0 });
    pipeline.take(fieldsDraft('dec_10'));
    expect(await pipeline.flush(10_000)).toEqual({ pending: 0 });
    expect(seqs()).toEqual([1, 2, 3, 4, 5, 6, 11]);
    expect(problems.map(({ code }) => code)).toContain('spool.damaged');
    expect(pipeline.stats()).toMatchObject({ spooled: 11, acknowledged: 7, refused: 4 });
  });
});
