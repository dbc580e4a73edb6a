import { spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { createStores } from '../../src/db/index.js';
import { BINARY } from './named.js';
import { onPlatform } from './onPlatform.js';

const on = onPlatform(async ({ t }) => {
  const producer = await t.producer(1);
  await t.ledger.ingest([producer.record({ id: 'dec_shown' })], { kids: 'any' });
});
const { tenet } = on;

test('a key is minted to stdout alone, listed without its text, rotated and revoked', async () => {
  const keys = createStores(on.t.platform).apiKeys;
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
  const { ids } = await on.t.ledger.listDecisions({ kind: 'access' });
  const [access] = await on.t.ledger.readDecisions(ids);
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
  const options = { cwd: on.folder, env: {}, encoding: 'utf8' } as const;
  const run = spawnSync(process.execPath, [BINARY, 'api', 'openapi'], options);
  expect(run.status).toBe(0);
  expect(JSON.parse(run.stdout)).toMatchObject({ openapi: '3.1.0' });
});

test('the seal key is rotated in the state folder, and the old one is kept', () => {
  const [before] = tenet('key', 'seal', 'list').out;
  const { to } = JSON.parse(tenet('key', 'seal', 'rotate', '-o', 'json').stdout) as { to: string };
  const [now, old] = tenet('key', 'seal', 'list').out;
  expect([now, old]).toEqual([`${to}  sealed to now`, before?.replace('sealed to now', 'opens only')]);
  expect(tenet('key', 'seal', 'list', '--state-dir', 'none')).toMatchObject({ exit: 1, stdout: '' });
});
