import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TenetConfig } from '../config/index.js';
import { maskSecret } from '../config/index.js';
import { AppError } from '../errors/index.js';
import { failedStart } from './failedStart.js';
import { readLogFrom } from './logFile.js';
import { assertPortFree, freePort } from './ports.js';
import { preparePostgresBinaries, type PostgresBinaries } from './postgresBinaries.js';
import { dataFolder, DB_NAME, DB_USER, ensureCluster, isCluster, postgresPassword } from './postgresCluster.js';
import { ensureDatabase, probeDatabase, waitForDatabase } from './postgresProbe.js';
import { identityOf, ownIdentity, stopProcess } from './processIdentity.js';
import { STOP_STEPS } from './stopSteps.js';
import { identityIn, isRunning, type ServiceLock } from './serviceLock.js';
import type { SharedServiceSpec } from './sharedService.js';
import { spawnDetached, type Spawned } from './spawnDetached.js';
import type { StateFolder } from './stateFolder.js';
import { ensurePostgresUser, type OsUser } from './unprivilegedUser.js';

const READY_TIMEOUT_MS = 60_000;
const PORT_TRIES = 3;
const NAME = 'postgres';
/** fsync stays on: "acknowledged" means durable. No Unix socket: its path has a length limit. */
const SETTINGS = ['fsync=on', 'listen_addresses=127.0.0.1', 'unix_socket_directories=', 'logging_collector=off'];

export interface PostgresOptions {
  readonly note: (message: string) => void;
  readonly signal?: AbortSignal | undefined;
}

export function databaseUrlOn(folder: StateFolder, port: number, database: string = DB_NAME): string {
  return `postgres://${DB_USER}:${postgresPassword(folder)}@127.0.0.1:${port}/${database}`;
}

/** The embedded Postgres of a state folder. */
export function postgresSpec(folder: StateFolder, config: TenetConfig, options: PostgresOptions): SharedServiceSpec {
  return {
    name: NAME,
    folder,
    unavailable: (message, fix) => new AppError('db.unavailable', `Postgres: ${message}`, { fix }),
    fits: (lock) => config.postgres.port === 0 || lock.port === config.postgres.port,
    healthy: (lock) => answers(folder, lock),
    discover: () => discover(folder),
    start: () => start(folder, config, options),
  };
}

async function answers(folder: StateFolder, lock: ServiceLock): Promise<boolean> {
  if (lock.port === undefined) return false;
  try {
    const stillRunning = (): boolean => isRunning(lock);
    await waitForDatabase(databaseUrlOn(folder, lock.port, 'postgres'), { timeoutMs: READY_TIMEOUT_MS, stillRunning });
    await ensureDatabase(databaseUrlOn(folder, lock.port), databaseUrlOn(folder, lock.port, 'postgres'), DB_NAME);
    return true;
  } catch {
    return false;
  }
}

/**
 * Postgres keeps its own note, `postmaster.pid` (pid, folder, start, port, …). It may be stale and its pid reused, so
 * only a server that takes our password and names our folder is believed.
 */
async function discover(folder: StateFolder): Promise<ServiceLock | undefined> {
  const dataDir = dataFolder(folder);
  if (dataDir === undefined) return undefined;
  try {
    const [pid, , , port] = readFileSync(join(dataDir, 'postmaster.pid'), 'utf8')
      .split('\n')
      .map((line) => line.trim());
    const identity = identityOf(Number(pid));
    if (identity === undefined) return undefined;
    const info = await probeDatabase(databaseUrlOn(folder, Number(port), 'postgres'));
    if (info.dataDirectory !== dataDir) return undefined;
    const logFile = join(folder.logs, 'postgres.log');
    const detail = { why: 'found running, started by a command that was killed', version: info.version };
    const startedAt = new Date().toISOString();
    return {
      name: NAME,
      ...identity,
      port: Number(port),
      startedBy: ownIdentity(),
      startedAt,
      logFile,
      logOffset: 0,
      detail,
    };
  } catch {
    return undefined;
  }
}

async function start(folder: StateFolder, config: TenetConfig, options: PostgresOptions): Promise<ServiceLock> {
  const fixed = config.postgres.port;
  await assertPortFree({ port: fixed, what: 'the embedded Postgres', key: 'postgres.port' });
  const user = await ensurePostgresUser(options.note);
  const binaries = await preparePostgresBinaries(user);
  const { dataDir, created } = await ensureCluster(folder, binaries, user, options.signal);
  if (created) options.note(`new database in ${dataDir}`);
  for (let attempt = 1; ; attempt++) {
    const port = fixed === 0 ? await freePort() : fixed;
    const spawned = await spawnPostgres(folder, binaries, user, dataDir, port);
    try {
      await becomesReady(folder, spawned, dataDir, port, options.signal);
      return spawned.lock;
    } catch (error) {
      const identity = identityIn(spawned.lock);
      if (identity !== undefined) await stopProcess(identity, STOP_STEPS.postgres);
      const { logFile, logOffset } = spawned.lock;
      const lostRace = /could not bind|Address already in use/i.test(readLogFrom(logFile, logOffset));
      if (!lostRace || fixed !== 0 || attempt === PORT_TRIES) throw error;
    }
  }
}

function spawnPostgres(
  folder: StateFolder,
  binaries: PostgresBinaries,
  user: OsUser | undefined,
  dataDir: string,
  port: number,
): Promise<Spawned> {
  return spawnDetached(folder, ownIdentity(), {
    name: NAME,
    argv: [binaries.postgres, '-D', dataDir, '-p', String(port), ...SETTINGS.flatMap((setting) => ['-c', setting])],
    env: { PATH: process.env['PATH'], LC_ALL: 'C' },
    cwd: '/',
    logFile: join(folder.logs, 'postgres.log'),
    port,
    detail: { why: binaries.why, version: binaries.version },
    ...user,
  });
}

async function becomesReady(
  folder: StateFolder,
  spawned: Spawned,
  dataDir: string,
  port: number,
  signal: AbortSignal | undefined,
): Promise<void> {
  const admin = databaseUrlOn(folder, port, 'postgres');
  const stillRunning = (): boolean => spawned.exit() === undefined && isRunning(spawned.lock);
  try {
    await waitForDatabase(admin, { timeoutMs: READY_TIMEOUT_MS, stillRunning, signal });
    await ensureDatabase(databaseUrlOn(folder, port), admin, DB_NAME);
  } catch (error) {
    signal?.throwIfAborted();
    const ended = spawned.exit();
    throw failedStart({
      code: 'db.unavailable',
      what: 'Postgres',
      reason:
        ended === undefined && stillRunning()
          ? (error as Error).message
          : `it ended (exit code ${ended?.code ?? 'unknown'})`,
      log: { file: spawned.lock.logFile, offset: spawned.lock.logOffset },
      fix: isCluster(dataDir)
        ? 'read the log; tenet doctor checks disk and permissions; or set DATABASE_URL to a Postgres of yours'
        : `${dataDir} holds no database: restore it, or move ${join(folder.dir, 'postgres')} away to start empty`,
      cause: error,
    });
  }
}

/** DATABASE_URL: not ours to start, so it is only asked whether it answers. */
export async function checkExternalPostgres(url: string): Promise<{ version: string }> {
  try {
    return await probeDatabase(url);
  } catch (error) {
    throw new AppError(
      'db.unavailable',
      `Postgres at ${maskSecret(url)} does not answer: ${(error as Error).message}`,
      {
        field: 'databaseUrl',
        got: maskSecret(url),
        fix: 'start that server, correct DATABASE_URL, or unset it to use the embedded Postgres',
      },
      { cause: error },
    );
  }
}
