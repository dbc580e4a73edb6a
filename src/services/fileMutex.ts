import { rmSync, statSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { createFile, readIfPresent } from './atomicFile.js';
import { isAlive, ownIdentity, type ProcessIdentity } from './processIdentity.js';

const POLL_MS = 25;
/** A breaker holds its own lock for microseconds; one this old belongs to a breaker that was killed. */
const BREAKER_STALE_MS = 5_000;

export interface MutexOptions {
  readonly waitMs: number;
  readonly signal?: AbortSignal | undefined;
  /** Makes the error of a wait that ran out; it gets the holder. */
  readonly onTimeout: (holder: ProcessIdentity | undefined) => Error;
}

/**
 * One holder among all processes of this machine. The holder is named by pid and start time, so a lock left by a kill
 * is told from a live one and broken. Not fair, not re-entrant.
 */
export async function withFileMutex<T>(file: string, options: MutexOptions, run: () => Promise<T>): Promise<T> {
  const mine = JSON.stringify(ownIdentity());
  const deadline = Date.now() + options.waitMs;
  while (!createFile(file, mine)) {
    options.signal?.throwIfAborted();
    const holder = readHolder(file);
    if (holder !== undefined && !isAlive(holder)) breakStale(file);
    else if (Date.now() >= deadline) throw options.onTimeout(holder);
    else await sleep(POLL_MS);
  }
  try {
    return await run();
  } finally {
    rmSync(file, { force: true });
  }
}

export function readHolder(file: string): ProcessIdentity | undefined {
  const text = readIfPresent(file);
  if (text === undefined) return undefined;
  try {
    const { pid, startTime } = JSON.parse(text) as Partial<ProcessIdentity>;
    return { pid: Number(pid), startTime: String(startTime) };
  } catch {
    return { pid: -1, startTime: 'unreadable' };
  }
}

/**
 * Only one process breaks at a time, and it looks again first: else a second breaker could remove the lock that a third
 * process took after the first one broke it.
 */
function breakStale(file: string): void {
  const breaker = `${file}.break`;
  if (!createFile(breaker, JSON.stringify(ownIdentity()))) {
    const age = Date.now() - (statSync(breaker, { throwIfNoEntry: false })?.mtimeMs ?? Date.now());
    if (age > BREAKER_STALE_MS) rmSync(breaker, { force: true });
    return;
  }
  try {
    const holder = readHolder(file);
    if (holder !== undefined && !isAlive(holder)) rmSync(file, { force: true });
  } finally {
    rmSync(breaker, { force: true });
  }
}
