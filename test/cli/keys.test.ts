import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createStores } from '../../src/db/index.js';
import { TENANT, testLedger, type TestLedger } from '../support/ledger.js';
import { installIn } from './named.js';

let t: TestLedger;
let folder: string;
let installed: ReturnType<typeof installIn>;

beforeAll(async () => {
  t = await testLedger();
  folder = mkdtempSync(join(tmpdir(), 'tenet-cli-'));
  installed = installIn(folder);
  const producer = await t.producer(1);
  await t.ledger.ingest([producer.record({ id: 'dec_shown' })], { kids: 'any' });
});
afterAll(async () => {
  rmSync(folder, { recursive: true, force: true });
  await t.drop();
});

function tenet(...argv: readonly string[]) {
  const env = {
    ...installed.env,
    TENET_DATABASE_URL: t.database.url,
    TENET_STATE_DIR: t.stateDir,
    TENET_TENANT: TENANT,
  };
  const run = spawnSync(process.execPath, [installed.script, ...argv], { cwd: folder, env, encoding: 'utf8' });
  return { exit: run.status, stdout: run.stdout, stderr: run.stderr };
}

test('a key is minted to stdout alone, listed without its text, rotated and revoked', async () => {
  const keys = createStores(t.platform).apiKeys;
  const minted = tenet('key', 'mint', '--scope', 'read', 'gate', '--label', 'auditor', '--field', '/decision');
  expect(minted).toMatchObject({ exit: 0, stdout: expect.stringMatching(/^tnt_[0-9A-Za-z]{49}\n$/) as unknown });
  const apiKey = minted.stdout.trim();
  const { ref } = (await keys.verify(apiKey))!;
  expect(minted.stderr).toContain(`its ref is ${ref}`);
  expect(minted.stderr).not.toContain(apiKey);
  const listed = tenet('key', 'list');
  expect(listed.stdout).toMatch(new RegExp(`^${ref} +auditor +read gate +/decision +never$`, 'm'));
  expect(listed.stdout).not.toContain(apiKey);
  const rotated = tenet('key', 'rotate', ref, '--overlap', '60');
  const next = (await keys.verify(rotated.stdout.trim()))!;
  expect(next).toMatchObject({ label: 'auditor', scopes: ['read', 'gate'], fields: ['/decision'] });
  expect(tenet('key', 'rotate', ref)).toMatchObject({ exit: 1, stdout: '' });
  expect(tenet('key', 'revoke', next.ref)).toMatchObject({ exit: 0, stdout: `${next.ref} is revoked\n` });
  expect(tenet('key', 'revoke', next.ref).exit).toBe(1);
  expect(tenet('key', 'mint', '--scope', 'all', '--label', 'x').exit).toBe(2);
});

test('a decision that is shown leaves who saw it, and what for, in the ledger', async () => {
  expect(tenet('decision', 'show', 'dec_shown', '--purpose', 'complaint 17').exit).toBe(0);
  const { ids } = await t.ledger.listDecisions({ kind: 'access' });
  const [access] = await t.ledger.readDecisions(ids);
  expect(Object.fromEntries(access!.fields)).toMatchObject({
    '/access/by': {
      command: 'decision show',
      user: expect.any(String) as unknown,
      host: expect.any(String) as unknown,
    },
    '/access/purpose': 'complaint 17',
    '/access/decisions': ['dec_shown'],
    '/access/fields': expect.arrayContaining(['/decision/outcome', '/intent/goal']) as unknown,
  });
});

test('the API document needs neither a server nor a database', () => {
  const env = { ...installed.env };
  const run = spawnSync(process.execPath, [installed.script, 'api', 'openapi'], { cwd: folder, env, encoding: 'utf8' });
  expect(run.status).toBe(0);
  expect(JSON.parse(run.stdout)).toMatchObject({ openapi: '3.1.0' });
});
