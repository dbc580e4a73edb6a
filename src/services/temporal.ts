import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { TenetConfig } from '../config/index.js';
import { AppError } from '../errors/index.js';
import { failedStart } from './failedStart.js';
import { readLogFrom } from './logFile.js';
import { assertPortFree, freePort } from './ports.js';
import { ownIdentity, stopProcess } from './processIdentity.js';
import { STOP_STEPS } from './stopSteps.js';
import { identityIn, isRunning, type ServiceLock } from './serviceLock.js';
import type { SharedServiceSpec } from './sharedService.js';
import { spawnDetached, type Spawned } from './spawnDetached.js';
import type { StateFolder } from './stateFolder.js';
import { obtainTemporal, type TemporalBinary } from './temporalBinary.js';
import { temporalConnectionOptions, waitForTemporal } from './temporalConnection.js';

const READY_TIMEOUT_MS = 60_000;
const ADOPT_TIMEOUT_MS = 15_000;
const CALL_TIMEOUT_MS = 1_000;
const PORT_TRIES = 3;
const NAME = 'temporal';
export interface TemporalOptions {
  readonly note: (message: string) => void;
  readonly signal?: AbortSignal | undefined;
}

/** The own Temporal server of a state folder. Its file is kept between starts and is never evidence. */
export function temporalSpec(folder: StateFolder, config: TenetConfig, options: TemporalOptions): SharedServiceSpec {
  const { namespace, port } = config.temporal;
  return {
    name: NAME,
    folder,
    unavailable: (message, fix) => new AppError('temporal.unavailable', `Temporal: ${message}`, { fix }),
    fits: (lock) => (port === 0 || lock.port === port) && lock.detail['namespace'] === namespace,
    healthy: (lock) => answers(lock, namespace, options.signal),
    start: () => start(folder, config, options),
  };
}

async function answers(lock: ServiceLock, namespace: string, signal: AbortSignal | undefined): Promise<boolean> {
  if (lock.port === undefined) return false;
  try {
    const stillRunning = (): boolean => isRunning(lock);
    const connection = { address: `127.0.0.1:${lock.port}` };
    await waitForTemporal(connection, namespace, {
      timeoutMs: ADOPT_TIMEOUT_MS,
      callTimeoutMs: CALL_TIMEOUT_MS,
      stillRunning,
      signal,
    });
    return true;
  } catch {
    return false;
  }
}

async function start(folder: StateFolder, config: TenetConfig, options: TemporalOptions): Promise<ServiceLock> {
  const { port: fixed, namespace } = config.temporal;
  await assertPortFree({ port: fixed, what: 'the Temporal server', key: 'temporal.port' });
  const binary = await obtainTemporal(folder, options);
  for (let attempt = 1; ; attempt++) {
    const port = fixed === 0 ? await freePort() : fixed;
    const spawned = await spawnTemporal(folder, binary, namespace, port);
    try {
      await becomesReady(spawned, binary, namespace, port, options.signal);
      return spawned.lock;
    } catch (error) {
      const identity = identityIn(spawned.lock);
      if (identity !== undefined) await stopProcess(identity, STOP_STEPS.temporal);
      const { logFile, logOffset } = spawned.lock;
      const lostRace = /address already in use|can't (set|bind) .*port/i.test(readLogFrom(logFile, logOffset));
      if (!lostRace || fixed !== 0 || attempt === PORT_TRIES) throw error;
    }
  }
}

/** A file of an older server is not migrated by a newer one, so each version has its own. */
const databaseFile = (folder: StateFolder, binary: TemporalBinary): string =>
  join(folder.dir, 'temporal', `${binary.version}.sqlite`);

function spawnTemporal(folder: StateFolder, binary: TemporalBinary, namespace: string, port: number): Promise<Spawned> {
  const file = databaseFile(folder, binary);
  mkdirSync(join(folder.dir, 'temporal'), { recursive: true, mode: 0o700 });
  const flags: readonly (readonly [string, string])[] = [
    ['--ip', '127.0.0.1'],
    ['--port', String(port)],
    ['--namespace', namespace],
    ['--log-level', 'warn'],
    ['--db-filename', file],
    // Replay can be started again from the ledger, so this file need not survive a power cut.
    ['--sqlite-pragma', 'journal_mode=WAL'],
    ['--sqlite-pragma', 'synchronous=OFF'],
    ['--dynamic-config-value', 'frontend.enableServerVersionCheck=false'],
    ['--dynamic-config-value', 'matching.enableFairness=true'],
  ];
  return spawnDetached(folder, ownIdentity(), {
    name: NAME,
    argv: [binary.path, 'server', 'start-dev', '--headless', ...flags.flat()],
    env: { PATH: process.env['PATH'], HOME: folder.dir, NO_COLOR: '1' },
    cwd: folder.dir,
    logFile: join(folder.logs, 'temporal.log'),
    port,
    detail: { source: binary.source, why: binary.why, version: binary.version, namespace, file },
  });
}

async function becomesReady(
  spawned: Spawned,
  binary: TemporalBinary,
  namespace: string,
  port: number,
  signal: AbortSignal | undefined,
): Promise<void> {
  const stillRunning = (): boolean => spawned.exit() === undefined && isRunning(spawned.lock);
  try {
    const connection = { address: `127.0.0.1:${port}` };
    await waitForTemporal(connection, namespace, {
      timeoutMs: READY_TIMEOUT_MS,
      callTimeoutMs: CALL_TIMEOUT_MS,
      stillRunning,
      signal,
    });
  } catch (error) {
    signal?.throwIfAborted();
    const ended = spawned.exit();
    throw failedStart({
      code: 'temporal.unavailable',
      what: `Temporal (${binary.path})`,
      reason: stillRunning() ? (error as Error).message : `it ended (exit code ${ended?.code ?? 'unknown'})`,
      log: { file: spawned.lock.logFile, offset: spawned.lock.logOffset },
      fix: `read the log; its file holds no evidence and may be deleted: ${spawned.lock.detail['file'] ?? ''}; or set TEMPORAL_ADDRESS`,
      cause: error,
    });
  }
}

/** TEMPORAL_ADDRESS: not ours to start, so it is only asked whether it answers and has the namespace. */
export async function checkExternalTemporal(
  config: TenetConfig['temporal'],
  address: string,
  signal?: AbortSignal,
): Promise<{ serverVersion: string }> {
  const connection = temporalConnectionOptions(config, address);
  try {
    return await waitForTemporal(connection, config.namespace, { timeoutMs: 0, stillRunning: () => true, signal });
  } catch (error) {
    signal?.throwIfAborted();
    throw new AppError(
      'temporal.unavailable',
      `Temporal at ${address}, namespace ${config.namespace}, does not answer: ${(error as Error).message}`,
      {
        field: 'temporal.address',
        got: address,
        fix: 'start that server, correct TEMPORAL_ADDRESS and TEMPORAL_NAMESPACE, or unset them to use an own server',
      },
      { cause: error },
    );
  }
}
