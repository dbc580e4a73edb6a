import { setTimeout as sleep } from 'node:timers/promises';
import { AppError, isAppError } from '../errors/index.js';
import type { SupervisedProcess } from '../services/index.js';

/** One start of a served process, and the time from which a fresh one has to take its place. */
export interface ServedStart {
  readonly process: SupervisedProcess;
  /** Milliseconds of `now`. */
  readonly renewAt: number;
}

export interface KeepServingOptions {
  /** For people: `agent underwriter@1.0.0`. */
  readonly name: string;
  /** Resolves when the process is ready. An error that no retry can mend ends the serving. */
  readonly start: () => Promise<ServedStart>;
  /** Told of deaths and of the end. */
  readonly say: (line: string) => void;
  readonly now?: () => number;
  /** Rejects when the signal is aborted. */
  readonly pause?: (ms: number, signal: AbortSignal) => Promise<unknown>;
}

export interface Serving {
  /** The process that serves now, or served last. */
  readonly current: SupervisedProcess;
  /** null: it was stopped; else why nothing serves any more. */
  readonly ended: Promise<AppError | null>;
  /** Idempotent. */
  stop(): Promise<void>;
}

const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 8_000;
/** So many deaths within the window, and it is given up: something is wrong that starting again does not mend. */
const MOST_DEATHS = 5;
const DEATHS_WINDOW_MS = 60_000;
/** A renewal that failed is tried again after this; the process that runs goes on meanwhile. */
const RENEW_AGAIN_MS = 60_000;
const LONGEST_TIMER_MS = 2 ** 31 - 1;

const pauseFor = (ms: number, signal: AbortSignal): Promise<unknown> => sleep(ms, undefined, { signal, ref: false });

/**
 * Keeps one process serving: starts it again when it dies, at growing distances, and replaces it before its token expires
 * (the new one is ready before the old one is asked to stop, so the queue never stands without a worker).
 */
export async function keepServing(options: KeepServingOptions): Promise<Serving> {
  const keeper = new Keeper(options, await options.start());
  return keeper;
}

/** Time for a fresh process, or how the present one ended. */
type Event = 'renew' | { readonly died: string };

class Keeper implements Serving {
  readonly ended: Promise<AppError | null>;
  readonly #options: Required<KeepServingOptions>;
  readonly #stopping = new AbortController();
  #deaths: readonly number[] = [];
  #at: ServedStart;
  #renewAt: number;

  constructor(options: KeepServingOptions, first: ServedStart) {
    this.#options = { now: Date.now, pause: pauseFor, ...options };
    this.#at = first;
    this.#renewAt = first.renewAt;
    this.ended = this.#keep();
  }

  get current(): SupervisedProcess {
    return this.#at.process;
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#at.process.stop();
    await this.ended;
    // A start that was under way when it was stopped.
    await this.#at.process.stop();
  }

  async #keep(): Promise<AppError | null> {
    const { name, say } = this.#options;
    try {
      for (;;) {
        const event = await this.#next();
        if (this.#stopped) return null;
        if (event === 'renew') await this.#renew();
        else await this.#again(event.died);
        if (this.#stopped) return null;
      }
    } catch (error) {
      if (this.#stopped || isInterruption(error)) return null;
      const given = this.#givenUp(error);
      say(`${name} is no longer served: ${given.message.split('\n')[0]}`);
      return given;
    }
  }

  get #stopped(): boolean {
    return this.#stopping.signal.aborted;
  }

  /** What ended the present process (stopping does), or that it is time for a fresh one. */
  async #next(): Promise<Event> {
    const watching = new AbortController();
    const signal = AbortSignal.any([watching.signal, this.#stopping.signal]);
    const due = Math.min(LONGEST_TIMER_MS, Math.max(0, this.#renewAt - this.#options.now()));
    try {
      return await Promise.race([
        this.#at.process.exited.then(({ code, signal: by }) => ({ died: by ?? `exit code ${code ?? 'unknown'}` })),
        this.#options.pause(due, signal).then(
          () => 'renew' as const,
          () => new Promise<never>(() => undefined),
        ),
      ]);
    } finally {
      watching.abort();
    }
  }

  async #renew(): Promise<void> {
    const { name, start, say, now } = this.#options;
    if (this.#renewAt > now()) return;
    const old = this.#at.process;
    try {
      this.#take(await start());
    } catch (error) {
      if (isFinal(error)) throw error;
      this.#renewAt = now() + RENEW_AGAIN_MS;
      say(`${name} could not be replaced yet, the old process goes on: ${messageOf(error)}`);
      return;
    }
    await old.stop();
  }

  /** After a death: waits, starts again, and counts a start that fails as another death. */
  async #again(how: string): Promise<void> {
    const { name, start, say, now, pause } = this.#options;
    let why = `it ended (${how})`;
    for (;;) {
      const at = now();
      this.#deaths = [...this.#deaths, at].filter((death) => death > at - DEATHS_WINDOW_MS);
      const recent = this.#deaths.length;
      if (recent >= MOST_DEATHS) throw this.#tooOften(why);
      const ms = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (recent - 1));
      say(`${name}: ${why}; starting it again in ${ms / 1000} s`);
      await pause(ms, this.#stopping.signal);
      try {
        this.#take(await start());
        return say(`${name} serves again, pid ${this.current.pid}`);
      } catch (error) {
        if (isFinal(error) || this.#stopped) throw error;
        why = messageOf(error);
      }
    }
  }

  #take(next: ServedStart): void {
    this.#at = next;
    this.#renewAt = next.renewAt;
  }

  #tooOften(why: string): AppError {
    const { logFile } = this.#at.process;
    return new AppError(
      'services.process_failed',
      `${this.#options.name} died ${MOST_DEATHS} times within a minute, last because ${why}; log: ${logFile}`,
      { log: logFile, fix: `read ${logFile}, correct the agent, and start it again` },
    );
  }

  #givenUp(error: unknown): AppError {
    if (isAppError(error)) return error;
    return new AppError('services.process_failed', `${this.#options.name}: ${messageOf(error)}`, {}, { cause: error });
  }
}

/** What does not pass by itself, such as other code under the same version. */
const isFinal = (error: unknown): boolean => isAppError(error) && (!error.retryable || isInterruption(error));

/** Nothing is started any more: the command is being stopped. */
const isInterruption = (error: unknown): boolean => isAppError(error) && error.code === 'interrupted';

const messageOf = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error)).split('\n')[0] ?? '';
