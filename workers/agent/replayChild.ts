import type { ChildProcess } from 'node:child_process';
import type { LanePolicy } from '@tenet-ledger/ghost/replay';
import { AppError } from '../../src/errors/index.js';
import type { Row, ToChild } from './childProtocol.js';
import { endOf, forkAgentChild, type ChildMessage, type ChildOptions } from './forkAgentChild.js';
import {
  closeProgressFile,
  createProgressFile,
  markIdle,
  readPosition,
  sharedMs,
  type Position,
} from './progressFile.js';
import { standInRow } from './standIn.js';

export interface ReplayJob {
  /** NDJSON lines, each a ReplayItem. */
  readonly lines: readonly string[];
  readonly policy: LanePolicy;
  /** Asked before each live model call; null: unlimited. */
  readonly takeCall: (() => boolean) | null;
  readonly signal?: AbortSignal;
}

interface Pending extends ReplayJob {
  readonly id: number;
  readonly rows: (Row | undefined)[];
  left: number;
  sent: boolean;
  readonly resolve: (rows: readonly Row[]) => void;
  readonly reject: (error: unknown) => void;
}

type EndReason = 'timeout' | 'recycle' | 'stop' | undefined;

/** The child's own timer comes first; beyond it something holds the thread. */
const GRACE_MS = 250;
const WATCH_MS = 50;
/** Jobs the child has at hand, so that it never waits for the next. */
const AT_HAND = 2;
const MAX_FRUITLESS_STARTS = 3;

/**
 * One child process and its jobs. Owns the promise that every line of a job becomes a row: a child that hangs is killed and its
 * decision is a `timeout` row, one that dies takes its decision with it as a `failed` row, and the rest goes on in a new child.
 */
export class ReplayChild {
  readonly #options: ChildOptions;
  readonly #progress = createProgressFile();
  readonly #jobs: Pending[] = [];
  #child: ChildProcess | undefined;
  #ready: Promise<string> | undefined;
  #ending: EndReason;
  #watch: NodeJS.Timeout | undefined;
  #lastId = 0;
  #fruitless = 0;
  #stopped = false;

  constructor(options: ChildOptions) {
    this.#options = options;
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  /** Jobs under way or waiting. */
  get load(): number {
    return this.#jobs.length;
  }

  /** Starts the child where none runs. Resolves to name@version of the loaded agent. */
  start(): Promise<string> {
    this.#ready ??= this.#fork();
    return this.#ready;
  }

  run(job: ReplayJob): Promise<readonly Row[]> {
    return new Promise((resolve, reject) => {
      if (job.lines.length === 0) return resolve([]);
      this.#lastId = (this.#lastId + 1) % 0xffff_0000;
      const rows = new Array<Row | undefined>(job.lines.length).fill(undefined);
      const pending: Pending = { ...job, id: this.#lastId, rows, left: rows.length, sent: false, resolve, reject };
      this.#jobs.push(pending);
      job.signal?.addEventListener('abort', () => this.#abandon(pending), { once: true });
      if (job.signal?.aborted === true) this.#abandon(pending);
      else this.#pump();
    });
  }

  /** Kills the child; what is under way is rejected. */
  async stop(): Promise<void> {
    if (this.#stopped) return;
    this.#stopped = true;
    const child = this.#child;
    this.#failAll(new AppError('interrupted', 'the agent worker is stopping'));
    if (child !== undefined && child.exitCode === null) {
      const ended = new Promise((resolve) => child.once('exit', resolve));
      this.#kill('stop');
      await ended;
    }
    clearInterval(this.#watch);
    closeProgressFile(this.#progress);
  }

  #fork(): Promise<string> {
    markIdle(this.#progress);
    this.#ending = undefined;
    const { child, ready, gone } = forkAgentChild(this.#options, this.#progress, (message) => this.#hear(message));
    this.#child = child;
    void gone.then(() => this.#ended(child));
    // One that could not load is of no use to anybody.
    ready.catch(() => this.#kill('stop'));
    return ready.then(({ agent }) => agent);
  }

  #pump(): void {
    if (this.#stopped) return this.#failAll(new AppError('interrupted', 'the agent worker is stopping'));
    this.start().then(
      () => this.#send(),
      (error: unknown) => {
        // A module that doesn't load won't load the next time: everything waiting hears of it.
        this.#ready = undefined;
        this.#failAll(error);
      },
    );
  }

  #send(): void {
    const child = this.#child;
    if (child === undefined || !child.connected || this.#ending !== undefined) return;
    let atHand = this.#jobs.filter((job) => job.sent).length;
    for (const job of this.#jobs) {
      if (atHand >= AT_HAND) break;
      if (job.sent) continue;
      job.sent = true;
      atHand += 1;
      const items = job.lines.flatMap((line, i): [number, string][] => (job.rows[i] === undefined ? [[i, line]] : []));
      child.send({
        t: 'job',
        job: job.id,
        policy: job.policy,
        metered: job.takeCall !== null,
        items,
      } satisfies ToChild);
    }
    if (atHand > 0) this.#watch ??= setInterval(() => this.#check(), WATCH_MS);
  }

  #hear(message: ChildMessage): void {
    if (message.t === 'rows') this.#take(message.job, message.rows);
    else if (message.t === 'ask') {
      const ok = this.#jobs.find((job) => job.id === message.job)?.takeCall?.() ?? false;
      this.#child?.send({ t: 'grant', ask: message.ask, ok } satisfies ToChild);
    } else this.#kill('recycle');
  }

  #take(id: number, rows: readonly Row[]): void {
    const job = this.#jobs.find((one) => one.id === id);
    if (job === undefined) return;
    this.#fruitless = 0;
    for (const row of rows) {
      if (job.rows[row.i] !== undefined) continue;
      job.rows[row.i] = row;
      job.left -= 1;
    }
    if (job.left > 0) return;
    this.#remove(job);
    job.resolve(job.rows as Row[]);
    this.#send();
  }

  #check(): void {
    const at = readPosition(this.#progress);
    const job = at === null ? undefined : this.#jobs.find((one) => one.id === at.job);
    if (at === null || job === undefined || this.#ending !== undefined) return;
    if (sharedMs() - at.since > job.policy.timeoutMs + GRACE_MS) this.#kill('timeout');
  }

  #kill(reason: EndReason): void {
    this.#ending ??= reason;
    this.#child?.kill('SIGKILL');
  }

  /** The child is gone and everything it told was heard. */
  #ended(child: ChildProcess): void {
    if (this.#child !== child) return;
    this.#child = undefined;
    this.#ready = undefined;
    if (this.#stopped) return;
    const reason = this.#ending;
    const at = readPosition(this.#progress);
    for (const job of this.#jobs) job.sent = false;
    this.#fruitless += 1;
    if (at !== null && reason !== 'recycle') this.#standIn(at, reason, endOf(child.exitCode, child.signalCode));
    if (this.#fruitless >= MAX_FRUITLESS_STARTS) {
      return this.#failAll(
        new AppError('agent.invalid', `the agent process ended ${this.#fruitless} times before it ran anything`),
      );
    }
    if (this.#jobs.length > 0) this.#pump();
  }

  #standIn({ job: id, index }: Position, reason: EndReason, end: string): void {
    const job = this.#jobs.find((one) => one.id === id);
    const line = job?.lines[index];
    if (job === undefined || line === undefined || job.rows[index] !== undefined) return;
    const { timeoutMs } = job.policy;
    const row =
      reason === 'timeout'
        ? standInRow(
            index,
            line,
            'timeout',
            'replay.timeout',
            `no answer within ${timeoutMs} ms; the process was killed`,
            timeoutMs,
          )
        : standInRow(index, line, 'failed', 'replay.crashed', `the agent process ended in this decision (${end})`, 0);
    this.#take(id, [row]);
  }

  /** A decision of it that is under way may take as long as it likes: the child is not kept waiting for it. */
  #abandon(job: Pending): void {
    if (!this.#remove(job)) return;
    if (job.sent && this.#child?.connected === true) {
      if (readPosition(this.#progress)?.job === job.id) this.#kill('recycle');
      else this.#child.send({ t: 'cancel', job: job.id } satisfies ToChild);
    }
    job.reject(new AppError('interrupted', 'the batch was cancelled'));
    this.#send();
  }

  #remove(job: Pending): boolean {
    const at = this.#jobs.indexOf(job);
    if (at < 0) return false;
    this.#jobs.splice(at, 1);
    if (this.#jobs.length === 0) {
      clearInterval(this.#watch);
      this.#watch = undefined;
    }
    return true;
  }

  #failAll(error: unknown): void {
    for (const job of [...this.#jobs]) {
      this.#remove(job);
      job.reject(error);
    }
  }
}
