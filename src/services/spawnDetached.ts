import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { openLog } from './logFile.js';
import { identityOf, type ProcessIdentity } from './processIdentity.js';
import { pidFile, writeLock, type ServiceLock } from './serviceLock.js';
import type { StateFolder } from './stateFolder.js';

/**
 * The shell notes its own pid and start time on descriptor 3 and then becomes the program, so the note exists before the
 * program runs, whatever happens to the process that spawned it.
 */
const NOTE_AND_EXEC =
  '{ echo "$$"; { read -r stat < "/proc/$$/stat" && printf "%s\\n" "$stat"; } 2>/dev/null ' +
  '|| ps -o state=,lstart= -p "$$"; } >&3; exec "$@" 3>&-';

export interface SpawnPlan {
  readonly name: string;
  readonly argv: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  readonly cwd: string;
  readonly logFile: string;
  readonly uid?: number | undefined;
  readonly gid?: number | undefined;
  readonly port?: number | undefined;
  readonly detail?: Readonly<Record<string, string>>;
}

export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface Spawned {
  readonly lock: ServiceLock;
  /** Set once the process has ended. */
  exit(): Exit | undefined;
  readonly exited: Promise<Exit>;
}

/** Starts a program in its own session: a Ctrl-C at the terminal reaches us alone, and we stop things in order. */
export async function spawnDetached(
  folder: StateFolder,
  startedBy: ProcessIdentity,
  plan: SpawnPlan,
): Promise<Spawned> {
  const log = openLog(plan.logFile);
  const note = openSync(pidFile(folder, plan.name), 'w', 0o600);
  const intent: ServiceLock = {
    name: plan.name,
    ...(plan.port === undefined ? {} : { port: plan.port }),
    startedBy,
    startedAt: new Date().toISOString(),
    logFile: plan.logFile,
    logOffset: log.offset,
    detail: plan.detail ?? {},
  };
  writeLock(folder, intent);
  try {
    const child = spawn('/bin/sh', ['-c', NOTE_AND_EXEC, 'sh', ...plan.argv], {
      cwd: plan.cwd,
      env: plan.env,
      detached: true,
      stdio: ['ignore', log.fd, log.fd, note],
      ...(plan.uid === undefined ? {} : { uid: plan.uid }),
      ...(plan.gid === undefined ? {} : { gid: plan.gid }),
    });
    let ended: Exit | undefined;
    const exited = new Promise<Exit>((resolve) => {
      child.once('exit', (code, signal) => resolve((ended = { code, signal })));
    });
    await new Promise<void>((resolve, reject) => {
      child.once('spawn', resolve);
      child.once('error', reject);
    });
    child.unref();
    const identity: Partial<ProcessIdentity> = identityOf(child.pid ?? -1) ?? {};
    const lock = { ...intent, ...identity };
    writeLock(folder, lock);
    return { lock, exit: () => ended, exited };
  } finally {
    closeSync(log.fd);
    closeSync(note);
  }
}
