import type { LanePolicy } from '@tenet-ledger/ghost/replay';
import type { Row } from './childProtocol.js';
import { patiently } from './patiently.js';
import { postsOf } from './postsOf.js';
import type { ReplayJob } from './replayChild.js';
import type { OpenBatch, Range, ReplayDoors } from './replayDoors.js';

export interface Runner {
  readonly size: number;
  run(job: ReplayJob): Promise<readonly Row[]>;
}

export interface BatchCounts {
  done: number;
  failed: number;
  refused: number;
}

export interface BatchEnd {
  /** Every decision of the batch has its result stored. */
  readonly complete: boolean;
  /** The server's word that nothing more may be spent. */
  readonly stop: string | null;
  /** The lane's model endpoint failed; its decisions were put back. */
  readonly modelUnavailable: { readonly retryAfterMs: number | undefined } | null;
}

export interface BatchRunOptions {
  readonly doors: ReplayDoors;
  readonly runner: Runner;
  readonly range: Pick<Range, 'runId' | 'lane' | 'repeat'>;
  /** Ends the running: cancelled, or out of time. */
  readonly signal: AbortSignal;
  /** Ends the posting as well: cancelled. */
  readonly cancelled: AbortSignal;
  readonly counts: BatchCounts;
  /** Whether a decision whose model endpoint failed is put back to be run again, or is a row. */
  readonly putBackUnavailable: boolean;
}

const LINES_A_JOB = 50;
/** Live calls dominate: small jobs spread over the children. */
const LIVE_LINES_A_JOB = 1;
const BYTES_A_JOB = 524_288;
/** The door takes 2,000 rows and 8 MB. */
const ROWS_A_POST = 500;
const BYTES_A_POST = 4_194_304;
const POST_TRIES = 6;
/** Slow agents post what they have: a worker that dies loses about this much work. */
const POST_EVERY_MS = 1_000;

/** Runs one fetched batch: reading, running and posting overlap. Every row is posted before this returns, or it throws. */
export class BatchRun {
  readonly #options: BatchRunOptions;
  readonly #stopRunning = new AbortController();
  #ready: Row[] = [];
  #chars = 0;
  #postedAt = performance.now();
  #posting: Promise<void> = Promise.resolve();
  #stop: string | null = null;
  #unavailable: BatchEnd['modelUnavailable'] = null;
  #leaseSpent = false;
  /** Decisions of the batch that have no row: put back, or never run. */
  #left = false;

  constructor(options: BatchRunOptions) {
    this.#options = options;
  }

  async run({ header, lines }: OpenBatch): Promise<BatchEnd> {
    const { runner, signal } = this.#options;
    const { policy, limits } = header;
    let calls = limits.maxCalls ?? 0;
    const takeCall = limits.maxCalls === null ? null : (): boolean => calls-- > 0;
    const under = AbortSignal.any([signal, this.#stopRunning.signal]);
    const running = new Set<Promise<void>>();
    try {
      for await (const job of jobsOf(lines, policy)) {
        this.#left ||= this.#ended;
        if (this.#ended) break;
        const task: Promise<void> = runner
          .run({ lines: job, policy, takeCall, signal: under })
          .then((rows) => this.#take(rows));
        running.add(task);
        void task.then(
          () => running.delete(task),
          () => undefined,
        );
        if (running.size >= runner.size * 2 + 1) await Promise.race(running);
      }
      await Promise.all(running);
    } finally {
      this.#stopRunning.abort();
      await Promise.allSettled(running);
      // What was run counts, whatever became of the rest; a failure to post it is the one that is thrown.
      this.#post();
      await this.#posting;
    }
    return { complete: !this.#left, stop: this.#stop, modelUnavailable: this.#unavailable };
  }

  get #ended(): boolean {
    return this.#stop !== null || this.#unavailable !== null || this.#leaseSpent;
  }

  /** A decision that was only stopped from outside has no result: it is run again, by whoever comes next. */
  #take(rows: readonly Row[]): void {
    for (const row of rows) {
      if (row.code === 'replay.budget') {
        this.#leaseSpent = true;
        this.#left = true;
      } else if (row.code === 'replay.model_unavailable' && this.#options.putBackUnavailable) {
        this.#unavailable ??= { retryAfterMs: row.retryAfterMs };
        this.#left = true;
      } else {
        this.#ready.push(row);
        this.#chars += row.line.length;
      }
    }
    const due = performance.now() - this.#postedAt >= POST_EVERY_MS;
    if (this.#ready.length >= ROWS_A_POST || this.#chars >= BYTES_A_POST || due) this.#post();
  }

  #post(): void {
    const rows = this.#ready;
    this.#ready = [];
    this.#chars = 0;
    this.#postedAt = performance.now();
    this.#posting = this.#posting.then(() => this.#postAll(rows));
    // Awaited at the end; until then a failure only stops the running.
    this.#posting.catch(() => this.#stopRunning.abort());
  }

  async #postAll(rows: readonly Row[]): Promise<void> {
    const { doors, range, cancelled, counts } = this.#options;
    for (const some of postsOf(rows, { rows: ROWS_A_POST, bytes: BYTES_A_POST })) {
      const lines = some.map((row) => row.line);
      const { stop } = await patiently({ tries: POST_TRIES, signal: cancelled }, () =>
        doors.post(range, lines, cancelled),
      );
      this.#stop ??= stop;
      for (const { status } of some) counts[status === 'done' || status === 'refused' ? status : 'failed'] += 1;
    }
  }
}

async function* jobsOf(lines: AsyncIterable<string>, policy: LanePolicy): AsyncGenerator<readonly string[]> {
  const most = policy.model === 'live' ? LIVE_LINES_A_JOB : LINES_A_JOB;
  let job: string[] = [];
  let chars = 0;
  for await (const line of lines) {
    job.push(line);
    chars += line.length;
    if (job.length >= most || chars >= BYTES_A_JOB) {
      yield job;
      job = [];
      chars = 0;
    }
  }
  if (job.length > 0) yield job;
}
