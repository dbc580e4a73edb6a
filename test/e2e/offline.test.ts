import { spawn, spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parsePolicy } from '../../dist/src/gate/index.js';
import { planExport } from '../../dist/src/cli/commands/decisionExport.js';
import { rewriteLog } from '../../dist/src/cli/demo/operatorAttack.js';
import { AGENTS, openWorld, ROOT, type World } from './world.js';

/** The auditor's side: three files, a process without a network, an environment or the platform's folder. */
const csv = readFileSync(join(ROOT, 'examples/underwriting/applicants.csv'), 'utf8');
const file = join(ROOT, 'examples/underwriting/gates/underwriter.yaml');
const policy = parsePolicy(readFileSync(file, 'utf8'), file);
const isolated = ['-n', '-rn'].find((flag) => spawnSync('unshare', [flag, 'true']).status === 0);

let world: World;
let desk: string;
let away: string;
let forged: string;

beforeAll(async () => {
  desk = mkdtempSync(join(tmpdir(), 'tenet-auditor-'));
  world = await openWorld();
  const ids = await world.record(csv.split('\n').slice(0, 201).join('\n'), 'offline');
  const { stack } = world;
  const kept = (await stack.platform.ledger.latestCheckpoint())?.note ?? '';
  writeFileSync(join(desk, 'auditor.policy'), stack.platform.policy());
  writeFileSync(join(desk, 'auditor.checkpoint'), kept);
  for (const version of ['1.0.0', '1.1.0']) await stack.serveAgent(join(AGENTS, `underwriter-${version}.js`));
  const view = await world.gate({
    candidate: 'underwriter@1.1.0',
    session: 'offline',
    policy: { ...policy, cohort: { ...policy.cohort, size: 200 } },
  });
  const decision = view.verdict?.flips[0] ?? [...ids.values()][0] ?? '';
  const open = { platform: stack.platform, stores: stack.stores, signal: new AbortController().signal };
  const { request } = await planExport(open, decision, { gate: view.id }, kept);
  writeFileSync(join(desk, 'evidence.json'), await stack.platform.ledger.exportBundle(request));
  const keyFile = join(world.stateDir, 'keys', 'producers', 'e2e.pem');
  const keptSize = Number(kept.split('\n')[1]);
  const attack = { decision, path: '/decision/outcome', value: 'approve', keptSize, producerKeys: [keyFile] };
  forged = (await rewriteLog(stack, attack)).bundle;
  writeFileSync(join(desk, 'rewritten.json'), forged);
  await stack.stop();
  away = `${world.stateDir}.away`;
  renameSync(world.stateDir, away);
}, 120_000);

afterAll(() => {
  for (const folder of [desk, away]) if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
});

interface Answer {
  readonly exit: number | null;
  readonly label: string;
  readonly text: string;
}

function verify(bundle: string, ...more: string[]): Promise<Answer> {
  const args = [
    join(ROOT, 'bin/tenet.js'),
    'ledger',
    'verify',
    bundle,
    '--policy',
    'auditor.policy',
    '-o',
    'json',
    ...more,
  ];
  const [command = '', ...rest] = [...(isolated === undefined ? [] : ['unshare', isolated]), process.execPath, ...args];
  return new Promise((resolve) => {
    const child = spawn(command, rest, { cwd: desk, env: {}, stdio: ['ignore', 'pipe', 'pipe'] });
    let text = '';
    child.stdout.on('data', (chunk: Buffer) => (text += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (text += chunk.toString()));
    child.on('close', (exit) => {
      const label = /"label": "([A-Z-]+)"/.exec(text)?.[1] ?? '';
      resolve({ exit, label, text });
    });
  });
}

describe('offline, with the platform’s folder moved away', () => {
  test('a bundle verifies against the policy and the kept checkpoint', async () => {
    expect(existsSync(world.stateDir)).toBe(false);
    const answer = await verify('evidence.json', '--checkpoint', 'auditor.checkpoint');
    expect(answer).toMatchObject({ exit: 0, label: 'LOGGED' });
  });

  test('a changed byte is INVALID', async () => {
    const bytes = readFileSync(join(desk, 'evidence.json'));
    for (const share of [0.1, 0.35, 0.6, 0.85]) {
      const copy = Buffer.from(bytes);
      const at = Math.floor(copy.length * share);
      copy[at] = (copy[at] ?? 0) ^ 1;
      writeFileSync(join(desk, 'changed.json'), copy);
      expect(await verify('changed.json', '--checkpoint', 'auditor.checkpoint')).toMatchObject({
        exit: 6,
        label: 'INVALID',
      });
    }
  });

  test('a bundle of a log rewritten with every key is refused by the checkpoint that was kept', async () => {
    const answer = await verify('rewritten.json', '--checkpoint', 'auditor.checkpoint');
    expect(answer).toMatchObject({ exit: 6, label: 'INVALID' });
    expect(answer.text).toContain('bundle.fork');
  });

  test('without the kept checkpoint the rewritten log is self-attested, and says so', async () => {
    expect(await verify('rewritten.json')).toMatchObject({ exit: 0, label: 'SELF-ATTESTED' });
  });

  test('truncated, not JSON, duplicate keys, or under another root key: INVALID, exit 6', async () => {
    const text = readFileSync(join(desk, 'evidence.json'), 'utf8');
    const bad: Record<string, string> = {
      'truncated.json': text.slice(0, text.length >> 1),
      'notJson.json': 'hello',
      'duplicate.json': text.replace('{"', '{"v":1,"'),
    };
    for (const [name, content] of Object.entries(bad)) {
      writeFileSync(join(desk, name), content);
      expect({ name, ...(await verify(name)) }).toMatchObject({ name, exit: 6, label: 'INVALID' });
    }
    copyFileSync(join(desk, 'auditor.policy'), join(desk, 'kept.policy'));
    try {
      const other = await openWorld();
      const lines = other.stack.platform.policy();
      await other.stop();
      writeFileSync(join(desk, 'auditor.policy'), lines);
      expect(await verify('evidence.json')).toMatchObject({ exit: 6, label: 'INVALID' });
    } finally {
      copyFileSync(join(desk, 'kept.policy'), join(desk, 'auditor.policy'));
    }
  }, 60_000);
});
