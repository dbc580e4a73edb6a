import { setImmediate } from 'node:timers/promises';
import {
  replayAgent,
  ReplayRefusal,
  type LanePolicy,
  type LiveModel,
  type Redactor,
  type ReplayItem,
  type ReplayOptions,
  type ReplayResult,
} from '@tenet-ledger/ghost/replay';
import type { FromChild, JobMessage, Row, ToChild } from './childProtocol.js';
import { markIdle, markPosition, sharedMs } from './progressFile.js';

export interface ChildJobsOptions {
  readonly tell: (message: FromChild) => void;
  readonly progressFd: number;
  /** Called before each decision, when its policy stands. */
  readonly before: () => Promise<unknown> | null;
}

/** Rows wait for company this long at most: what is not told is run again if the process dies. */
const TELL_AFTER_MS = 20;
const TELL_AT = 32;

/** The child's queue of jobs: runs decisions in order, says where it is before each, tells results in small groups. */
export class ChildJobs {
  readonly #options: ChildJobsOptions;
  readonly #queue: JobMessage[] = [];
  readonly #cancelled = new Set<number>();
  readonly #asks = new Map<number, (ok: boolean) => void>();
  #agent: unknown;
  #model: LiveModel | null = null;
  #redactor: Redactor | undefined;
  #policy: LanePolicy | null = null;
  #running = false;
  #asked = 0;
  #rows: Row[] = [];
  #toldAt = 0;
  /** Ends the decision in flight when something of it throws where nobody catches. */
  #escape: ((error: unknown) => void) | undefined;

  constructor(options: ChildJobsOptions) {
    this.#options = options;
  }

  /** Of the decision in flight, or null between decisions. */
  get policy(): LanePolicy | null {
    return this.#policy;
  }

  start(agent: unknown, model: LiveModel | null, redactor: Redactor): void {
    this.#agent = agent;
    this.#redactor = redactor;
    this.#model = model;
    this.#go();
  }

  take(message: Exclude<ToChild, { t: 'load' }>): void {
    if (message.t === 'grant') {
      this.#asks.get(message.ask)?.(message.ok);
      this.#asks.delete(message.ask);
    } else if (message.t === 'cancel') {
      this.#cancelled.add(message.job);
    } else {
      this.#queue.push(message);
      this.#go();
    }
  }

  /** A refusal that nobody caught has ended its decision already. */
  escaped(error: unknown): void {
    if (error instanceof ReplayRefusal) return;
    if (this.#escape !== undefined) this.#escape(error);
    else this.#options.tell({ t: 'tainted' });
  }

  #go(): void {
    if (this.#running || this.#agent === undefined) return;
    this.#running = true;
    void this.#run();
  }

  async #run(): Promise<void> {
    for (let job = this.#queue.shift(); job !== undefined; job = this.#queue.shift()) {
      for (const [index, line] of job.items) {
        if (this.#cancelled.has(job.job)) break;
        markPosition(this.#options.progressFd, { job: job.job, index, since: sharedMs() });
        const { row, tainted } = await this.#decide(job, index, line);
        this.#rows.push(row);
        if (tainted) {
          this.#tell(job.job);
          markIdle(this.#options.progressFd);
          this.#options.tell({ t: 'tainted' });
          return;
        }
        if (this.#rows.length >= TELL_AT || sharedMs() - this.#toldAt > TELL_AFTER_MS) this.#tell(job.job);
      }
      this.#tell(job.job);
      this.#cancelled.delete(job.job);
    }
    markIdle(this.#options.progressFd);
    this.#running = false;
  }

  async #decide(
    job: JobMessage,
    index: number,
    line: string,
  ): Promise<{ readonly row: Row; readonly tainted: boolean }> {
    const item = JSON.parse(line) as ReplayItem;
    const stop = new AbortController();
    let escaped: { readonly error: unknown } | undefined;
    this.#escape = (error) => {
      escaped ??= { error };
      stop.abort();
    };
    let retryAfterMs: number | undefined;
    this.#policy = job.policy;
    const ready = this.#options.before();
    if (ready !== null) await ready;
    const options: ReplayOptions = {
      signal: stop.signal,
      onModelUnavailable: (ms) => (retryAfterMs = ms),
      ...(this.#redactor !== undefined && { redactor: this.#redactor }),
      ...(this.#model !== null && { model: this.#model }),
      ...(job.metered && { takeModelCall: () => this.#ask(job.job) }),
    };
    const result = await replayAgent(this.#agent, item, job.policy, options).catch((error: unknown) =>
      unreadable(item, error),
    );
    // A turn of the loop: a rejection that the decision left behind is reported before the next one starts.
    await setImmediate();
    this.#escape = undefined;
    this.#policy = null;
    const final = escaped === undefined ? result : withEscaped(result, (escaped as { error: unknown }).error);
    const row: Row = {
      i: index,
      status: final.status,
      code: final.refusal?.code ?? null,
      line: JSON.stringify(final),
      ...(retryAfterMs !== undefined && { retryAfterMs }),
    };
    return { row, tainted: escaped !== undefined || final.status === 'timeout' };
  }

  #ask(job: number): Promise<boolean> {
    this.#asked += 1;
    const ask = this.#asked;
    this.#options.tell({ t: 'ask', ask, job });
    return new Promise((resolve) => this.#asks.set(ask, resolve));
  }

  #tell(job: number): void {
    this.#toldAt = sharedMs();
    if (this.#rows.length === 0) return;
    this.#options.tell({ t: 'rows', job, rows: this.#rows });
    this.#rows = [];
  }
}

/** An answer that came before the escaped error stands no more: in production that error would have ended the process. */
function withEscaped(result: ReplayResult, error: unknown): ReplayResult {
  if (result.status === 'refused') return result;
  const message = `the agent threw where nothing catches: ${error instanceof Error ? error.message.slice(0, 1000) : 'not an Error'}`;
  return { ...result, status: 'failed', outcome: null, confidence: null, refusal: { code: 'replay.threw', message } };
}

/** The platform sent something that is no item: a row too, since the rest of the batch can go on. */
function unreadable(item: ReplayItem, error: unknown): ReplayResult {
  return {
    decision: item.decision,
    status: 'failed',
    outcome: null,
    confidence: null,
    reasoning: [],
    alternatives: [],
    proposedActions: [],
    calls: { served: 0, run: 0, refused: 0, model: 0 },
    usage: { promptTokens: 0, completionTokens: 0, cost: 0 },
    refusal: { code: 'replay.bad_item', message: error instanceof Error ? error.message : String(error) },
    liveCalls: [],
    findings: [],
    durMs: 0,
  };
}
