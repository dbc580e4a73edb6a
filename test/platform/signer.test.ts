import { createHash } from 'node:crypto';
import { copyFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  consistencyProof,
  memoryReader,
  openCheckpoint,
  parseVkey,
  portableVerify,
  rootOf,
} from '@tenet-ledger/record';
import type { SignRequest } from '../../src/ledger/index.js';
import { FileCheckpointSigner } from '../../src/platform/index.js';
import { SignerMemory } from '../../src/platform/signerMemory.js';

const hashes = (count: number, fork = ''): Uint8Array[] =>
  Array.from({ length: count }, (_, i) =>
    createHash('sha256')
      .update(`${i}${i >= 3 ? fork : ''}`)
      .digest(),
  );

const request = (oldSize: number, size: number, fork = ''): SignRequest => {
  const leaves = hashes(size, fork);
  return { oldSize, size, root: rootOf(leaves), consistency: consistencyProof(oldSize, size, memoryReader(leaves)) };
};

let dir: string;
let signer: FileCheckpointSigner;
const options = (over: object = {}) => ({ dir, origin: 'h/t/1', secretKey: Buffer.alloc(32, 7), ...over });
beforeEach(async () => {
  dir = join(mkdtempSync(join(tmpdir(), 'tenet-test-signer-')), 'signer');
  signer = await FileCheckpointSigner.create(options());
});
afterEach(() => rmSync(join(dir, '..'), { recursive: true, force: true }));

const heads = (): string[] => readdirSync(dir).sort();

test('signs a tree that grows, with a note that verifies under its vkey', async () => {
  expect(await signer.head()).toBeNull();
  for (const [from, to] of [
    [0, 3],
    [3, 4],
    [4, 700],
  ] as const) {
    const answer = await signer.sign(request(from, to));
    if (!answer.ok) throw new Error(answer.reason);
    const { checkpoint } = openCheckpoint(answer.note, [parseVkey(signer.vkey)], portableVerify);
    expect(checkpoint).toMatchObject({ origin: 'h/t/1', size: to });
    expect(await signer.head()).toMatchObject({ size: to, note: answer.note });
  }
});

test('the same head again gives the same note, also after a restart', async () => {
  const first = await signer.sign(request(0, 5));
  const again = await signer.sign(request(0, 5));
  expect(again).toEqual({ ...first, replayed: true });
  const restarted = await FileCheckpointSigner.open(options());
  expect(await restarted.sign(request(0, 5))).toEqual({ ...first, replayed: true });
});

describe('refuses, and keeps its head', () => {
  const cases: [string, SignRequest, string][] = [
    ['a smaller tree', request(0, 4), 'behind'],
    ['another root at the same size', request(0, 5, 'fork'), 'inconsistent'],
    ['a larger tree that is not an extension', request(5, 9, 'fork'), 'inconsistent'],
    ['a proof from another size', request(4, 9), 'old-size'],
    ['a start from nothing', request(0, 9), 'old-size'],
    ['an extension without proof', { ...request(5, 9), consistency: [] }, 'inconsistent'],
    [
      'a proof with a wrong hash',
      { ...request(5, 9), consistency: request(5, 9).consistency.map(() => Buffer.alloc(32)) },
      'inconsistent',
    ],
    ['the root of another size', { ...request(5, 9), root: request(5, 8).root }, 'inconsistent'],
    ['a size that is no number', { ...request(5, 9), size: Number.NaN }, 'inconsistent'],
  ];
  test.each(cases)('%s', async (_, bad, reason) => {
    const first = await signer.sign(request(0, 5));
    expect(await signer.sign(bad)).toMatchObject({ ok: false, reason, head: { size: 5 } });
    expect(await signer.head()).toMatchObject({ size: 5, note: first.ok ? first.note : '' });
    expect((await signer.sign(request(5, 9))).ok).toBe(true);
  });
});

describe('memory', () => {
  test('of two processes that extend the same head in two ways, one signs', async () => {
    await signer.sign(request(0, 5));
    for (let round = 0; round < 20; round += 1) {
      const head = (await signer.head())?.size ?? 0;
      const processes = await Promise.all(Array.from({ length: 6 }, () => FileCheckpointSigner.open(options())));
      const answers = await Promise.all(processes.map((process, i) => process.sign(request(head, head + 1 + i))));
      const signed = answers.flatMap((answer, i) => (answer.ok ? [head + 1 + i] : []));
      expect(signed).toHaveLength(1);
      expect((await signer.head())?.size).toBe(signed[0]);
    }
    expect(heads().length).toBeLessThanOrEqual(4);
  });

  test('a process that slept while its head was superseded and cleaned away signs nothing on top of it', async () => {
    await signer.sign(request(0, 5));
    const memory = new SignerMemory(dir);
    const held = await memory.read();
    for (let size = 6; size < 14; size += 1) await signer.sign(request(size - 1, size));
    expect(await memory.advance(held, { ...held.memory, size: 9 })).toBe(false);
    expect((await signer.head())?.size).toBe(13);
    expect((await signer.sign(request(13, 14))).ok).toBe(true);
  });

  test('a missing memory is refused: the signer could no longer tell a rewritten log', async () => {
    await signer.sign(request(0, 5));
    rmSync(dir, { recursive: true });
    await expect(FileCheckpointSigner.open(options())).rejects.toMatchObject({ code: 'ledger.signer_refused' });
    await expect(signer.sign(request(0, 5))).rejects.toMatchObject({ code: 'ledger.signer_refused' });
  });

  test('setting up again keeps the memory that is there', async () => {
    await signer.sign(request(0, 5));
    expect(await (await FileCheckpointSigner.create(options())).head()).toMatchObject({ size: 5 });
  });

  test.each([
    ['cut off', (text: string) => text.slice(0, 40)],
    ['of another version', (text: string) => text.replace('"v":1', '"v":2')],
    ['with another size', (text: string) => text.replace('"size":5', '"size":6')],
    ['with another note', (text: string) => text.replace('h/t/1\\n5', 'h/t/1\\n6')],
  ])('a memory %s is refused', async (_, edit) => {
    await signer.sign(request(0, 5));
    const name = join(dir, heads().at(-1)!);
    writeFileSync(name, edit(readFileSync(name, 'utf8')));
    await expect(FileCheckpointSigner.open(options())).rejects.toMatchObject({ code: 'ledger.signer_refused' });
  });

  test('a memory of another log or key is refused', async () => {
    await signer.sign(request(0, 5));
    const other = { origin: 'h/other/1' };
    await expect(FileCheckpointSigner.open(options(other))).rejects.toMatchObject({ code: 'ledger.signer_refused' });
    const key = { secretKey: Buffer.alloc(32, 8) };
    await expect(FileCheckpointSigner.open(options(key))).rejects.toMatchObject({ code: 'ledger.signer_refused' });
  });

  test('a half-written file of a killed process is not a head', async () => {
    await signer.sign(request(0, 5));
    const [last] = heads().slice(-1);
    copyFileSync(join(dir, last!), join(dir, `${last!.replace('1.json', '2.json')}.99.abc.tmp`));
    expect(await signer.head()).toMatchObject({ size: 5 });
  });
});
