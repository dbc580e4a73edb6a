import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { stripVTControlCharacters } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { displayWidth } from '../../src/cli/render/width.js';
import { startTimeOf } from '../../src/services/processIdentity.js';
import { toolsDir } from '../support/toolsDir.js';
import { BINARY } from './named.js';

/** The real demo: stopped while it records, resumed on a terminal, and then every command that it says comes next. */
const ESC = String.fromCharCode(27);
const COLUMNS = 100;
const hasScript = spawnSync('script', ['--version']).status === 0;
// Node paints nothing where CI is set, whatever the terminal can do.
const { CI: _ci, NO_COLOR: _noColor, FORCE_COLOR: _forced, ...inherited } = process.env;
const env = { ...inherited, TERM: 'xterm-256color', TENET_TOOLS_DIR: toolsDir };

let folder: string;
/** What the second run showed, and how it ended. */
let shown = '';
let exit: number | null = null;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'tenet-demo-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Running {
  readonly child: ChildProcess;
  readonly ended: Promise<number | null>;
  readonly seen: () => string;
}

function start(command: string, args: readonly string[]): Running {
  const child = spawn(command, args, { cwd: folder, env, stdio: ['ignore', 'pipe', 'pipe'] });
  let seen = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (seen += chunk.toString()));
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  return { child, ended, seen: () => seen };
}

const tenet = (...args: readonly string[]): Running => start(BINARY, [...args, '--state-dir', 'state']);

async function until(check: () => boolean, { child, seen }: Running): Promise<void> {
  for (const deadline = Date.now() + 60_000; !check(); await sleep(10)) {
    if (child.exitCode !== null || Date.now() > deadline) throw new Error(`it never came true:\n${seen()}`);
  }
}

/** Pids that the locks of the state folder name: services and processes of ours. */
function pids(): number[] {
  const locks = join(folder, 'state', 'locks');
  if (!existsSync(locks)) return [];
  return readdirSync(locks).flatMap((name) => {
    const pid = name.endsWith('.json') ? /"pid":(\d+)/.exec(readFileSync(join(locks, name), 'utf8'))?.[1] : undefined;
    return pid === undefined ? [] : [Number(pid)];
  });
}

const gateCount = (): number => {
  const listed = spawnSync(BINARY, ['gate', 'show', '-o', 'json', '--state-dir', 'state'], { cwd: folder, env });
  return (JSON.parse(listed.stdout.toString()) as unknown[]).length;
};

describe('Ctrl-C', () => {
  test('while the demo records ends it with 130, and no process of it is left', async () => {
    const demo = tenet('demo');
    await until(() => demo.seen().includes(' services '), demo);
    await sleep(250);
    const running = pids();
    expect(running.length).toBeGreaterThanOrEqual(5);
    demo.child.kill('SIGINT');
    expect({ exit: await demo.ended, seen: demo.seen() }).toMatchObject({ exit: 130 });
    expect(demo.seen()).toMatch(/^stopping; once more to leave at once\nerror: stopped {2}\[interrupted\]$/m);
    expect(demo.seen()).not.toContain(' record ');
    expect(running.filter((pid) => startTimeOf(pid) !== undefined)).toEqual([]);
  }, 90_000);
});

describe('the demo on a terminal', () => {
  beforeAll(async () => {
    const command = `${BINARY} demo --state-dir state`;
    const demo = hasScript
      ? start('script', ['-qec', `stty cols ${COLUMNS} rows 50; ${command}`, join(folder, 'typescript')])
      : start('/bin/sh', ['-c', command]);
    exit = await demo.ended;
    shown = demo.seen();
  }, 120_000);

  /** As the screen has them: what was drawn over is gone. */
  const onScreen = (): string[] =>
    shown.split(/\r?\n/).map((line) => stripVTControlCharacters(line.slice(line.lastIndexOf('\r') + 1)));

  test('goes on under the session that was stopped, and every stage comes out as stated', () => {
    expect({ exit, shown: exit === 0 ? '' : shown }).toEqual({ exit: 0, shown: '' });
    const text = onScreen().join('\n');
    expect(text).toContain('resuming an interrupted demo: ');
    expect(text).toMatch(/\d+ decided now, \d+ kept from an interrupted run/);
    for (const title of ['services', 'record', 'rewording', 'policy', 'rationale', 'sign', 'verify'])
      expect(text.match(new RegExp(`^✓ \\d ${title} +[\\d.]+ m?s  \\S`, 'gm'))).toHaveLength(2);
    expect(text.match(/ledger(?:: nothing written| [\d,]+–[\d,]+)/g)).toHaveLength(7);
  });

  test.skipIf(!hasScript)(
    `has colours and no escape sequence spelled out, in ${COLUMNS} columns${hasScript ? '' : ' (no script of util-linux here)'}`,
    () => {
      expect(shown).toContain(`${ESC}[32m✓${ESC}[39m`);
      expect(shown).not.toMatch(/\\u001b|\\u00/);
      const lines = onScreen().filter((line) => !line.includes('tenet.js '));
      expect(lines.filter((line) => displayWidth(line) > COLUMNS)).toEqual([]);
    },
  );

  test('prints next commands that work as printed', async () => {
    const lines = onScreen();
    const next = lines.slice(lines.indexOf('Next') + 1);
    const commands = next.filter((line) => line.startsWith('    ')).map((line) => line.trim());
    expect(
      commands.map((command) => / --state-dir state (\S+ \S+)/.exec(command)?.[1]?.replace(/ gate_.*/, '')),
    ).toEqual(['gate show', 'replay diff', 'gate show', 'decision show', 'ledger verify', 'ledger fsck', undefined]);
    const dev = commands.pop() ?? '';
    const ended: Record<string, number | null> = {};
    for (const command of commands) {
      const run = start('/bin/sh', ['-c', command]);
      ended[command] = await run.ended;
      expect(run.seen()).not.toMatch(/^error:/m);
    }
    // A gate that failed is shown with the exit code it had.
    expect(Object.values(ended)).toEqual([3, 0, 3, 0, 0, 0]);
    expect(dev).toMatch(/ --state-dir state dev$/);
    const running = start('/bin/sh', ['-c', `exec ${dev}`]);
    await until(() => running.seen().includes('running; Ctrl-C stops everything'), running);
    running.child.kill('SIGINT');
    expect(await running.ended).toBe(0);
    expect(pids().filter((pid) => startTimeOf(pid) !== undefined)).toEqual([]);
  }, 90_000);
});

describe('afterwards', () => {
  test('a version that nobody registered is exit 5 and said as it is', async () => {
    const run = tenet('replay', 'run', '--candidate', '9.9.9', '--size', '5');
    expect({ exit: await run.ended, seen: run.seen() }).toMatchObject({ exit: 5 });
    expect(run.seen()).toMatch(/^error: underwriter@9\.9\.9 is not registered {2}\[agent\.not_registered\]$/m);
  }, 60_000);

  test('a gate run that is stopped while it starts leaves no gate behind', async () => {
    const before = gateCount();
    const policy = join(BINARY, '../../examples/underwriting/gates/underwriter.yaml');
    const run = tenet('gate', 'run', policy, '--candidate', '7.7.7');
    await until(() => pids().length > 0, run);
    run.child.kill('SIGINT');
    expect({ exit: await run.ended, seen: run.seen() }).toMatchObject({ exit: 130 });
    expect(gateCount()).toBe(before);
  }, 60_000);
});
