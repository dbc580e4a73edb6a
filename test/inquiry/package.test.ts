import { createHash } from 'node:crypto';
import { appendFileSync, cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { parsePolicy } from '@tenet-ledger/record';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  folderFiles,
  isIntact,
  verifyPackage,
  type InquiryCase,
  type Manifest,
  type PackageFiles,
  type PackageVerdict,
} from '../../src/inquiry/index.js';
import { nodeSha256, verifySync } from '../../src/ledger/index.js';
import { hasBrowser, readInBrowser } from './verifierPage.js';
import { ben, cyd, openOffice, query, type Office } from './support.js';

let office: Office;
let done: InquiryCase;
let folder: string;
let copy: string;

beforeAll(async () => {
  office = await openOffice();
  const { t } = office;
  const producer = await t.producer(1);
  const mine = producer.records(5, { subject: 'tag_x' });
  const others = producer.records(20, { subject: 'tag_y' });
  const override = producer.record({
    kind: 'override',
    type: 'loan.override',
    id: 'ovr_1',
    links: [{ rel: 'decision', id: mine[0]?.id ?? '' }],
    fields: [{ path: '/override/outcome', value: 'deny' }],
  });
  await t.ledger.ingest([...mine, ...others, override], { kids: 'any' });
  await t.ledger.waitLogged([override.id], { timeoutMs: 10_000 });
  const { id } = await office.open();
  await office.step(id, 'scope', { query: query({ subject: 'tag_x' }), reason: null });
  await office.step(id, 'hold', { query: null, reason: 'the letter' });
  await office.step(id, 'collect', { replays: [{ agent: 'underwriter@9.9.9', model: 'tape' }] });
  const redactions = [{ path: '/context', ground: 'third-party', reason: 'names an employer', entry: null }];
  await office.step(id, 'review', { redactions, note: null });
  await office.approve(id, ben);
  await office.approve(id, cyd);
  done = await office.step(id, 'package', {});
  folder = done.productions[0]?.folder ?? '';
  copy = mkdtempSync(join(tmpdir(), 'tenet-test-package-'));
});
afterAll(async () => {
  await office.close();
  rmSync(copy, { recursive: true, force: true });
});

const verify = async (path: string, kept?: string): Promise<PackageVerdict> =>
  verifyPackage(await folderFiles(path), {
    policy: parsePolicy(office.t.platform.policy()),
    verify: verifySync,
    everySignature: true,
    hash: nodeSha256,
    ...(kept === undefined ? {} : { kept }),
  });

/** The package with one thing changed. */
async function changed(name: string, change: (dir: string) => void): Promise<PackageVerdict> {
  const dir = join(copy, name);
  cpSync(folder, dir, { recursive: true });
  change(dir);
  return verify(dir);
}

describe('a package', () => {
  test('answers integrity, authenticity, independence and completeness apart', async () => {
    const verdict = await verify(folder);
    expect(verdict.problems).toEqual([]);
    expect(verdict).toMatchObject({
      integrity: { verdict: 'HOLDS' },
      authenticity: { verdict: 'SIGNED' },
      independence: { verdict: 'SELF-ATTESTED' },
      completeness: { verdict: 'ALL IN THE LOG' },
      inquiry: done.id,
      version: 1,
    });
    expect(verdict.decisions).toHaveLength(5);
    expect(verdict.decisions.every(({ withheld, disclosed }) => withheld === 1 && disclosed === 4)).toBe(true);
    expect(verdict.report).toMatchObject({ decisions: 25, inScope: { length: 5 } });
    expect(verdict.notShown.join(' ')).toMatch(/prd_1 is OPEN/);
  });

  test('is consistent with a checkpoint that its reader kept, and says when it is not comparable', async () => {
    const kept = await office.t.ledger.latestCheckpoint();
    expect((await verify(folder, kept?.note)).independence.verdict).toBe('SELF-ATTESTED');
    const size = (await verify(folder)).report?.size ?? 0;
    const older = await office.t.ledger.checkpointAt(size);
    expect((await verify(folder, older?.note)).independence.verdict).toBe('LOGGED');
  });

  test('left nothing else in its place, and what it withholds is in no file of it', () => {
    expect(readdirSync(office.productions)).toEqual([`${done.id}-v1`]);
    const text = readFileSync(join(folder, 'decisions/000001.json'), 'utf8');
    expect(text).not.toContain('"/context/inputs",');
    expect(readFileSync(join(folder, 'withheld.csv'), 'utf8')).toContain(
      '/context/inputs,third-party,names an employer',
    );
    expect(readFileSync(join(folder, 'cover.pdf')).subarray(0, 5).toString()).toBe('%PDF-');
  });

  test('made again from the same case is the same, byte for byte, but for the newer checkpoint of its signature', async () => {
    const before = readFileSync(join(folder, 'manifest.json'), 'utf8');
    const again = await office.step(done.id, 'package', {}, cyd);
    const after = JSON.parse(readFileSync(join(folder, 'manifest.json'), 'utf8')) as Manifest;
    const differing = after.files.filter(
      ({ path, sha256 }) => !before.includes(`"path":"${path}","sha256":"${sha256}"`),
    );
    // The cover says when it was made, and custody that it was made before.
    expect(differing.map(({ path }) => path).sort()).toEqual(['cover.pdf', 'custody.json']);
    expect(again.productions).toHaveLength(1);
    done = again;
  });

  test.each<[string, (dir: string) => void, RegExp]>([
    ['a decision was left out', (dir) => rmSync(join(dir, 'decisions/000002.json')), /000002.json is missing/],
    ['a file was added', (dir) => writeFileSync(join(dir, 'note.txt'), 'x'), /note.txt is not in the manifest/],
    ['a file was changed', (dir) => appendFileSync(join(dir, 'index.csv'), 'x'), /index.csv is not the file/],
    [
      'custody was changed',
      (dir) => edit(dir, 'custody.json', 'received', 'deceived'),
      /custody event 1 does not hash/,
    ],
    [
      'the manifest was changed',
      (dir) => edit(dir, 'manifest.json', '"version":1', '"version":2'),
      /names another manifest/,
    ],
  ])('does not hold where %s', async (name, change, why) => {
    const verdict = await changed(name, change);
    expect(verdict.integrity.verdict).toBe('BROKEN');
    expect(verdict.problems.join('\n')).toMatch(why);
  });

  test('of which one byte is another is never intact, whichever it is', async () => {
    const disk = await folderFiles(folder);
    const all = new Map(await Promise.all(disk.paths.map(async (path) => [path, await disk.read(path)] as const)));
    const options = { policy: parsePolicy(office.t.platform.policy()), verify: verifySync, everySignature: true };
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...disk.paths),
        fc.nat(),
        fc.integer({ min: 1, max: 255 }),
        async (path, at, by) => {
          const bytes = Uint8Array.from(all.get(path) ?? []);
          bytes[at % bytes.length] = (bytes[at % bytes.length] ?? 0) ^ by;
          const files = inMemory(new Map([...all, [path, bytes]]));
          const verdict = await verifyPackage(files, { ...options, hash: nodeSha256 });
          expect([verdict.integrity.verdict, isIntact(verdict)]).toEqual(['BROKEN', false]);
        },
      ),
      { numRuns: 40 },
    );
  });

  test('that hides a decision of the person is found incomplete, whatever its manifest says', async () => {
    const verdict = await changed('hidden', (dir) => {
      rmSync(join(dir, 'decisions/000003.json'));
      const manifest = JSON.parse(readFileSync(join(dir, 'manifest.json'), 'utf8')) as Manifest;
      const files = manifest.files.filter(({ path }) => path !== 'decisions/000003.json');
      writeFileSync(join(dir, 'manifest.json'), JSON.stringify({ ...manifest, files }));
    });
    expect(verdict.completeness).toMatchObject({ verdict: 'INCOMPLETE' });
    expect(verdict.problems.join('\n')).toMatch(/1 decisions in scope are in the log and not in the package/);
  });

  test('whose log lacks a leaf does not recompute to the signed root', async () => {
    const verdict = await changed('leafless', (dir) => {
      const path = join(dir, 'leaves.jsonl.gz');
      const lines = gunzipSync(readFileSync(path)).toString().split('\n');
      lines.splice(3, 1);
      writeFileSync(path, gzipSync(lines.join('\n')));
    });
    expect(verdict.completeness.verdict).toBe('NOT SHOWN');
    expect(verdict.problems.join('\n')).toMatch(/are not those of index 0 to/);
  });

  test.skipIf(!hasBrowser)(
    'is read by its own page in a browser without a network, to the same answers',
    async () => {
      const page = join(folder, 'verifier.html');
      const good = await readInBrowser(page, folder, office.t.platform.policy());
      expect(good).toMatchObject({ requests: [], errors: [] });
      expect(good.verdicts).toEqual(['HOLDS', 'SIGNED', 'SELF-ATTESTED', 'ALL IN THE LOG']);
      expect(good.fingerprint).toMatch(/^SHA-256 of this policy: [0-9a-f]{64}$/);
      const bad = join(copy, 'page');
      cpSync(folder, bad, { recursive: true });
      appendFileSync(join(bad, 'index.csv'), 'x');
      const broken = await readInBrowser(page, bad, office.t.platform.policy());
      expect(broken.verdicts.slice(0, 2)).toEqual(['BROKEN', 'NOT SHOWN']);
      expect(broken.text).toMatch(/index.csv is not the file that the manifest lists/);
    },
    90_000,
  );

  test('is delivered, refused and delivered again; a supplement names the production before it', async () => {
    const refused = { to: 'DPA', channel: 'portal', outcome: 'refused', note: 'too large for the portal' };
    expect(await office.step(done.id, 'deliver', refused)).toMatchObject({
      state: 'packaged',
      deliveries: [{ outcome: 'refused' }],
    });
    await office.step(done.id, 'deliver', { ...refused, channel: 'courier', outcome: 'accepted', note: 'receipt 7' });
    const closed = await office.step(done.id, 'close', { reason: 'answered', keepHold: false });
    expect(closed).toMatchObject({ state: 'closed', holds: [{ released: { by: 'https://id.example#ada' } }] });
    await expect(office.step(done.id, 'collect', { replays: [] })).rejects.toMatchObject({ code: 'inquiry.state' });
    const reopened = await office.step(done.id, 'reopen', { reason: 'a further question' });
    expect(reopened).toMatchObject({ state: 'scoped', version: 2, collection: null, approvals: [] });
    await office.step(done.id, 'collect', { replays: [] });
    await office.step(done.id, 'review', { redactions: [], note: null });
    await office.approve(done.id, ben);
    await office.approve(done.id, cyd);
    const second = await office.step(done.id, 'package', {});
    const [first, supplement] = second.productions;
    const manifest = JSON.parse(readFileSync(join(supplement?.folder ?? '', 'manifest.json'), 'utf8')) as Manifest;
    expect(manifest).toMatchObject({ version: 2, supplements: first?.manifest });
    expect((await verify(supplement?.folder ?? '')).problems).toEqual([]);
    expect(await office.step(done.id, 'withdraw', { reason: 'settled', keepHold: false })).toMatchObject({
      state: 'withdrawn',
    });
  });
});

function edit(dir: string, file: string, from: string, to: string): void {
  const path = join(dir, file);
  const text = readFileSync(path, 'utf8');
  expect(text).toContain(from);
  writeFileSync(path, text.replace(from, to));
}

function inMemory(files: ReadonlyMap<string, Uint8Array>): PackageFiles {
  const read = (path: string): Uint8Array => files.get(path) ?? new Uint8Array();
  return {
    paths: [...files.keys()],
    read: async (path) => read(path),
    async lines(path, line) {
      for (const text of gunzipSync(read(path)).toString().split('\n').slice(0, -1)) await line(text);
      return createHash('sha256').update(read(path)).digest('hex');
    },
  };
}
