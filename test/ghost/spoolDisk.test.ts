import { execFileSync, spawnSync } from 'node:child_process';
import fs, {
  chmodSync,
  chownSync,
  lchownSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { fileSystemOf, isEphemeral, makePlace, spoolPlaces } from '../../packages/ghost/src/spool/location.js';
import { startRecordsApi, type RecordsApi } from '../support/recordsApi.js';
import { fieldsDraft } from './support/drafts.js';
import { filesIn, newSigner, Pipes, type PipeOptions } from './support/pipelines.js';

let api: RecordsApi;
const pipes = new Pipes();
const mounts: string[] = [];
beforeEach(async () => {
  api = await startRecordsApi();
});
afterEach(async () => {
  pipes.close();
  for (const mount of mounts.splice(0)) execFileSync('umount', ['-l', mount]);
  pipes.clear();
  await api.close();
});

const NOWHERE = 'http://127.0.0.1:9';
const seqs = (): readonly number[] => api.received.map(({ entry }) => entry.producer.seq);
const upTo = (count: number): number[] => Array.from({ length: count }, (_, i) => i + 1);

function mountTmpfs(options: string): string {
  const dir = pipes.dir();
  execFileSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', dir]);
  mounts.push(dir);
  return dir;
}

const probe = pipes.dir();
const mayMount = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', probe]).status === 0;
if (mayMount) execFileSync('umount', [probe]);

/** A pipeline whose disk trouble is over when the test says so; the clock may be pushed. */
function pipe(options: PipeOptions) {
  let ahead = 0;
  const piped = pipes.make(api.url, { now: () => Date.now() + ahead, ...options });
  return { ...piped, wait: (ms: number) => void (ahead += ms) };
}

describe.skipIf(!mayMount)('a disk that is full', () => {
  it('costs nothing but durability: memory takes over, and the disk again when there is room', async () => {
    const dir = mountTmpfs('size=256k');
    const { pipeline, problems, wait } = pipe({ spool: { dir, segmentBytes: 65_536 } });
    api.hitch({ status: 503, retryAfter: '1' });
    for (let i = 0; i < 400; i += 1) pipeline.take(fieldsDraft(`dec_${i}`));
    expect(problems.map(({ code }) => code)).toEqual(['spool.ephemeral', 'spool.disk']);
    expect(problems[1]?.message).toMatch(/ENOSPC/);
    expect(pipeline.stats()).toMatchObject({ spooled: 400, dropped: 0, spool: { ephemeral: true } });
    expect(await pipeline.flush(10_000)).toEqual({ pending: 0 });
    expect(seqs()).toEqual(upTo(400));
    wait(60_000);
    pipeline.take(fieldsDraft('dec_400'));
    const [[, files]] = Object.entries(filesIn(dir)) as [[string, readonly string[]]];
    expect(files.some((name) => name.endsWith('.seg'))).toBe(true);
    await pipeline.flush(5_000);
    expect(seqs()).toEqual(upTo(401));
  });

  it('keeps what it has when the process dies, and what memory had is a gap that shows', async () => {
    const dir = mountTmpfs('size=128k');
    const signer = newSigner();
    const { pipeline, problems } = pipes.make(NOWHERE, { signer, spool: { dir, segmentBytes: 65_536 } });
    for (let i = 0; i < 200; i += 1) pipeline.take(fieldsDraft(`dec_${i}`));
    pipeline.close();
    expect(problems.at(-1)).toMatchObject({ code: 'spool.lost' });
    const lost = Number(/^\d+/.exec(problems.at(-1)!.message)![0]);
    pipes.make(api.url, { signer, spool: { dir } });
    await expect.poll(() => api.received.length, { timeout: 5_000 }).toBe(201 - lost);
    expect(seqs()).toEqual(upTo(201 - lost));
  });
});

describe.skipIf(!mayMount)('a disk that can only be read', () => {
  it('is worked around and reported once', async () => {
    const dir = mountTmpfs('size=64k,ro');
    const { pipeline, problems } = pipe({ spool: { dir } });
    for (let i = 0; i < 20; i += 1) pipeline.take(fieldsDraft(`dec_${i}`));
    expect(await pipeline.flush(5_000)).toEqual({ pending: 0 });
    expect(seqs()).toEqual(upTo(20));
    expect(problems).toMatchObject([{ code: 'spool.disk', message: expect.stringMatching(/EROFS/) as string }]);
    expect(pipeline.stats().spool).toMatchObject({ ephemeral: true, dir });
  });
});

describe('a folder that can not be made', () => {
  it('is worked around, and used once it can', async () => {
    const dir = join(pipes.dir(), 'file');
    writeFileSync(dir, '');
    const { pipeline, problems, wait } = pipe({ spool: { dir } });
    api.hitch({ status: 503, retryAfter: '1' });
    for (let i = 0; i < 20; i += 1) pipeline.take(fieldsDraft(`dec_${i}`));
    expect(problems.map(({ code }) => code)).toEqual(['spool.disk']);
    rmSync(dir);
    wait(60_000);
    pipeline.take(fieldsDraft('dec_20'));
    expect(Object.values(filesIn(dir))).toEqual([['000001.seg', 'lock']]);
    await expect.poll(() => pipeline.stats().synced).toBe(21);
    expect(await pipeline.flush(5_000)).toEqual({ pending: 0 });
    expect(seqs()).toEqual(upTo(21));
  });

  it('that somebody removes comes back', async () => {
    const { pipeline, dir, problems } = pipe({ spool: { segmentBytes: 8_192 } });
    pipeline.take(fieldsDraft('dec_0'));
    rmSync(dir, { recursive: true });
    for (let i = 1; i < 40; i += 1) pipeline.take(fieldsDraft(`dec_${i}`));
    await pipeline.flush(5_000);
    expect(seqs().at(-1)).toBe(40);
    expect(Object.keys(filesIn(dir))).toHaveLength(1);
    expect(problems.filter(({ code }) => code === 'spool.disk')).toHaveLength(0);
  });
});

describe('a disk that reports errors', () => {
  const { writeSync, fdatasync, readSync } = fs;
  afterEach(() => {
    Object.assign(fs, { writeSync, fdatasync, readSync });
    syncBuiltinESMExports();
  });
  const eio = (): Error => Object.assign(new Error('EIO: i/o error'), { code: 'EIO' });

  it('while writing: half a frame is cut off and no number is lost', async () => {
    const { pipeline, problems } = pipe({});
    pipeline.take(fieldsDraft('dec_0'));
    let calls = 0;
    fs.writeSync = ((fd: number, bytes: Uint8Array, from: number, length: number, at: number) => {
      calls += 1;
      if (calls % 2 === 0) throw eio();
      return writeSync(fd, bytes, from, Math.ceil(length / 2), at);
    }) as typeof writeSync;
    syncBuiltinESMExports();
    for (let i = 1; i < 10; i += 1) pipeline.take(fieldsDraft(`dec_${i}`));
    fs.writeSync = writeSync;
    syncBuiltinESMExports();
    expect(problems.map(({ code }) => code)).toEqual(['spool.disk']);
    await pipeline.flush(5_000);
    expect(seqs()).toEqual(upTo(10));
  });

  it('while syncing: said, and nothing is called synced', async () => {
    const { pipeline, problems } = pipe({ spool: { fsyncMs: 5 } });
    const failing = (_: number, done: (error: Error) => void): void => void setTimeout(() => done(eio()), 1);
    fs.fdatasync = failing as unknown as typeof fdatasync;
    syncBuiltinESMExports();
    pipeline.take(fieldsDraft('dec_0'));
    await expect.poll(() => problems.map(({ code }) => code)).toContain('spool.sync');
    expect(pipeline.stats().synced).toBe(0);
    expect(await pipeline.flush(5_000)).toEqual({ pending: 0 });
  });

  it('while reading back: said, the file stays, and what comes after is delivered', async () => {
    const { pipeline, problems, dir } = pipe({ spool: { segmentBytes: 8_192 }, batch: { lingerMs: 1_000 } });
    for (let i = 0; i < 20; i += 1) pipeline.take(fieldsDraft(`dec_${i}`));
    let failing = true;
    fs.readSync = ((...args: Parameters<typeof readSync>) => {
      if (!failing) return readSync(...args);
      failing = false;
      throw eio();
    }) as typeof readSync;
    syncBuiltinESMExports();
    expect(await pipeline.flush(5_000)).toEqual({ pending: 0 });
    expect(problems.map(({ code }) => code)).toEqual(['spool.read']);
    const { acknowledged, refused } = pipeline.stats();
    expect(acknowledged + refused).toBe(20);
    expect(seqs()).toEqual(upTo(20).slice(refused));
    expect(Object.values(filesIn(dir))[0]).toContain('000001.seg');
  });
});

describe('where a spool is', () => {
  it('is what is named, else the state folder, else a temporary one', () => {
    expect(spoolPlaces('/a', { TENET_SPOOL_DIR: '/b' })).toEqual(['/a']);
    expect(spoolPlaces(undefined, { TENET_SPOOL_DIR: '/b' })).toEqual(['/b']);
    const [state, temporary] = spoolPlaces(undefined, { XDG_STATE_HOME: '/state' });
    expect(state).toBe('/state/tenet/spool');
    expect(temporary).toMatch(/tenet-spool-\d+$/);
    expect(spoolPlaces(undefined, {})[0]).toMatch(/\.local\/state\/tenet\/spool$/);
  });

  it('is the next best where the best can not be made', () => {
    const base = pipes.dir();
    writeFileSync(join(base, 'file'), '');
    expect(makePlace([join(base, 'file'), join(base, 'ok')])).toBe(join(base, 'ok'));
    expect(() => makePlace([join(base, 'file')])).toThrow(/EEXIST|ENOTDIR/);
  });

  it.skipIf(process.getuid?.() !== 0)('is never what another user put where it would be', () => {
    const place = join(tmpdir(), `tenet-spool-${process.pid}`);
    mkdirSync(place);
    chownSync(place, 1234, 1234);
    expect(() => makePlace([place])).toThrow(/another user/);
    rmSync(place, { recursive: true });
    symlinkSync(pipes.dir(), place);
    lchownSync(place, 1234, 1234);
    expect(() => makePlace([place])).toThrow(/another user/);
    rmSync(place);
  });

  it('is for the user alone', () => {
    const { pipeline, dir } = pipe({ spool: { dir: join(pipes.dir(), 'new') } });
    pipeline.take(fieldsDraft('dec_0'));
    const modes = (path: string): number => fs.statSync(path).mode & 0o777;
    const folder = join(dir, Object.keys(filesIn(dir))[0]!);
    expect([modes(dir), modes(folder), ...readdirSync(folder).map((name) => modes(join(folder, name)))]).toEqual([
      0o700, 0o700, 0o600, 0o600,
    ]);
    chmodSync(dir, 0o700);
  });

  const MOUNTS = [
    '22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw',
    '30 22 0:26 / /tmp rw - tmpfs tmpfs rw',
    '31 22 0:27 / /tmp/disk\\040one rw - xfs /dev/sdb rw',
    '32 22 0:28 / /var rw - ext4 /dev/sdc rw',
    '33 32 0:29 / /var rw - overlay overlay rw',
  ].join('\n');
  it.each([
    ['/home/me', 'ext4'],
    ['/tmp', 'tmpfs'],
    ['/tmp/a/b', 'tmpfs'],
    ['/tmpfoo', 'ext4'],
    ['/tmp/disk one/x', 'xfs'],
    ['/var/lib', 'overlay'],
  ])('%s lies on %s', (path, type) => {
    expect(fileSystemOf(path, MOUNTS)).toBe(type);
  });

  it('is called ephemeral on file systems that go with the machine, and nowhere else', () => {
    expect(isEphemeral('/nowhere/yet', '1 1 0:1 / / rw - overlay overlay rw')).toBe(true);
    expect(isEphemeral('/nowhere/yet', '1 1 0:1 / / rw - ext4 /dev/sda rw')).toBe(false);
    expect(isEphemeral('/nowhere/yet', '')).toBe(false);
    expect(readFileSync('/proc/self/mountinfo', 'utf8').length).toBeGreaterThan(0);
  });

  it.skipIf(!isEphemeral('/dev/shm'))('is said to be ephemeral once, when the first record lies there', () => {
    const dir = mkdtempSync('/dev/shm/tenet-spool-test-');
    try {
      const { pipeline, problems } = pipe({ spool: { dir } });
      expect(problems).toEqual([]);
      for (let n = 0; n < 3; n += 1) pipeline.take(fieldsDraft(`dec_${n}`));
      expect(problems).toMatchObject([
        { code: 'spool.ephemeral', message: expect.stringMatching(/^spool: ephemeral/) as string },
      ]);
      expect(pipeline.stats().spool.ephemeral).toBe(true);
      expect(pipeline.stats().lastError).toBeUndefined();
      pipeline.close();
    } finally {
      rmSync(dir, { recursive: true, force: true });
    }
  });
});

it('two processes share a folder and deliver what is theirs', async () => {
  const signer = newSigner();
  const dir = pipes.dir();
  const both = [pipes.make(api.url, { signer, spool: { dir } }), pipes.make(api.url, { signer, spool: { dir } })];
  for (let i = 0; i < 50; i += 1) both.forEach(({ pipeline }, n) => pipeline.take(fieldsDraft(`dec_${n}_${i}`)));
  expect(Object.keys(filesIn(dir))).toHaveLength(2);
  for (const { pipeline } of both) expect(await pipeline.flush(5_000)).toEqual({ pending: 0 });
  expect(api.received).toHaveLength(100);
});
