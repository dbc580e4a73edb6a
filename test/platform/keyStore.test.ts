import { appendFileSync, mkdtempSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { fork } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { FileKeyStore } from '../../src/platform/index.js';
import { encodeSlot, scanSlots, SLOT, tagOf } from '../../src/platform/keySlots.js';

let dir: string;
let file: string;
const opened: FileKeyStore[] = [];
const open = async (): Promise<FileKeyStore> => {
  const store = await FileKeyStore.open(file);
  opened.push(store);
  return store;
};
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'tenet-test-keys-'));
  file = join(dir, 'keystore', 'subjects.keys');
});
afterEach(() => {
  for (const store of opened.splice(0)) store.close();
  rmSync(dir, { recursive: true, force: true });
});

const idOf = async (store: FileKeyStore, subject: string): Promise<string> =>
  (await store.ensure('acme', [subject])).get(subject)?.keyId ?? '';

test('a subject keeps its key, in this process and in the next', async () => {
  const store = await open();
  const keys = await store.ensure('acme', ['a', 'b', '']);
  expect(new Set([...keys.values()].map(({ keyId }) => keyId)).size).toBe(3);
  expect([...keys.values()].every(({ key }) => key.length === 32)).toBe(true);
  const again = await (await open()).ensure('acme', ['b', 'a']);
  expect(again.get('a')).toEqual(keys.get('a'));
  expect(await store.get(keys.get('b')?.keyId ?? '')).toEqual(keys.get('b')?.key);
  expect(statSync(file).size).toBe(3 * SLOT);
});

test('tenants do not share keys, and names that run together are told apart', async () => {
  const store = await open();
  const ids = [
    (await store.ensure('a', ['bc'])).get('bc')?.keyId,
    (await store.ensure('ab', ['c'])).get('c')?.keyId,
    (await store.ensure('b', ['bc'])).get('bc')?.keyId,
  ];
  expect(new Set(ids).size).toBe(3);
});

test('the file is for its owner alone and names no subject', async () => {
  await idOf(await open(), 'subject-in-clear-text');
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(readFileSync(file).includes('subject-in-clear-text')).toBe(false);
});

describe('destroying', () => {
  test('takes the key away in every process, durably', async () => {
    const [one, two] = [await open(), await open()];
    const keyId = await idOf(one, 'a');
    const before = Buffer.from((await two.get(keyId)) ?? []);
    expect(before).toHaveLength(32);
    expect(await one.destroy(keyId)).toBe(true);
    expect(await two.get(keyId)).toBeNull();
    expect(await (await open()).get(keyId)).toBeNull();
    expect(readFileSync(file).includes(before)).toBe(false);
    expect(await two.destroy(keyId)).toBe(false);
  });

  test('a subject that comes back gets another key', async () => {
    const [one, two] = [await open(), await open()];
    const keyId = await idOf(one, 'a');
    await one.destroy(keyId);
    const fresh = await idOf(two, 'a');
    expect(fresh).not.toBe(keyId);
    expect(await idOf(one, 'a')).toBe(fresh);
  });

  test('an unknown key is not there', async () => {
    const store = await open();
    expect(await store.get('sk_00')).toBeNull();
    expect(await store.destroy('sk_00')).toBe(false);
  });
});

describe('several writers', () => {
  test('twenty stores on one file agree on one key a subject', async () => {
    const stores = await Promise.all(Array.from({ length: 20 }, () => open()));
    const subjects = Array.from({ length: 50 }, (_, i) => `s${i}`);
    const all = await Promise.all(stores.map((store) => store.ensure('acme', subjects)));
    for (const subject of subjects) {
      expect(new Set(all.map((keys) => keys.get(subject)?.keyId)).size).toBe(1);
    }
  });

  test('of two slots for one subject the first in the file counts', async () => {
    const [one, two] = [await open(), await open()];
    const tag = tagOf('acme', 'raced');
    appendFileSync(file, encodeSlot(tag, Buffer.alloc(16, 1), Buffer.alloc(32, 1)));
    appendFileSync(file, encodeSlot(tag, Buffer.alloc(16, 2), Buffer.alloc(32, 2)));
    const wanted = `sk_${'01'.repeat(16)}`;
    expect(await idOf(one, 'raced')).toBe(wanted);
    expect(await idOf(two, 'raced')).toBe(wanted);
  });

  test('processes that are killed in the middle leave every key they gave out', async () => {
    await open();
    const script = join(dir, 'writer.mjs');
    // The slot format is ours to write from anywhere: one append per batch, as a process of ours would.
    writeFileSync(
      script,
      `import { appendFileSync } from 'node:fs';
       import { createHash, randomBytes } from 'node:crypto';
       const sha = (data) => createHash('sha256').update(data).digest();
       for (let i = 0; ; i += 1) {
         const body = Buffer.concat([Buffer.from('TNTKEY\\x00\\x01', 'latin1'), sha(JSON.stringify(['acme', 's' + (i % 100)])), randomBytes(48)]);
         appendFileSync(${JSON.stringify(file)}, Buffer.concat([body, sha(body).subarray(0, 8)]));
       }`,
    );
    const writers = [fork(script), fork(script)];
    const store = await open();
    const given = new Map<string, Uint8Array>();
    for (let round = 0; round < 30; round += 1) {
      const keys = await store.ensure('acme', [`s${round}`, `own${round}`]);
      for (const { keyId, key } of keys.values()) given.set(keyId, key);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    for (const writer of writers) writer.kill('SIGKILL');
    await Promise.all(writers.map((writer) => new Promise((resolve) => writer.once('exit', resolve))));
    const after = await open();
    for (const [keyId, key] of given) expect(await after.get(keyId)).toEqual(key);
    for (let round = 0; round < 30; round += 1) expect(given.has(await idOf(after, `s${round}`))).toBe(true);
  });
});

describe('a torn file', () => {
  test('a tail cut at any byte costs that slot alone, and what is appended behind it is found', async () => {
    const first = await open();
    const kept = await idOf(first, 'kept');
    await idOf(first, 'torn');
    for (const cut of [1, 7, 8, 9, 40, 95]) {
      truncateSync(file, SLOT + cut);
      const store = await open();
      const fresh = await idOf(store, `fresh${cut}`);
      const next = await open();
      expect(await idOf(next, 'kept')).toBe(kept);
      expect(await idOf(next, `fresh${cut}`)).toBe(fresh);
    }
  });

  test('sound slots are found whatever lies between them', () => {
    const junk = fc.uint8Array({ maxLength: 200 });
    fc.assert(
      fc.property(
        fc.array(fc.tuple(junk, fc.uint8Array({ minLength: 48, maxLength: 48 })), { maxLength: 8 }),
        (parts) => {
          const slots = parts.map(([, secret], i) =>
            encodeSlot(tagOf('t', `${i}`), secret.subarray(0, 16), secret.subarray(16)),
          );
          const bytes = Buffer.concat(parts.flatMap(([before], i) => [before, slots[i]!]));
          expect(scanSlots(bytes, 0).slots.map(({ tag }) => tag)).toEqual(parts.map((_, i) => tagOf('t', `${i}`)));
        },
      ),
      { numRuns: 200 },
    );
  });

  test('a file read in pieces gives the same slots', () => {
    fc.assert(
      fc.property(
        fc.nat(5),
        fc.integer({ min: 1, max: 300 }),
        fc.uint8Array({ maxLength: 120 }),
        (count, step, junk) => {
          const slots = Array.from({ length: count }, (_, i) =>
            encodeSlot(tagOf('t', `${i}`), Buffer.alloc(16, i), Buffer.alloc(32, 9)),
          );
          const bytes = Buffer.concat([...slots.slice(0, 2), junk, ...slots.slice(2)]);
          const found: string[] = [];
          let scanned = 0;
          for (let end = 0; end < bytes.length + step; end += step) {
            const { slots: more, done } = scanSlots(bytes.subarray(scanned, Math.min(end, bytes.length)), scanned);
            found.push(...more.map(({ tag }) => tag));
            scanned += done;
          }
          expect(found).toEqual(slots.map((_, i) => tagOf('t', `${i}`)));
        },
      ),
      { numRuns: 200 },
    );
  });

  test('a slot whose key was half overwritten counts as destroyed', async () => {
    const store = await open();
    const keyId = await idOf(store, 'a');
    const bytes = readFileSync(file);
    bytes.fill(0, 56, 70);
    writeFileSync(file, bytes);
    const next = await open();
    expect(await next.get(keyId)).toBeNull();
    expect(await idOf(next, 'a')).not.toBe(keyId);
  });
});
