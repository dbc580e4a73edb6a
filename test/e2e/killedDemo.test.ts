import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { decisionId } from '@tenet-ledger/record';
import { rows } from './oracle.js';
import { ROOT } from './world.js';
import { toolsDir } from '../support/toolsDir.js';

/** The real command, killed for real: everything it had acknowledged is there afterwards, once. */
const csv = readFileSync(join(ROOT, 'examples/underwriting/applicants.csv'), 'utf8');
let stateDir: string;

beforeAll(() => {
  stateDir = mkdtempSync(join(tmpdir(), 'tenet-killed-'));
});

// The last command that uses a service stops it, also one that a killed command had started.
afterAll(async () => {
  if (existsSync(join(stateDir, 'demo'))) await start('decision', 'list', '--limit', '1').ended;
  rmSync(stateDir, { recursive: true, force: true });
});

interface Ran {
  readonly exit: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function start(...args: string[]): { child: ChildProcess; ended: Promise<Ran>; seen: () => string } {
  const env = { ...process.env, TENET_TOOLS_DIR: toolsDir };
  const child = spawn(process.execPath, [join(ROOT, 'bin/tenet.js'), ...args, '--state-dir', stateDir], { env });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  const ended = new Promise<Ran>((resolve) => child.on('close', (exit) => resolve({ exit, stdout, stderr })));
  return { child, ended, seen: () => stderr };
}

async function killWhen(ready: (stderr: string) => boolean, after: number): Promise<void> {
  const { child, ended, seen } = start('demo');
  while (!ready(seen())) {
    if (child.exitCode !== null) throw new Error(`the demo ended early: ${seen()}`);
    await sleep(20);
  }
  await sleep(after);
  child.kill('SIGKILL');
  await ended;
}

const session = (): string =>
  (JSON.parse(readFileSync(join(stateDir, 'demo', 'state.json'), 'utf8')) as { session: string }).session;

async function recorded(): Promise<string[]> {
  const { stdout, exit, stderr } = await start(
    'decision',
    'list',
    '--session',
    session(),
    '--limit',
    '1000',
    '-o',
    'jsonl',
  ).ended;
  if (exit !== 0) throw new Error(stderr);
  return stdout
    .split('\n')
    .filter(Boolean)
    .map((line) => (JSON.parse(line) as { id: string }).id);
}

describe('a demo that is killed', () => {
  test('while it records, and twice while it re-runs, goes on under its session and ends with every decision once', async () => {
    await killWhen(() => existsSync(join(stateDir, 'demo', 'state.json')), 700);
    const first = session();
    const afterFirst = await recorded();

    await killWhen((stderr) => stderr.includes(' record '), 1_500);
    const afterSecond = await recorded();
    expect(session()).toBe(first);

    await killWhen((stderr) => stderr.includes(' rewording '), 800);
    const afterThird = await recorded();

    const { exit, stderr, stdout } = await start('demo', '-o', 'json').ended;
    expect({ exit, tail: exit === 0 ? '' : stderr.slice(-4_000) }).toEqual({ exit: 0, tail: '' });
    const result = JSON.parse(stdout) as { session: string; resumed: boolean; gates: { status: string }[] };
    expect(result).toMatchObject({ session: first, resumed: true, failures: [] });
    expect(result.gates.map(({ status }) => status)).toEqual(['pass', 'fail', 'fail']);

    const final = await recorded();
    const expected = rows(csv).map((row) =>
      decisionId({ tenant: 'local', agent: 'underwriter', version: '1.0.0', session: first, key: row['id'] ?? '' }),
    );
    expect([...final].sort()).toEqual([...expected].sort());
    const kept = new Set(final);
    expect(afterFirst.filter((id) => !kept.has(id))).toEqual([]);
    expect(afterSecond.filter((id) => !kept.has(id))).toEqual([]);
    expect([...afterThird].sort()).toEqual([...final].sort());

    const fsck = await start('ledger', 'fsck', '-o', 'json').ended;
    expect(fsck.exit).toBe(0);
    expect(JSON.parse(fsck.stdout)).toMatchObject({ ok: true, findings: [] });
  }, 240_000);

  test('a finished demo run again opens a new session', async () => {
    const before = session();
    await killWhen((stderr) => stderr.includes(' services '), 0);
    expect(session()).not.toBe(before);
  }, 60_000);
});
