import { fork, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { LiveModel, RedactOptions } from '@tenet-ledger/ghost/replay';
import { AppError } from '../../src/errors/index.js';
import type { FromChild, LoadedIdentity, ToChild } from './childProtocol.js';

export interface ChildOptions {
  /** Entry file of the agent. */
  readonly file: string;
  readonly model: LiveModel | null;
  /** host:port that reads may reach while the lane allows live reads. */
  readonly liveReads: readonly string[];
  /** The child's whole environment. */
  readonly env: Readonly<Record<string, string>>;
  readonly memoryMb: number;
  /** @default secrets alone */
  readonly redact?: RedactOptions | null;
  /** Where the agent's own output goes. @default our stderr */
  readonly output?: 'stderr' | 'nowhere';
  /** Compiled child. @default agentChild.js beside the worker */
  readonly childFile?: string;
}

export type ChildMessage = Exclude<FromChild, { t: 'ready' | 'invalid' }>;

export interface ForkedChild {
  readonly child: ChildProcess;
  /** The loaded agent. */
  readonly ready: Promise<LoadedIdentity>;
  /** The process has ended and everything it said was heard. */
  readonly gone: Promise<unknown>;
}

/** How long an agent's module may take to load. */
const START_MS = 60_000;

export function forkAgentChild(
  options: ChildOptions,
  progressFd: number,
  hear: (message: ChildMessage) => void,
): ForkedChild {
  const { file, model, liveReads, env, memoryMb } = options;
  const childFile = options.childFile ?? fileURLToPath(new URL('../agentChild.js', import.meta.url));
  if (!existsSync(childFile)) throw new AppError('internal', `${childFile} is missing: build the project first`);
  const output = options.output === 'nowhere' ? 'ignore' : 2;
  // stdin closed; our stdout is for results; IPC is descriptor 3, the progress file 4.
  const child = fork(childFile, [], {
    env,
    serialization: 'advanced',
    execArgv: [`--max-old-space-size=${memoryMb}`],
    stdio: ['ignore', output, output, 'ipc', progressFd],
  });
  const gone = Promise.all([
    new Promise((resolve) => child.once('exit', resolve)),
    new Promise((resolve) => child.once('disconnect', resolve)),
  ]);
  const ready = new Promise<LoadedIdentity>((resolve, reject) => {
    const fix = 'export one function wrapped by ghost.agent, from a module that loads by itself';
    const invalid = (message: string): AppError => new AppError('agent.invalid', message, { field: '--agent', fix });
    const timer = setTimeout(
      () => reject(invalid(`the agent module did not load within ${START_MS / 1000} s`)),
      START_MS,
    );
    child.on('message', (message: FromChild) => {
      if (message.t === 'ready') {
        const { name, version, type, agent } = message;
        resolve({ name, version, type, agent });
      } else if (message.t === 'invalid') reject(invalid(message.message));
      else hear(message);
    });
    child.once('exit', (code, signal) =>
      reject(invalid(`the agent process ended while loading (${endOf(code, signal)})`)),
    );
    // Also what a message to a dying child ends in; its exit follows.
    child.on('error', (cause) => reject(new AppError('internal', 'no child process could be started', {}, { cause })));
    const clear = (): void => clearTimeout(timer);
    child.once('exit', clear);
    child.once('message', clear);
  });
  child.send({ t: 'load', file, model, liveReads, redact: options.redact ?? null } satisfies ToChild);
  return { child, ready, gone };
}

export const endOf = (code: number | null, signal: NodeJS.Signals | null): string =>
  signal !== null ? `signal ${signal}` : `exit code ${code ?? 'unknown'}`;
