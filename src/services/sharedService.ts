import type { AppError } from '../errors/index.js';
import { withFileMutex } from './fileMutex.js';
import { signalProcess, stopProcess, type ProcessIdentity } from './processIdentity.js';
import {
  identityIn,
  isRunning,
  liveUsers,
  mutexFile,
  readLock,
  registerUser,
  removeLock,
  writeLock,
  type ServiceLock,
} from './serviceLock.js';
import type { StateFolder } from './stateFolder.js';
import { STOP_STEPS, type SharedName } from './stopSteps.js';

/** A server that several commands on this machine share. */
export interface SharedServiceSpec {
  readonly name: SharedName;
  readonly folder: StateFolder;
  /** Whether a server that nobody uses may be kept as it is, for instance listens on the port the user fixed. */
  fits(lock: ServiceLock): boolean;
  /** Waits for a server that is still starting; false when it does not answer in time. */
  healthy(lock: ServiceLock): Promise<boolean>;
  /** A running server that no lock names. */
  discover?(): Promise<ServiceLock | undefined>;
  start(): Promise<ServiceLock>;
  unavailable(message: string, fix: string): AppError;
}

export interface SharedHandle {
  readonly lock: ServiceLock;
  /** True when the server was running already. */
  readonly adopted: boolean;
  /** Idempotent. The last live user stops the server; before that it goes on for the others. */
  release(): Promise<void>;
}

const MUTEX_WAIT_MS = 120_000;

/**
 * The rule of sharing: every command registers as a user (pid and start time) before it looks, all of it under one
 * mutex a service. A server runs as long as it has a live user; who started it does not matter. A server left behind by
 * a kill is adopted when it answers, and stopped and started anew when it does not.
 */
export async function acquireShared(spec: SharedServiceSpec, signal?: AbortSignal): Promise<SharedHandle> {
  const unregister = registerUser(spec.folder, spec.name);
  try {
    const found = await underMutex(spec, signal, () => adoptOrStart(spec));
    return makeHandle(spec, found, unregister);
  } catch (error) {
    unregister();
    throw error;
  }
}

function underMutex<T>(
  spec: Pick<SharedServiceSpec, 'name' | 'folder' | 'unavailable'>,
  signal: AbortSignal | undefined,
  run: () => Promise<T>,
): Promise<T> {
  const onTimeout = (holder: ProcessIdentity | undefined): AppError =>
    spec.unavailable(
      `another command (pid ${holder?.pid ?? 'unknown'}) has been starting or stopping it for ${MUTEX_WAIT_MS / 1000} s`,
      `wait for that command, or end it: kill ${holder?.pid ?? '<pid>'}`,
    );
  return withFileMutex(mutexFile(spec.folder, spec.name), { waitMs: MUTEX_WAIT_MS, signal, onTimeout }, run);
}

async function adoptOrStart(spec: SharedServiceSpec): Promise<{ lock: ServiceLock; adopted: boolean }> {
  const { folder, name } = spec;
  const locked = readLock(folder, name);
  const existing = isRunning(locked) ? locked : await spec.discover?.();
  if (existing !== undefined) {
    const shared = liveUsers(folder, name).length > 1;
    if ((shared || spec.fits(existing)) && (await spec.healthy(existing))) {
      writeLock(folder, existing);
      return { lock: existing, adopted: true };
    }
    await stopLocked(spec, existing);
  }
  removeLock(folder, name);
  return { lock: await spec.start(), adopted: false };
}

async function stopLocked(spec: Pick<SharedServiceSpec, 'unavailable' | 'name'>, lock: ServiceLock): Promise<void> {
  const identity = identityIn(lock);
  if (identity === undefined || (await stopProcess(identity, STOP_STEPS[spec.name]))) return;
  throw spec.unavailable(
    `process ${identity.pid} of an earlier start does not end`,
    `end it by hand: kill -9 ${identity.pid}`,
  );
}

/** Stops the server if no live user is left. False when somebody still uses it. */
export function stopIfUnused(spec: Pick<SharedServiceSpec, 'name' | 'folder' | 'unavailable'>): Promise<boolean> {
  return underMutex(spec, undefined, async () => {
    if (liveUsers(spec.folder, spec.name).length > 0) return false;
    const lock = readLock(spec.folder, spec.name);
    if (lock !== undefined) await stopLocked(spec, lock);
    removeLock(spec.folder, spec.name);
    return true;
  });
}

function makeHandle(
  spec: SharedServiceSpec,
  found: { lock: ServiceLock; adopted: boolean },
  unregister: () => void,
): SharedHandle {
  const onExit = (): void => {
    unregister();
    const identity = identityIn(found.lock);
    const [gentle] = STOP_STEPS[spec.name];
    if (identity === undefined || liveUsers(spec.folder, spec.name).length > 0) return;
    signalProcess(identity, gentle.signal);
  };
  // A process that ends without release (an uncaught error, process.exit) still takes its servers along.
  process.once('exit', onExit);
  let released: Promise<void> | undefined;
  const release = async (): Promise<void> => {
    process.removeListener('exit', onExit);
    unregister();
    await stopIfUnused(spec);
  };
  return { ...found, release: () => (released ??= release()) };
}
