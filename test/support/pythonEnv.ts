import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

export interface PythonEnv {
  /** The environment's interpreter. */
  readonly python: string;
  /** Where its console scripts are. */
  readonly bin: string;
}

/** Why the tests that need it are skipped, to be printed. */
export interface NoPython {
  readonly missing: string;
}

const CACHE = fileURLToPath(new URL('../../node_modules/.cache/tenet-python', import.meta.url));
const COMPLETE = '.complete';
const INSTALL_MS = 300_000;
const NAMELESS_MS = 10_000;

/**
 * A virtual environment holding `requirements` (pinned, "name==1.2.3"), made once per list and kept between runs.
 * Test files that start together wait for the one that makes it; one that died while making it is made anew.
 */
export async function pythonEnv(
  requirements: readonly string[],
  { leastVersion = '3.9' }: { readonly leastVersion?: string } = {},
): Promise<PythonEnv | NoPython> {
  const version = run('python3', ['-c', 'import sys; print("%d.%d" % sys.version_info[:2])']);
  if (!version.ok) return { missing: `python3 is not there: ${version.said}` };
  if (!atLeast(version.said, leastVersion))
    return { missing: `python3 is ${version.said}, at least ${leastVersion} is needed` };
  const digest = createHash('sha256')
    .update([version.said, ...requirements].join('\n'))
    .digest('hex');
  const folder = join(CACHE, digest.slice(0, 16));
  const env: PythonEnv = { python: join(folder, 'bin', 'python'), bin: join(folder, 'bin') };
  const release = await hold(`${folder}.lock`);
  try {
    if (existsSync(join(folder, COMPLETE))) return env;
    rmSync(folder, { recursive: true, force: true });
    const made = run('python3', ['-m', 'venv', folder]);
    if (!made.ok) return { missing: `python3 -m venv failed: ${made.said}` };
    const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--retries', '1', ...requirements];
    const installed = requirements.length === 0 ? made : run(env.python, pip);
    if (!installed.ok) return { missing: `pip could not install ${requirements.join(' ')}: ${installed.said}` };
    writeFileSync(join(folder, COMPLETE), `${requirements.join('\n')}\n`);
    return env;
  } finally {
    release();
  }
}

export const hasPython = (env: PythonEnv | NoPython): env is PythonEnv => 'python' in env;

function run(command: string, args: readonly string[]): { readonly ok: boolean; readonly said: string } {
  const { status, stdout, stderr, error } = spawnSync(command, args, { encoding: 'utf8', timeout: INSTALL_MS });
  if (error !== undefined) return { ok: false, said: error.message };
  return { ok: status === 0, said: (status === 0 ? stdout : stderr || stdout).trim().slice(-600) };
}

function atLeast(version: string, least: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const [leastMajor = 0, leastMinor = 0] = least.split('.').map(Number);
  return major > leastMajor || (major === leastMajor && minor >= leastMinor);
}

/** The folder is the lock: making it succeeds for one. A holder that is gone loses it. */
async function hold(lock: string): Promise<() => void> {
  mkdirSync(CACHE, { recursive: true });
  for (;;) {
    try {
      mkdirSync(lock);
      writeFileSync(join(lock, 'pid'), String(process.pid));
      return () => rmSync(lock, { recursive: true, force: true });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    if (holderIsGone(lock)) rmSync(lock, { recursive: true, force: true });
    else await sleep(200);
  }
}

function holderIsGone(lock: string): boolean {
  try {
    process.kill(Number(readFileSync(join(lock, 'pid'), 'utf8')), 0);
    return false;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'ENOENT') return code === 'ESRCH';
    // Between making the lock and saying whose it is.
    const made = statSync(lock, { throwIfNoEntry: false });
    return made !== undefined && Date.now() - made.mtimeMs > NAMELESS_MS;
  }
}
