import { spawn, type ChildProcess } from 'node:child_process';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

const DIST = resolve(import.meta.dirname, '../../../packages/ghost/dist');

/** A module of the built SDK, for a process that is not under test's loader. */
export const built = (path: string): string => pathToFileURL(resolve(DIST, path)).href;

/** Runs a script of its own; what it prints is on `stdout`. */
export function startScript(script: string, env: Readonly<Record<string, string>> = {}): ChildProcess {
  return spawn(process.execPath, ['--input-type=module', '-e', script], {
    cwd: resolve(import.meta.dirname, '../../..'),
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
}

export async function outputOf(child: ChildProcess): Promise<string> {
  const chunks: Buffer[] = [];
  child.stdout?.on('data', (chunk: Buffer) => chunks.push(chunk));
  await new Promise((done) => child.on('close', done));
  return Buffer.concat(chunks).toString('utf8');
}
