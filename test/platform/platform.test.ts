import { chmodSync, cpSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { parsePolicy } from '@tenet-ledger/record';
import { initTenant, keyFile, openPlatform, signerDir, type Platform } from '../../src/platform/index.js';
import { testDatabase, type TestDatabase } from '../support/postgres.js';

let database: TestDatabase;
let stateDir: string;
const open: Platform[] = [];
const init = async (over: Partial<Parameters<typeof initTenant>[0]> = {}): Promise<Platform> => {
  const platform = await initTenant({ db: database.db, stateDir, tenant: 'acme', host: 'h.localhost', ...over });
  open.push(platform);
  return platform;
};
beforeEach(async () => {
  database = await testDatabase();
  stateDir = mkdtempSync(join(tmpdir(), 'tenet-test-state-'));
});
afterEach(async () => {
  await Promise.all(open.splice(0).map((platform) => platform.close()));
  await database.drop();
  rmSync(stateDir, { recursive: true, force: true });
});

test('a new tenant has its keys, a checkpoint over the platform key, and a policy for auditors', async () => {
  const platform = await init();
  expect(platform).toMatchObject({ log: 'h.localhost/acme', origin: 'h.localhost/acme/1' });
  expect(await platform.ledger.latestCheckpoint()).toMatchObject({ size: 1 });
  expect(await platform.ledger.status()).toMatchObject({ size: 1, queued: 0, halted: null, keys: { active: 1 } });
  const policy = parsePolicy(platform.policy());
  expect(policy.logs.map(({ key }) => key.name)).toEqual([platform.origin]);
  expect(policy.roots.map(({ name }) => name)).toEqual([platform.log]);
  expect(platform.policy()).toContain(`log ${platform.vkey}\n`);
  for (const name of ['root', 'platform', 'checkpoint', 'tag'] as const) {
    expect(statSync(keyFile(stateDir, 'acme', name)).mode & 0o777).toBe(0o600);
  }
});

test('setting up again finds everything as it was', async () => {
  const first = await init();
  const again = await init();
  expect(again.vkey).toBe(first.vkey);
  expect(again.policy()).toBe(first.policy());
  expect(await again.ledger.status()).toMatchObject({ size: 1 });
});

test('six processes that set the tenant up at once end with one log', async () => {
  const platforms = await Promise.all(Array.from({ length: 6 }, () => init()));
  expect(new Set(platforms.map(({ vkey }) => vkey)).size).toBe(1);
  expect(await platforms[0]?.ledger.status()).toMatchObject({ size: 1, queued: 0 });
  expect(await platforms[0]?.ledger.fsck()).toMatchObject({ ok: true });
});

test('two tenants in one database and one state folder do not see each other', async () => {
  const [a, b] = [await init(), await init({ tenant: 'beta' })];
  const [{ id = '' } = {}] = await a.ledger.append([{ kind: 'report', type: 'report.test', fields: [] }]);
  await a.ledger.sequenceOnce();
  expect(await b.ledger.readEntries([id])).toEqual([]);
  expect(await b.ledger.status()).toMatchObject({ size: 1 });
  expect(await a.ledger.status()).toMatchObject({ size: 2 });
  expect(a.vkey).not.toBe(b.vkey);
});

describe('refuses to open', () => {
  const reject = (over: object = {}): Promise<unknown> =>
    openPlatform({ database: database.db, stateDir, tenant: 'acme', ...over }).then(
      (platform) => open.push(platform),
      (error: unknown) => error,
    );

  test('a tenant that was not set up, and a database that was not migrated', async () => {
    expect(await reject()).toMatchObject({ code: 'not_found' });
    const empty = await testDatabase({ empty: true });
    expect(await reject({ database: empty.url })).toMatchObject({
      code: 'db.unavailable',
      details: { fix: expect.stringContaining('migrate') as unknown },
    });
    await empty.drop();
  });

  test('a state folder that lacks a key, but not one that lacks the root key', async () => {
    await init();
    rmSync(keyFile(stateDir, 'acme', 'root'));
    const platform = await openPlatform({ database: database.db, stateDir, tenant: 'acme' });
    open.push(platform);
    const publicKey = platform.rootKey;
    await expect(platform.ledger.enrolKey({ publicKey, role: 'producer' })).rejects.toMatchObject({
      code: 'not_found',
    });
    rmSync(keyFile(stateDir, 'acme', 'platform'));
    expect(await reject()).toMatchObject({ code: 'config.invalid' });
  });

  test('a key file that others may read', async () => {
    await init();
    chmodSync(keyFile(stateDir, 'acme', 'checkpoint'), 0o644);
    expect(await reject()).toMatchObject({ code: 'config.invalid', details: { expected: 'mode 600' } });
  });

  test('keys of another log', async () => {
    await init();
    const other = mkdtempSync(join(tmpdir(), 'tenet-test-state-'));
    const db = await testDatabase();
    open.push(await initTenant({ db: db.db, stateDir: other, tenant: 'acme', host: 'h.localhost' }));
    expect(await reject({ stateDir: other })).toMatchObject({ code: 'config.invalid' });
    await open.pop()?.close();
    await db.drop();
    rmSync(other, { recursive: true });
  });

  test('a state folder whose signer memory is gone', async () => {
    await init();
    rmSync(signerDir(stateDir, 'acme'), { recursive: true });
    expect(await reject()).toMatchObject({ code: 'ledger.signer_refused' });
  });

  test('an empty database under a signer that has signed', async () => {
    await init();
    const empty = await testDatabase();
    await expect(init({ db: empty.db })).rejects.toMatchObject({ code: 'ledger.signer_ahead' });
    await empty.drop();
  });

  test('another host than the log was set up with', async () => {
    await init();
    await expect(init({ host: 'elsewhere.localhost' })).rejects.toMatchObject({ code: 'config.invalid' });
  });
});

test('a tenant set up by halves is completed', async () => {
  await init();
  // As if the process had been killed before the rows were written: keys and an empty memory are there.
  const half = mkdtempSync(join(tmpdir(), 'tenet-test-state-'));
  cpSync(join(stateDir, 'keys'), join(half, 'keys'), { recursive: true });
  const empty = await testDatabase();
  const platform = await initTenant({ db: empty.db, stateDir: half, tenant: 'acme', host: 'h.localhost' });
  expect(await platform.ledger.status()).toMatchObject({ size: 1, halted: null });
  expect(platform.vkey).toBe(open[0]?.vkey);
  await platform.close();
  await empty.drop();
  rmSync(half, { recursive: true });
});
