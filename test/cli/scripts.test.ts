import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { writeFixtures } from './fixtures.js';
import { installIn } from './named.js';
import { matchLines, parseScript } from './script.js';

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

let folder: string;
let installed: ReturnType<typeof installIn>;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'tenet-cli-'));
  writeFixtures(folder);
  installed = installIn(folder);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const scripts = readdirSync(here('.')).filter((name) => name.endsWith('.txt'));

describe.each(scripts)('%s', (name) => {
  const cases = parseScript(readFileSync(here(name), 'utf8'), name);

  test.concurrent.each(cases)('$title', async ({ argv, env, stdout, stderr, exit }) => {
    const run = await tenet(argv, env);
    const found = { exit: run.exit, stdout: matchLines(run.stdout, stdout), stderr: matchLines(run.stderr, stderr) };
    expect(found).toEqual({ exit, stdout: 'as expected', stderr: 'as expected' });
  });
});

/** Nothing of our environment reaches it: what a command needs is in the script. */
async function tenet(argv: readonly string[], env: Readonly<Record<string, string>>) {
  const child = spawn(process.execPath, [installed.script, ...argv], {
    cwd: folder,
    env: { ...installed.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const exited = new Promise<number | null>((resolve) => child.once('exit', resolve));
  const [stdout, stderr, exit] = await Promise.all([text(child.stdout), text(child.stderr), exited]);
  return { stdout, stderr, exit };
}
