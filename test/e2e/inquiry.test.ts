import { execFile, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { askStep } from '../../dist/src/inquiry/index.js';
import { takeStep } from '../../dist/src/runtime/index.js';
import { installIn } from '../cli/named.js';
import { CLIENT_ID, oidcIssuer, type OidcIssuer } from '../support/oidcIssuer.js';
import { toolsDir } from '../support/toolsDir.js';
import { AGENTS, openWorld, ROOT, type World } from './world.js';

/** A whole inquiry by its commands, with people who log in: two minutes, TENET_LONG=1. */
const isLong = process.env['TENET_LONG'] === '1';
const csv = readFileSync(join(ROOT, 'examples/underwriting/applicants.csv'), 'utf8')
  .split('\n')
  .slice(0, 31)
  .join('\n');

let world: World;
let issuer: OidcIssuer;
let folder: string;
let script: string;
let env: Record<string, string>;

interface Run {
  readonly exit: number;
  readonly stdout: string;
  readonly stderr: string;
}

const tenet = (...argv: readonly string[]): Promise<Run> =>
  new Promise((done) => {
    execFile(process.execPath, [script, ...argv], { cwd: folder, env }, (error, stdout, stderr) =>
      done({ exit: typeof error?.code === 'number' ? error.code : error === null ? 0 : -1, stdout, stderr }),
    );
  });

async function inquiry(...argv: readonly string[]): Promise<string> {
  const run = await tenet('inquiry', ...argv);
  expect({ argv, ...run }).toMatchObject({ exit: 0 });
  return run.stdout;
}

async function logIn(subject: string): Promise<void> {
  const child = spawn(process.execPath, [script, 'login'], { cwd: folder, env });
  const uri = await new Promise<string>((found, failed) => {
    let stderr = '';
    child.stderr.on('data', (chunk: Buffer) => {
      stderr += chunk.toString();
      const shown = /or open +(\S+)/.exec(stderr)?.[1];
      if (shown !== undefined) found(shown);
    });
    child.once('exit', () => failed(new Error(stderr)));
  });
  await issuer.enterCode(uri, subject);
  await new Promise((done) => child.once('close', done));
}

describe.runIf(isLong)('an inquiry', () => {
  beforeAll(async () => {
    issuer = await oidcIssuer({
      ada: { name: 'Ada Example', groups: [] },
      ben: { name: 'Ben Example', groups: [] },
      cyd: { name: 'Cyd Example', groups: [] },
      dan: { name: 'Dan Example', groups: [] },
      eve: { name: 'Eve Example', groups: [] },
    });
    world = await openWorld();
    folder = mkdtempSync(join(tmpdir(), 'tenet-inquiry-'));
    const installed = installIn(folder);
    script = installed.script;
    env = {
      PATH: `${installed.env.PATH}:${process.env['PATH'] ?? ''}`,
      TENET_TOOLS_DIR: toolsDir,
      TENET_STATE_DIR: world.stateDir,
      TENET_PEOPLE_ISSUER: issuer.url,
      TENET_PEOPLE_CLIENT_ID: CLIENT_ID,
      TENET_PEOPLE_ROLES: JSON.stringify(
        ['ada', 'ben', 'cyd', 'dan', 'eve'].map((subject) => ({ subject, role: 'officer' })),
      ),
    };
    await world.record(csv, 'ses_inquiry');
    for (const version of ['1.0.0', '1.1.0']) await world.stack.serveAgent(join(AGENTS, `underwriter-${version}.js`));
  }, 120_000);
  afterAll(async () => {
    await world.stop();
    await issuer.close();
    rmSync(folder, { recursive: true, force: true });
  });

  test('goes from the letter to the receipt by the commands, with three people', async () => {
    expect(await tenet('inquiry', 'open', '--regime', 'gdpr-12-3', '--authority', 'DPA')).toMatchObject({ exit: 4 });
    await logIn('ada');
    const opened = await inquiry(
      'open',
      '--regime',
      'gdpr-12-3',
      '--authority',
      'DPA',
      '--question',
      'Why was it refused?',
    );
    expect(opened).toMatch(/^inq_\w+ {2}opened, production 1$/m);
    await inquiry('scope', 'latest', '--agent', 'underwriter', '--from', '2020-01-01');
    expect(await inquiry('hold', 'latest', '--reason', 'letter')).toMatch(/30 entries are held/);
    const collected = await inquiry(
      'collect',
      'latest',
      '--as-then',
      'underwriter@1.0.0',
      '--today',
      'underwriter@1.1.0',
    );
    expect(collected).toMatch(/re-run +underwriter@1\.0\.0, served from tape: 30 of 30 the same outcome/);
    expect(collected).toMatch(/re-run +underwriter@1\.1\.0, served from tape: \d+ of 30 the same outcome/);
    const rulings = ['--withhold', '/context/inputs', '--ground', 'third-party', '--reason', 'names an employer'];
    await inquiry('review', 'latest', ...rulings);
    expect(await tenet('inquiry', 'approve', 'latest', '--reason', 'mine')).toMatchObject({ exit: 4 });
    await logIn('ben');
    expect(await tenet('inquiry', 'approve', 'latest', '--reason', 'x', '--digest', 'another')).toMatchObject({
      exit: 1,
    });
    expect(await inquiry('approve', 'latest', '--reason', 'seen')).toMatch(/^1 of 2 approvals$/m);
    await logIn('cyd');
    expect(await inquiry('approve', 'latest', '--reason', 'seen')).toMatch(/^2 of 2 approvals$/m);
    await inquiry('package', 'latest', '--out', 'production');
    await inquiry('deliver', 'latest', '--channel', 'courier', '--note', 'receipt 4711');
    await inquiry('close', 'latest', '--reason', 'answered');
    const history = await inquiry('history', 'latest');
    for (const type of [
      'opened',
      'scoped',
      'held',
      'replayed',
      'collected',
      'reviewed',
      'approved',
      'packaged',
      'produced',
      'delivered',
      'closed',
    ])
      expect(history).toContain(`inquiry.${type}`);
    expect(history).toContain('hold.placed');
    expect(history).toContain('approval.given');
  }, 240_000);

  test('verifies in an empty environment with the package and a policy', async () => {
    writeFileSync(join(folder, 'auditor.policy'), world.stack.platform.policy());
    const run = await new Promise<Run>((done) => {
      const argv = [script, 'inquiry', 'verify', 'production', '--policy', 'auditor.policy'];
      execFile(process.execPath, argv, { cwd: folder, env: {} }, (error, stdout, stderr) =>
        done({ exit: typeof error?.code === 'number' ? error.code : 0, stdout, stderr }),
      );
    });
    expect(run).toMatchObject({ exit: 0 });
    expect(run.stdout).toMatch(/integrity +HOLDS/);
    expect(run.stdout).toMatch(/completeness +ALL IN THE LOG/);
    const replays = JSON.parse(readFileSync(join(folder, 'production', 'replays.json'), 'utf8')) as unknown[];
    expect(replays).toHaveLength(30);
  }, 60_000);

  test('whose worker is killed while it packages is packaged whole by the next one', async () => {
    const { platform, stores, temporal, services } = world.stack;
    const [latest] = await stores.inquiries.list(1);
    const id = latest?.id ?? '';
    const step = async (kind: 'reopen' | 'collect' | 'review' | 'approve' | 'package', body: unknown, by = 'x#ada') => {
      const rev = (await stores.inquiries.get(id))?.rev ?? 0;
      const asked = await askStep(stores.inquiries, { inquiry: id, kind, by, body, rev });
      return takeStep(temporal, platform.tenant, asked);
    };
    await step('reopen', { reason: 'more' });
    await step('collect', { replays: [] });
    await step('review', { redactions: [], note: null });
    await logIn('dan');
    await inquiry('approve', id, '--reason', 'seen');
    await logIn('eve');
    await inquiry('approve', id, '--reason', 'seen');
    const productions = join(world.stateDir, 'productions');
    const target = join(productions, `${id}-v2`);
    const begun = (): boolean => readdirSync(productions).some((name) => name.startsWith(`${id}-v2.tmp-`));
    const packaged = step('package', {});
    while (!begun()) await sleep(1);
    process.kill(services.pids['platform worker'] ?? 0, 'SIGKILL');
    expect(existsSync(target)).toBe(false);
    const next = spawn(process.execPath, [script, 'dev'], { cwd: folder, env, stdio: 'ignore' });
    const ended = new Promise((done) => next.once('close', done));
    await packaged;
    expect(existsSync(join(target, 'manifest.bundle.json'))).toBe(true);
    expect(readdirSync(productions).sort()).toEqual([`${id}-v1`, `${id}-v2`]);
    next.kill('SIGINT');
    await ended;
    expect(await tenet('inquiry', 'verify', target, '--policy', 'auditor.policy')).toMatchObject({ exit: 0 });
  }, 240_000);
});
