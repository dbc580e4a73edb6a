import { AppError } from '../errors/index.js';
import { isAlive } from './processIdentity.js';
import { identityIn, isRunning, liveUsers, lockNames, readLock, removeLock, type ServiceLock } from './serviceLock.js';
import { stopIfUnused } from './sharedService.js';
import type { StateFolder } from './stateFolder.js';
import { SHARED_NAMES, type SharedName } from './stopSteps.js';
import { PROCESS_PREFIX, stopGroup } from './supervisor.js';

export interface Orphan {
  readonly name: string;
  readonly pid: number;
  readonly kind: 'service' | 'process';
}

const isShared = (name: string): name is SharedName => (SHARED_NAMES as readonly string[]).includes(name);

/** What an earlier command left running by being killed: a service without a user, a process without its starter. */
export function listOrphans(folder: StateFolder): Orphan[] {
  return locks(folder).flatMap((lock): Orphan[] => {
    if (lock.pid === undefined || !isRunning(lock)) return [];
    if (isShared(lock.name)) {
      return liveUsers(folder, lock.name).length === 0 ? [{ name: lock.name, pid: lock.pid, kind: 'service' }] : [];
    }
    return isAlive(lock.startedBy) ? [] : [{ name: plainName(lock.name), pid: lock.pid, kind: 'process' }];
  });
}

/** Ends processes whose starter is gone and removes locks of what has ended. Returns what it ended. */
export async function cleanProcesses(folder: StateFolder): Promise<Orphan[]> {
  const orphans = locks(folder).filter((lock) => lock.name.startsWith(PROCESS_PREFIX) && !isAlive(lock.startedBy));
  const ended = await Promise.all(
    orphans.map(async (lock): Promise<Orphan[]> => {
      const identity = identityIn(lock);
      const running = identity !== undefined && isAlive(identity);
      if (running) await stopGroup(identity, 3_000);
      removeLock(folder, lock.name);
      return running ? [{ name: plainName(lock.name), pid: identity.pid, kind: 'process' }] : [];
    }),
  );
  return ended.flat();
}

/** As {@link cleanProcesses}, and stops services that nobody uses. */
export async function cleanOrphans(folder: StateFolder): Promise<Orphan[]> {
  const services = listOrphans(folder).filter((orphan) => orphan.kind === 'service');
  const ended = await cleanProcesses(folder);
  for (const orphan of services) {
    if (!isShared(orphan.name)) continue;
    const code = orphan.name === 'postgres' ? 'db.unavailable' : 'temporal.unavailable';
    const unavailable = (message: string, fix: string): AppError =>
      new AppError(code, `${orphan.name}: ${message}`, { fix });
    if (await stopIfUnused({ name: orphan.name, folder, unavailable })) ended.push(orphan);
  }
  return ended;
}

function locks(folder: StateFolder): ServiceLock[] {
  return lockNames(folder).flatMap((name) => readLock(folder, name) ?? []);
}

/** `process.worker.4711-1` is `worker` to a reader. */
function plainName(lockName: string): string {
  return lockName.slice(PROCESS_PREFIX.length).replace(/\.\d+-\d+$/, '');
}
