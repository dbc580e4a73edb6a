import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { createFile, readIfPresent, replaceFile } from './atomicFile.js';
import { isAlive, ownIdentity, parseStat, type ProcessIdentity } from './processIdentity.js';
import type { StateFolder } from './stateFolder.js';

/**
 * `.tenet/locks/<name>.json`. Written once before the process is spawned (without pid) and again after; in between the
 * process itself writes `<name>.pid` before it becomes the server. So whenever the command is killed, the next one finds
 * what it started.
 */
export interface ServiceLock {
  readonly name: string;
  readonly pid?: number;
  readonly startTime?: string;
  readonly port?: number;
  readonly startedBy: ProcessIdentity;
  readonly startedAt: string;
  readonly logFile: string;
  /** Where the log of this start begins. */
  readonly logOffset: number;
  readonly detail: Readonly<Record<string, string>>;
}

const lockFile = (folder: StateFolder, name: string): string => join(folder.locks, `${name}.json`);
export const pidFile = (folder: StateFolder, name: string): string => join(folder.locks, `${name}.pid`);
export const mutexFile = (folder: StateFolder, name: string): string => join(folder.locks, `${name}.lock`);

export function writeLock(folder: StateFolder, lock: ServiceLock): void {
  replaceFile(lockFile(folder, lock.name), `${JSON.stringify(lock)}\n`);
}

/** undefined when there is none; a lock that cannot be read names nobody and counts as none. */
export function readLock(folder: StateFolder, name: string): ServiceLock | undefined {
  const text = readIfPresent(lockFile(folder, name));
  if (text === undefined) return undefined;
  try {
    const lock = JSON.parse(text) as ServiceLock;
    return lock.pid === undefined ? { ...lock, ...readPidFile(pidFile(folder, name)) } : lock;
  } catch {
    return undefined;
  }
}

export function removeLock(folder: StateFolder, name: string): void {
  rmSync(lockFile(folder, name), { force: true });
  rmSync(pidFile(folder, name), { force: true });
}

export function lockNames(folder: StateFolder): string[] {
  try {
    return readdirSync(folder.locks)
      .filter((file) => file.endsWith('.json'))
      .map((file) => file.slice(0, -'.json'.length));
  } catch {
    return [];
  }
}

export function identityIn(lock: ServiceLock | undefined): ProcessIdentity | undefined {
  if (lock?.pid === undefined || lock.startTime === undefined) return undefined;
  return { pid: lock.pid, startTime: lock.startTime };
}

export function isRunning(lock: ServiceLock | undefined): boolean {
  const identity = identityIn(lock);
  return identity !== undefined && isAlive(identity);
}

/** Two lines by the spawned shell: its pid, and its `/proc` stat line (elsewhere its `ps -o state=,lstart=`). */
function readPidFile(file: string): Partial<ProcessIdentity> {
  const [pid = '', start = ''] = (readIfPresent(file) ?? '').split('\n');
  if (pid === '' || start === '') return {};
  const startTime = start.startsWith(`${pid} (`) ? parseStat(start) : start.trim().split(/\s+/).slice(1).join(' ');
  return startTime === undefined ? {} : { pid: Number(pid), startTime };
}

let registrations = 0;
const usersFolder = (folder: StateFolder, name: string): string => join(folder.locks, `${name}.users`);

/** Says that this process uses the service; the returned function takes that back. */
export function registerUser(folder: StateFolder, name: string): () => void {
  mkdirSync(usersFolder(folder, name), { recursive: true });
  const file = join(usersFolder(folder, name), `${process.pid}-${(registrations += 1)}.json`);
  rmSync(file, { force: true });
  createFile(file, JSON.stringify(ownIdentity()));
  return () => rmSync(file, { force: true });
}

/** Users that live; entries of processes that were killed are removed on the way. */
export function liveUsers(folder: StateFolder, name: string): ProcessIdentity[] {
  const dir = usersFolder(folder, name);
  const live: ProcessIdentity[] = [];
  for (const file of listFiles(dir)) {
    const text = readIfPresent(join(dir, file));
    if (text === undefined) continue;
    const user = parseIdentity(text);
    if (user !== undefined && isAlive(user)) live.push(user);
    else rmSync(join(dir, file), { force: true });
  }
  return live;
}

function listFiles(dir: string): string[] {
  try {
    return readdirSync(dir).filter((file) => file.endsWith('.json'));
  } catch {
    return [];
  }
}

function parseIdentity(text: string): ProcessIdentity | undefined {
  try {
    const { pid, startTime } = JSON.parse(text) as Partial<ProcessIdentity>;
    return pid === undefined || startTime === undefined ? undefined : { pid, startTime };
  } catch {
    return undefined;
  }
}
