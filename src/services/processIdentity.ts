import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

/** A process id is reused, a pair of id and start time is not: every lock names both, and no signal is sent without. */
export interface ProcessIdentity {
  readonly pid: number;
  /** Opaque; equal for equal processes. On Linux the boot id and field 22 of /proc/<pid>/stat, elsewhere `ps -o lstart`. */
  readonly startTime: string;
}

const POLL_MS = 20;
const onLinux = process.platform === 'linux';
let bootId: string | undefined;

/** undefined when there is no such process, or only its unreaped remains. */
export function startTimeOf(pid: number): string | undefined {
  if (!Number.isSafeInteger(pid) || pid <= 0) return undefined;
  return onLinux ? fromProc(pid) : fromPs(pid);
}

function fromProc(pid: number): string | undefined {
  try {
    return parseStat(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return undefined;
  }
}

/** The command name may hold spaces and parentheses, so fields are counted after its last one (proc_pid_stat(5)). */
export function parseStat(stat: string): string | undefined {
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const [state, ticks] = [fields[0], fields[19]];
  if (state === undefined || ticks === undefined || 'ZX'.includes(state)) return undefined;
  bootId ??= readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').slice(0, 8);
  return `${bootId}:${ticks.trim()}`;
}

function fromPs(pid: number): string | undefined {
  const { stdout } = spawnSync('ps', ['-o', 'state=,lstart=', '-p', String(pid)], { encoding: 'utf8' });
  const [state, ...start] = (stdout ?? '').trim().split(/\s+/);
  return state === undefined || state === '' || state.startsWith('Z') ? undefined : start.join(' ');
}

export function identityOf(pid: number): ProcessIdentity | undefined {
  const startTime = startTimeOf(pid);
  return startTime === undefined ? undefined : { pid, startTime };
}

let self: ProcessIdentity | undefined;
export function ownIdentity(): ProcessIdentity {
  self ??= { pid: process.pid, startTime: startTimeOf(process.pid) ?? 'unknown' };
  return self;
}

export function isAlive({ pid, startTime }: ProcessIdentity): boolean {
  return startTimeOf(pid) === startTime;
}

/** Never throws: a process that is gone, or not ours, is what the caller finds out next anyway. */
export function signalProcess(identity: ProcessIdentity, signal: NodeJS.Signals): void {
  if (!isAlive(identity)) return;
  try {
    process.kill(identity.pid, signal);
  } catch {
    return;
  }
}

export async function waitForExit(identity: ProcessIdentity, timeoutMs: number): Promise<boolean> {
  const deadline = Date.now() + timeoutMs;
  while (isAlive(identity)) {
    if (Date.now() >= deadline) return false;
    await sleep(POLL_MS);
  }
  return true;
}

export interface StopStep {
  readonly signal: NodeJS.Signals;
  readonly graceMs: number;
}

/** Sends each signal in turn until the process is gone. True when it is. */
export async function stopProcess(identity: ProcessIdentity, steps: readonly StopStep[]): Promise<boolean> {
  for (const { signal, graceMs } of steps) {
    signalProcess(identity, signal);
    if (await waitForExit(identity, graceMs)) return true;
  }
  return !isAlive(identity);
}
