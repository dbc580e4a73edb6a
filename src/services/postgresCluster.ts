import { randomBytes } from 'node:crypto';
import { chownSync, existsSync, lstatSync, mkdtempSync, readdirSync, readFileSync, realpathSync } from 'node:fs';
import { renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { AppError } from '../errors/index.js';
import { createFile, readIfPresent, syncFolder } from './atomicFile.js';
import { failedStart } from './failedStart.js';
import type { PostgresBinaries } from './postgresBinaries.js';
import { newDataHome } from './privateFolder.js';
import { lastWords, runCommand } from './runCommand.js';
import { removeLeftover, type StateFolder } from './stateFolder.js';
import { canPass, type OsUser } from './unprivilegedUser.js';

export const DB_USER = 'tenet';
export const DB_NAME = 'tenet';
const INITDB_TIMEOUT_MS = 60_000;
const NEW_PREFIX = 'postgres.new-';

/** A random password, kept 0600: other users of this machine can reach the port. */
export function postgresPassword(folder: StateFolder): string {
  const file = join(folder.secrets, 'postgres');
  createFile(file, randomBytes(24).toString('base64url'), 0o600);
  return readFileSync(file, 'utf8').trim();
}

/** `.tenet/postgres`, or what it links to. */
export function dataFolder(folder: StateFolder): string | undefined {
  const path = join(folder.dir, 'postgres');
  if (lstatSync(path, { throwIfNoEntry: false }) === undefined) return undefined;
  try {
    return realpathSync(path);
  } catch (error) {
    throw new AppError(
      'db.unavailable',
      `${path} links to a folder that is gone`,
      { field: path, fix: `restore the data, or start empty: rm ${path}` },
      { cause: error },
    );
  }
}

/** Creates the cluster on first use. It gets its name by one rename, so a killed initdb leaves nothing that looks done. */
export async function ensureCluster(
  folder: StateFolder,
  binaries: PostgresBinaries,
  user: OsUser | undefined,
  signal?: AbortSignal,
): Promise<{ dataDir: string; created: boolean }> {
  const existing = dataFolder(folder);
  if (existing !== undefined) {
    assertMajorVersion(existing, binaries);
    return { dataDir: existing, created: false };
  }
  const outside = user !== undefined && !(await canPass(user, folder.dir));
  const home = outside ? newDataHome(folder.dir) : folder.dir;
  for (const name of readdirSync(home)) if (name.startsWith(NEW_PREFIX)) removeLeftover(join(home, name));
  const fresh = mkdtempSync(join(home, NEW_PREFIX));
  if (user !== undefined) chownSync(fresh, user.uid, user.gid);
  try {
    await initdb(folder, fresh, binaries, user, signal);
    const target = join(home, 'postgres');
    renameSync(fresh, target);
    syncFolder(home);
    if (outside) symlinkSync(target, join(folder.dir, 'postgres'));
    return { dataDir: realpathSync(target), created: true };
  } catch (error) {
    removeLeftover(fresh);
    throw error;
  }
}

async function initdb(
  folder: StateFolder,
  dataDir: string,
  binaries: PostgresBinaries,
  user: OsUser | undefined,
  signal: AbortSignal | undefined,
): Promise<void> {
  const passwordFile = `${dataDir}.password`;
  writeFileSync(passwordFile, postgresPassword(folder), { mode: 0o600, flag: 'wx' });
  if (user !== undefined) chownSync(passwordFile, user.uid, user.gid);
  try {
    const args = ['--pgdata', dataDir, '--username', DB_USER, '--pwfile', passwordFile, '--auth', 'scram-sha-256'];
    const result = await runCommand(
      binaries.initdb,
      [...args, '--encoding', 'UTF8', '--locale', 'C', '--no-instructions'],
      {
        timeoutMs: INITDB_TIMEOUT_MS,
        cwd: dirname(dataDir),
        env: { PATH: process.env['PATH'], LC_ALL: 'C' },
        signal,
        ...user,
      },
    );
    signal?.throwIfAborted();
    if (result.code === 0) return;
    throw failedStart({
      code: 'db.unavailable',
      what: 'Postgres',
      reason: `initdb failed: ${lastWords(result)}`,
      fix: 'check disk space and permissions of the state folder (tenet doctor), or set DATABASE_URL',
    });
  } finally {
    rmSync(passwordFile, { force: true });
  }
}

function assertMajorVersion(dataDir: string, binaries: PostgresBinaries): void {
  const have = readIfPresent(join(dataDir, 'PG_VERSION'))?.trim();
  const major = binaries.version.split('.')[0];
  if (have === undefined || have === major) return;
  throw new AppError(
    'db.unavailable',
    `the data folder was made by Postgres ${have}, the embedded one is ${binaries.version}`,
    {
      field: dataDir,
      expected: `a data folder of Postgres ${major ?? ''}`,
      got: `Postgres ${have}`,
      fix: `dump it with Postgres ${have} and restore it, set DATABASE_URL, or start empty with another TENET_STATE_DIR`,
    },
  );
}

/** True for a folder that holds a cluster at all; an emptied one would otherwise only fail inside Postgres. */
export const isCluster = (dataDir: string): boolean => existsSync(join(dataDir, 'PG_VERSION'));
