import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';

/** The process that owns a folder, as its lock names it. FORMAT.md §6. */
export interface Owner {
  readonly pid: number;
  /** Start in ticks since boot, or '' where the system does not say. */
  readonly start: string;
  readonly boot: string;
  readonly host: string;
  /** PID namespace: two containers of one pod share host name and folder, and have different processes by the same number. */
  readonly ns?: string;
  /** Seconds: the owner touches its lock at least so often. Tells a living owner in another container from one before a restart. */
  readonly beat?: number;
}

/** No process starts then: the lock of a folder that its owner let go. */
export const LET_GO = 'closed';
const FOREIGN_PATIENCE_MS = 7 * 86_400_000;
export const BEAT_SECONDS = 60;
const MISSED_BEATS = 5;

let self: Owner | undefined;

export function thisProcess(): Owner {
  if (self?.pid === process.pid) return self;
  const ns = attempt(() => readlinkSync('/proc/self/ns/pid'));
  self = {
    pid: process.pid,
    start: startOf(process.pid) ?? '',
    boot: attempt(() => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()) ?? '',
    host: hostname(),
    ...(ns !== undefined && { ns }),
    beat: BEAT_SECONDS,
  };
  return self;
}

export function parseOwner(text: string): Owner | null {
  const value = attempt(() => JSON.parse(text) as unknown);
  if (typeof value !== 'object' || value === null) return null;
  const { pid, start, boot, host, ns, beat } = value as Record<string, unknown>;
  if (typeof pid !== 'number' || typeof start !== 'string' || typeof boot !== 'string' || typeof host !== 'string')
    return null;
  const more = { ...(typeof ns === 'string' && { ns }), ...(typeof beat === 'number' && beat > 0 && { beat }) };
  return { pid, start, boot, host, ...more };
}

/** What can't be known counts as alive, until it is old. A lock that nobody can read was never written whole: it names nobody. */
export function isDead(owner: Owner | null, ageMs: number): boolean {
  if (owner === null) return true;
  const me = thisProcess();
  if (owner.host !== me.host) return ageMs > FOREIGN_PATIENCE_MS;
  if (owner.boot !== me.boot || owner.start === LET_GO) return true;
  if (owner.ns !== undefined && owner.ns !== me.ns)
    return ageMs > (owner.beat === undefined ? FOREIGN_PATIENCE_MS : owner.beat * MISSED_BEATS * 1_000);
  if (me.start === '') return !signalReaches(owner.pid);
  const start = startOf(owner.pid);
  return start === undefined || (owner.start !== '' && start !== owner.start);
}

/** proc(5), stat: the command may hold spaces and brackets, so fields are counted after the last one. A zombie is no owner. */
function startOf(pid: number): string | undefined {
  const stat = attempt(() => readFileSync(`/proc/${pid}/stat`, 'latin1'));
  const fields = stat?.slice(stat.lastIndexOf(')') + 2).split(' ');
  const state = fields?.[0];
  return state === 'Z' || state === 'X' ? undefined : fields?.[19];
}

function signalReaches(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

function attempt<T>(act: () => T): T | undefined {
  try {
    return act();
  } catch {
    return undefined;
  }
}
