import { spawn, type ChildProcess } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { loadConfig, type TenetConfig } from '../../src/config/index.js';
import { AppError } from '../../src/errors/index.js';
import { toolsDir } from '../support/toolsDir.js';

/** A folder that every user can pass through, so that the database may live in it when the tests run as root. */
export function tempFolder(mode = 0o711): { path: string; remove: () => void } {
  const path = mkdtempSync(join(tmpdir(), 'tenet-services-'));
  chmodSync(path, mode);
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

type Flags = NonNullable<NonNullable<Parameters<typeof loadConfig>[0]>['flags']>;

export function configIn(folder: string, flags: Flags = {}): TenetConfig {
  return loadConfig({ env: {}, cwd: folder, flags: { toolsDir, ...flags } }).value;
}

export async function failureOf(promise: Promise<unknown>): Promise<AppError> {
  try {
    await promise;
  } catch (error) {
    if (error instanceof AppError) return error;
    throw error;
  }
  throw new Error('expected it to fail');
}

/** A Node process that runs the script and prints lines; `line` waits for one that starts with the given word. */
export function runScript(script: string): { child: ChildProcess; line: (word: string) => Promise<string> } {
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  let errors = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => (output += chunk));
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => (errors += chunk));
  const line = async (word: string): Promise<string> => {
    for (const deadline = Date.now() + 30_000; Date.now() < deadline; await sleep(10)) {
      const found = output.split('\n').find((text) => text.startsWith(`${word} `));
      if (found !== undefined) return found.slice(word.length + 1);
      if (child.exitCode !== null) throw new Error(`the script ended: ${errors}`);
    }
    throw new Error(`the script never printed ${word}: ${output}${errors}`);
  };
  return { child, line };
}

export async function killHard(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGKILL');
  await gone;
}

export async function eventually(check: () => boolean, timeoutMs = 10_000): Promise<void> {
  for (const deadline = Date.now() + timeoutMs; !check(); await sleep(20)) {
    if (Date.now() > deadline) throw new Error('it never came true');
  }
}
