import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { AppError, type ErrorCode } from '../errors/index.js';
import { failedStart } from './failedStart.js';
import { readLogFrom } from './logFile.js';
import { isAlive, ownIdentity, signalProcess, stopProcess, type ProcessIdentity } from './processIdentity.js';
import { identityIn, removeLock, writeLock } from './serviceLock.js';
import { spawnDetached, type Exit, type Spawned } from './spawnDetached.js';
import type { StateFolder } from './stateFolder.js';
import { STOP_STEPS } from './stopSteps.js';

export interface SupervisedOptions {
  /** The whole environment of the process; ours when absent. `TENET_PARENT` is added. */
  readonly env?: NodeJS.ProcessEnv;
  readonly cwd?: string;
  /** `<stateDir>/logs/<name>.log` when absent. */
  readonly logFile?: string;
  /** A line that the process prints (its named groups are kept in `ready`), or a question asked until it says yes. */
  readonly readyWhen?: RegExp | (() => Promise<boolean>);
  readonly readyTimeoutMs?: number;
  /** Between SIGTERM and SIGKILL. */
  readonly graceMs?: number;
  /** The error code when it does not become ready. */
  readonly failure?: ErrorCode;
  readonly signal?: AbortSignal | undefined;
}

export interface SupervisedProcess extends ProcessIdentity {
  readonly name: string;
  readonly logFile: string;
  /** Named groups of the ready line, such as `port`. */
  readonly ready: Readonly<Record<string, string>>;
  readonly exited: Promise<Exit>;
  running(): boolean;
  /** SIGTERM, then after the grace SIGKILL to its whole process group. Idempotent. */
  stop(): Promise<void>;
}

export const PROCESS_PREFIX = 'process.';
const POLL_MS = 25;
const READY_TIMEOUT_MS = 30_000;
const READY_SCAN_BYTES = 1024 * 1024;

/**
 * Owns the processes of one command: API server, workers. Each has a lock that names it and us by pid and start time,
 * so that after a kill of ours the next command finds and ends it (cleanOrphans).
 */
export class Supervisor {
  readonly #folder: StateFolder;
  readonly #processes = new Map<string, { process: SupervisedProcess; identity: ProcessIdentity }>();
  #spawned = 0;
  #stopping = false;
  readonly #onExit = (): void => {
    for (const { identity } of this.#processes.values()) signalProcess(identity, 'SIGTERM');
  };

  constructor(folder: StateFolder) {
    this.#folder = folder;
  }

  /** All that run, those included that are not ready yet. */
  get processes(): readonly SupervisedProcess[] {
    return [...this.#processes.values()].map(({ process }) => process);
  }

  async spawn(name: string, argv: readonly string[], options: SupervisedOptions = {}): Promise<SupervisedProcess> {
    this.#refuseWhenStopping(name);
    const plain = name.replace(/[^A-Za-z0-9._@-]/g, '_');
    const lockName = `${PROCESS_PREFIX}${plain}.${process.pid}-${(this.#spawned += 1)}`;
    const spawned = await spawnDetached(this.#folder, ownIdentity(), {
      name: lockName,
      argv,
      env: { ...(options.env ?? process.env), TENET_PARENT: String(process.pid) },
      cwd: options.cwd ?? process.cwd(),
      logFile: options.logFile ?? join(this.#folder.logs, `${plain}.log`),
    });
    let ready: Readonly<Record<string, string>> = {};
    const child = this.#register(name, lockName, spawned, () => ready, this.#stopper(spawned, options));
    try {
      this.#refuseWhenStopping(name);
      ready = await becomesReady(name, spawned, options);
    } catch (error) {
      await child.stop();
      this.#forget(lockName);
      throw error;
    }
    const port = Number(ready['port']);
    writeLock(this.#folder, { ...spawned.lock, ...(Number.isSafeInteger(port) ? { port } : {}), detail: ready });
    // It may have ended between its last word and the line above, which would have brought its lock back.
    if (spawned.exit() !== undefined) this.#forget(lockName);
    return child;
  }

  /** Known from its first moment: whoever stops everything stops what is still starting, too. */
  #register(
    name: string,
    lockName: string,
    spawned: Spawned,
    ready: () => Readonly<Record<string, string>>,
    stop: () => Promise<void>,
  ): SupervisedProcess {
    const identity = identityIn(spawned.lock) ?? { pid: -1, startTime: 'ended' };
    const process: SupervisedProcess = {
      name,
      ...identity,
      logFile: spawned.lock.logFile,
      get ready() {
        return ready();
      },
      exited: spawned.exited,
      running: () => spawned.exit() === undefined && isAlive(identity),
      stop,
    };
    if (this.#processes.size === 0) globalThis.process.on('exit', this.#onExit);
    this.#processes.set(lockName, { process, identity });
    void spawned.exited.then(() => this.#forget(lockName));
    return process;
  }

  #forget(lockName: string): void {
    this.#processes.delete(lockName);
    removeLock(this.#folder, lockName);
    if (this.#processes.size === 0) globalThis.process.removeListener('exit', this.#onExit);
  }

  #refuseWhenStopping(name: string): void {
    if (this.#stopping) throw new AppError('interrupted', `${name} is not started: everything is being stopped`);
  }

  #stopper(spawned: Spawned, options: SupervisedOptions): () => Promise<void> {
    const identity = identityIn(spawned.lock);
    let stopping: Promise<void> | undefined;
    return () => (stopping ??= identity === undefined ? Promise.resolve() : stopGroup(identity, options.graceMs));
  }

  /** Last started, first stopped. Waits for all, whatever one of them does; nothing is started any more. */
  async stopAll(): Promise<void> {
    this.#stopping = true;
    await Promise.allSettled([...this.processes].reverse().map((process) => process.stop()));
  }
}

/** Ends a process that leads its own group, then whatever it left in that group. */
export async function stopGroup(identity: ProcessIdentity, graceMs = STOP_STEPS.process[0].graceMs): Promise<void> {
  if (!isAlive(identity)) return;
  const [first, ...rest] = STOP_STEPS.process;
  await stopProcess(identity, [{ ...first, graceMs }, ...rest]);
  try {
    // The id cannot have been given away while the group still has a member.
    process.kill(-identity.pid, 'SIGKILL');
  } catch {
    return;
  }
}

async function becomesReady(
  name: string,
  spawned: Spawned,
  options: SupervisedOptions,
): Promise<Readonly<Record<string, string>>> {
  const { readyWhen, readyTimeoutMs = READY_TIMEOUT_MS, failure = 'services.process_failed', signal } = options;
  const { logFile, logOffset } = spawned.lock;
  const deadline = Date.now() + readyTimeoutMs;
  while (readyWhen !== undefined) {
    signal?.throwIfAborted();
    const answer = await isReady(readyWhen, logFile, logOffset);
    if (answer !== undefined) return answer;
    const ended = spawned.exit();
    if (ended === undefined && Date.now() < deadline) {
      await sleep(POLL_MS);
      continue;
    }
    throw failedStart({
      code: failure,
      what: name,
      reason:
        ended === undefined
          ? `not ready after ${readyTimeoutMs / 1000} s`
          : `it ended (${ended.signal ?? `exit code ${ended.code ?? 'unknown'}`})`,
      log: { file: logFile, offset: logOffset },
      fix: 'read the log, then run: tenet doctor',
    });
  }
  return {};
}

async function isReady(
  readyWhen: RegExp | (() => Promise<boolean>),
  logFile: string,
  offset: number,
): Promise<Readonly<Record<string, string>> | undefined> {
  if (typeof readyWhen === 'function') return (await readyWhen()) ? {} : undefined;
  for (const line of readLogFrom(logFile, offset, READY_SCAN_BYTES).split('\n')) {
    const match = readyWhen.exec(line);
    if (match !== null) return { ...match.groups };
  }
  return undefined;
}
