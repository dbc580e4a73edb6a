import { execFile, spawn } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Sequencer } from '../../src/ledger/index.js';
import { judgeAs, recordAndJudge, decisionAt, COHORT, FLIPPED, type GateFixture } from '../cli/gateFixture.js';
import { installIn } from '../cli/named.js';
import { DIGEST } from '../db/replaySupport.js';
import { testLedger, TENANT, type TestLedger } from '../support/ledger.js';
import { CLIENT_ID, oidcIssuer, type OidcIssuer } from '../support/oidcIssuer.js';

const POLICY = `
version: 1
name: pre-deploy
agent: underwriter
type: loan.approve
cohort: { size: ${COHORT} }
rationale: { maxShift: 100 % }
pinned: [{ decision: ${decisionAt(FLIPPED)}, note: the case of the complaint }]
`;
const ROLES = [
  { subject: 'ada', role: 'approver' },
  { claim: 'groups', value: 'risk', role: 'approver' },
  { subject: 'vic', role: 'viewer' },
];

let t: TestLedger;
let issuer: OidcIssuer;
let fixture: GateFixture;
let sequencer: Sequencer;
let folder: string;
let script: string;
let env: Record<string, string>;

beforeAll(async () => {
  issuer = await oidcIssuer({
    ada: { name: 'Ada Example', groups: [] },
    bea: { name: 'Bea Example', groups: ['risk'] },
    vic: { name: 'Vic Example', groups: [] },
  });
  t = await testLedger();
  folder = mkdtempSync(join(tmpdir(), 'tenet-people-'));
  const installed = installIn(folder);
  script = installed.script;
  env = {
    ...installed.env,
    TENET_DATABASE_URL: t.database.url,
    TENET_STATE_DIR: t.stateDir,
    TENET_TENANT: TENANT,
    TENET_PEOPLE_ISSUER: issuer.url,
    TENET_PEOPLE_CLIENT_ID: CLIENT_ID,
    TENET_PEOPLE_ROLES: JSON.stringify(ROLES),
  };
  fixture = await recordAndJudge(t);
  sequencer = t.ledger.startSequencer({ intervalMs: 50 });
  await judgeAs(t, fixture, { gate: 'gate_P', policy: POLICY });
  await fixture.stores.agents.insert('underwriter@1.1.0', DIGEST, 'ent_agent');
});
afterAll(async () => {
  rmSync(folder, { recursive: true, force: true });
  await sequencer.stop();
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
async function logIn(subject: string): Promise<string> {
  const child = spawn(process.execPath, [script, 'login'], { cwd: folder, env });
  let stderr = '';
  let stdout = '';
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
  const uri = await new Promise<string>((found, failed) => {
    child.stderr.on('data', (chunk: Buffer) => {
      stderr += chunk.toString();
      const shown = /or open +(\S+)/.exec(stderr)?.[1];
      if (shown !== undefined) found(shown);
    });
    child.once('exit', () => failed(new Error(stderr)));
  });
  await issuer.enterCode(uri, subject);
  await new Promise((done) => child.once('close', done));
  return stdout;
}

const json = <T>({ stdout }: Run): T => JSON.parse(stdout) as T;
const words = ['--reason', 'income proof arrived by letter'];

describe('on the command line', () => {
  let waiver: string;

  test('nobody approves who is not logged in, and a viewer asks for nothing', async () => {
    const run = await tenet('gate', 'waive', 'gate_P', decisionAt(FLIPPED), '--expires', '30d', ...words);
    expect(run).toMatchObject({ exit: 4, stdout: '' });
    expect(run.stderr).toContain('fix       log in: tenet login');
    expect(await logIn('vic')).toMatch(/^role +viewer$/m);
    const viewer = await tenet('gate', 'waive', 'gate_P', decisionAt(FLIPPED), '--expires', '30d', ...words);
    expect(viewer).toMatchObject({ exit: 4 });
    expect(viewer.stderr).toContain('[auth.role_missing]');
  });

  test('one person asks, another one accepts, and the next verdict names both until the waiver ends', async () => {
    const { privateKey } = generateKeyPairSync('ed25519');
    writeFileSync(join(folder, 'me.pem'), privateKey.export({ type: 'pkcs8', format: 'pem' }));
    expect(await logIn('ada')).toMatch(/^person +Ada Example$/m);
    const asked = await tenet(
      'gate',
      'waive',
      'gate_P',
      decisionAt(FLIPPED),
      '--expires',
      '30d',
      '--key',
      'me.pem',
      ...words,
    );
    expect(asked).toMatchObject({ exit: 0 });
    expect(asked.stdout).toMatch(/signed with key \S{44}\n/);
    waiver = /wvr_\w{26}/.exec(asked.stdout)?.[0] ?? '';
    const own = await tenet('gate', 'adjudicate', waiver, 'accept', '--reason', 'I say it is fine');
    expect(own).toMatchObject({ exit: 4 });
    expect(own.stderr).toContain('[approval.own_request]');

    await logIn('bea');
    const accepted = await tenet(
      'gate',
      'adjudicate',
      waiver,
      'accept',
      '--reason',
      'letter seen, amounts checked',
      '-o',
      'json',
    );
    expect(json(accepted)).toMatchObject({
      state: 'accepted',
      acceptance: { by: `${issuer.url}#bea`, signature: null },
    });

    await judgeAs(t, fixture, { gate: 'gate_P2', policy: POLICY, waivers: [waiver] });
    const shown = await tenet(
      'gate',
      'show',
      'gate_P2',
      '--reporter',
      'text',
      '--reporter',
      'junit',
      '--reporter',
      'summary',
    );
    expect(shown).toMatchObject({ exit: 0 });
    expect(shown.stdout.match(new RegExp(waiver, 'g'))?.length).toBeGreaterThanOrEqual(3);
  });

  test('a promotion takes two people and a gate that passed; what decided without one is in the history', async () => {
    const promote = (...more: readonly string[]) =>
      tenet('gate', 'promote', 'underwriter@1.1.0', '--reason', 'verdict and diff read', ...more);
    expect(await promote('--gate', 'gate_P', '--change', 'PR-1')).toMatchObject({ exit: 3 });
    expect(await promote('--gate', 'gate_P2', '--change', 'PR-1')).toMatchObject({ exit: 0 });
    const own = await promote('--gate', 'gate_P2', '--approve');
    expect(own.stderr).toContain('[approval.own_request]');
    await logIn('ada');
    expect((await promote('--gate', 'gate_P2', '--approve')).stdout).toContain('underwriter@1.1.0  PROMOTED');

    const history = await tenet('gate', 'history');
    expect(history.stdout).toMatch(/^underwriter@1\.0\.0 +BYPASS +– +– +– +– .* 170$/m);
    expect(history.stdout).toMatch(
      /^underwriter@1\.1\.0 +waiting +PR-1 +Bea Example +Ada Example +gate_P2 +none yet +0$/m,
    );
    expect(history.stdout).toContain(`underwriter@1.1.0: passed by ${waiver}`);
  });
});
