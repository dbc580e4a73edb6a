import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { toolsDir } from '../support/toolsDir.js';
import { BINARY } from './named.js';

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

let stateDir: string;
let child: ChildProcess;
let seen = '';

beforeAll(() => {
  stateDir = mkdtempSync(join(tmpdir(), 'tenet-worker-'));
  const env = { ...process.env, TENET_TOOLS_DIR: toolsDir, TENET_EMBEDDER: 'lexical', TENET_STATE_DIR: stateDir };
  child = spawn(process.execPath, [BINARY, 'worker', '--agent', here('../agents/fixtures/noop.mjs')], { env });
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk: Buffer) => (seen += chunk.toString()));
});

afterAll(() => {
  child.kill('SIGKILL');
  rmSync(stateDir, { recursive: true, force: true });
});

/** The pid that the last line fitting `pattern` names, once there is one. */
async function pidIn(pattern: RegExp): Promise<number> {
  for (const deadline = Date.now() + 60_000; Date.now() < deadline; await sleep(25)) {
    const pid = pattern.exec(seen)?.[1];
    if (pid !== undefined) return Number(pid);
    if (child.exitCode !== null) break;
  }
  throw new Error(`nothing fits ${String(pattern)} in\n${seen}`);
}

/** Kills the agent worker of the moment as soon as its lock names it; null when there is none. */
function killAgent(): number | null {
  const locks = join(stateDir, 'locks');
  const lock = readdirSync(locks).find((name) => name.startsWith('process.agent_noop') && name.endsWith('.json'));
  if (lock === undefined) return null;
  try {
    const { pid } = JSON.parse(readFileSync(join(locks, lock), 'utf8')) as { pid?: number };
    if (pid === undefined) return null;
    process.kill(pid, 'SIGKILL');
    return pid;
  } catch {
    return null;
  }
}

test('a served agent that dies is started again; one that keeps dying ends the command with 1, naming its log', async () => {
  let exit: number | null | undefined;
  child.once('exit', (code) => (exit = code));
  const first = await pidIn(/^noop@\S+ .*pid (\d+)$/m);
  process.kill(first, 'SIGKILL');
  expect(await pidIn(/^agent noop@\S+ serves again, pid (\d+)$/m)).not.toBe(first);
  // From now on it dies before it is ready, so that a slow machine, too, sees five deaths within the minute.
  for (const deadline = Date.now() + 90_000; exit === undefined && Date.now() < deadline; await sleep(20)) killAgent();
  expect({ exit, seen }).toMatchObject({ exit: 1 });
  const log = /log: (\S+agent_noop@\S+\.log)/.exec(seen)?.[1] ?? '';
  expect(seen).toMatch(/^error: agent noop@\S+ died 5 times within a minute, .*\[services\.process_failed\]$/m);
  expect(readFileSync(log, 'utf8')).toContain('"ready":true');
}, 150_000);
