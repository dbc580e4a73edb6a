import { execFile, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createStores, type Stores } from '../../src/db/index.js';
import { installIn } from '../cli/named.js';
import { testLedger, TENANT, type TestLedger } from '../support/ledger.js';
import { CLIENT_ID, oidcIssuer, type OidcIssuer } from '../support/oidcIssuer.js';

/** Alerts on the command line, taken and closed by a person who logged in at a real issuer. */
let t: TestLedger;
let issuer: OidcIssuer;
let stores: Stores;
let folder: string;
let script: string;
let env: Record<string, string>;
let alert: string;

beforeAll(async () => {
  issuer = await oidcIssuer({ eve: { name: 'Eve Example', groups: [] }, vic: { name: 'Vic Example', groups: [] } });
  t = await testLedger();
  stores = createStores(t.platform);
  folder = mkdtempSync(join(tmpdir(), 'tenet-alerts-'));
  const installed = installIn(folder);
  script = installed.script;
  env = {
    ...installed.env,
    TENET_DATABASE_URL: t.database.url,
    TENET_STATE_DIR: t.stateDir,
    TENET_TENANT: TENANT,
    TENET_PEOPLE_ISSUER: issuer.url,
    TENET_PEOPLE_CLIENT_ID: CLIENT_ID,
    TENET_PEOPLE_ROLES: JSON.stringify([
      { subject: 'eve', role: 'engineer' },
      { subject: 'vic', role: 'viewer' },
    ]),
  };
  const raised = await stores.alerts.raise({
    key: 'sch_1 canary',
    severity: 'high',
    title: 'underwriter@1.0.0 is answered otherwise by its live model\u001b[31m',
    facts: { schedule: 'underwriting' },
    owner: null,
    cause: 'drf_1',
  });
  alert = raised.alert.id;
});
afterAll(async () => {
  rmSync(folder, { recursive: true, force: true });
  await issuer.close();
  await t.drop();
});

interface Run {
  readonly exit: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Without blocking: the issuer that the command asks lives in this process. */
const tenet = (...argv: readonly string[]): Promise<Run> =>
  new Promise((done) => {
    execFile(process.execPath, [script, ...argv], { cwd: folder, env }, (error, stdout, stderr) =>
      done({ exit: typeof error?.code === 'number' ? error.code : 0, stdout, stderr }),
    );
  });

/** A real device flow: the command shows the code, somebody enters it in a browser. */
async function logIn(subject: string): Promise<void> {
  const child = spawn(process.execPath, [script, 'login'], { cwd: folder, env });
  let said = '';
  const uri = await new Promise<string>((found, failed) => {
    child.stderr.on('data', (chunk: Buffer) => {
      said += chunk.toString();
      const shown = /or open +(\S+)/.exec(said)?.[1];
      if (shown !== undefined) found(shown);
    });
    child.once('exit', () => failed(new Error(said)));
  });
  await issuer.enterCode(uri, subject);
  await new Promise((done) => child.once('close', done));
}

describe('an alert', () => {
  test('is listed with its text made harmless, and no deliveries were given up', async () => {
    const { stdout, exit } = await tenet('alert', 'list');
    expect(exit).toBe(0);
    expect(stdout).toContain(alert);
    expect(stdout).not.toContain('\u001b');
    expect((await tenet('alert', 'list', '--dead')).stdout).toContain('every alert reached its receivers');
  });

  test('is taken by nobody who is not logged in, not by a name alone, and not by a viewer', async () => {
    expect(await tenet('alert', 'ack', alert, '--by', 'somebody')).toMatchObject({ exit: 4, stdout: '' });
    await logIn('vic');
    expect((await tenet('alert', 'ack', alert)).stderr).toContain('[auth.role_missing]');
  });

  test('is taken and closed by the person who is logged in, whom the log names with the time it took', async () => {
    await logIn('eve');
    expect(await tenet('alert', 'ack', alert)).toMatchObject({ exit: 0 });
    expect((await tenet('alert', 'ack', alert)).stderr).toContain('[alert.closed]');
    const end = ['--disposition', 'expected', '--reason', 'planned change'];
    const resolved = await tenet('alert', 'resolve', alert, ...end, '-o', 'json');
    expect(JSON.parse(resolved.stdout)).toMatchObject({ status: 'resolved', resolvedBy: `${issuer.url}#eve` });
    const [taken, closed] = await t.ledger.readDecisions([`${alert}.ack`, `${alert}.end`]);
    expect(taken?.fields.get('/by')).toBe(`${issuer.url}#eve`);
    expect(taken?.fields.get('/triageMs')).toBeGreaterThan(0);
    expect(closed?.fields.get('/disposition')).toBe('expected');
    expect((await tenet('alert', 'list')).stdout).toContain('no open alerts');
    expect((await tenet('drift', 'history')).stdout).toMatch(/alert\.resolved/);
  });
});
