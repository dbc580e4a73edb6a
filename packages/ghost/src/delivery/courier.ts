import type { GhostProblem } from '../config.js';
import { errorText } from '../errorText.js';
import type { Batch, SegmentFrame, SegmentQueue } from '../spool/index.js';
import type { AckCheckpoint } from './anchor.js';
import { Circuit, type CircuitState } from './circuit.js';
import type { Door, Parcel, ParcelAnswer, Settled } from './door.js';
import { pairResults } from './pairResults.js';
import { recordIdOf } from './recordId.js';

/** One producer's records on their way. */
export interface Source {
  readonly queue: SegmentQueue;
  /** Once per record. `refused` and `conflict` have to be kept somewhere else before this returns. */
  answered(batch: Batch, frame: SegmentFrame, result: Settled): void;
  /** So many more records are settled than before. */
  settled(count: number): void;
  /** The server can't open this segment: it has to be taken out of the queue. */
  unopened(batch: Batch, problem: GhostProblem): void;
}

export interface CourierOptions {
  readonly door: Door;
  /** In the order in which they are served, one batch each. */
  readonly sources: () => readonly Source[];
  readonly maxRecords: number;
  readonly maxBytes: number;
  /** How long an API key that is refused is left alone. */
  readonly probeMs: number;
  readonly problem: (problem: GhostProblem) => void;
  readonly checkpoint: (checkpoint: AckCheckpoint) => void;
  readonly now: () => number;
  readonly random: () => number;
}

/** The server reads at most 8 MB a request. */
const MAX_REQUEST_BYTES = 7_500_000;
const PROBE_RECORDS = 10;
/** Whoever waits may have the server asked again, but not more often. */
const HURRY_MS = 1_000;

/**
 * Brings batches from the spool to the server, one request at a time, at least once. Holds one batch in memory however much waits. Its
 * timers and sockets don't keep the process alive.
 */
export class Courier {
  readonly #options: CourierOptions;
  readonly #circuit: Circuit;
  #running = false;
  #again = false;
  #stopped = false;
  #lastAttempt = -Infinity;
  #wake: (() => void) | undefined;
  #maxBytes: number;
  #turn = 0;

  constructor(options: CourierOptions) {
    this.#options = options;
    this.#circuit = new Circuit(options.probeMs, options.random);
    this.#maxBytes = Math.min(options.maxBytes, MAX_REQUEST_BYTES);
  }

  get circuit(): CircuitState {
    return this.#circuit.state;
  }

  /** There may be something to bring. */
  start(): void {
    this.#again = true;
    if (this.#running || this.#stopped) return;
    this.#running = true;
    void this.#run()
      .catch((error: unknown) => this.#options.problem({ code: 'ghost.delivery', message: errorText(error) }))
      .finally(() => {
        this.#running = false;
        if (this.#again) this.start();
      });
  }

  /** Somebody waits: a server that is being left alone is asked once more, unless it asked for that itself. */
  hurry(): void {
    if (Math.abs(this.#options.now() - this.#lastAttempt) >= HURRY_MS) this.#wake?.();
  }

  /** Answers that come later are not heard: what they are about is sent again by whoever comes next. */
  stop(): void {
    this.#stopped = true;
    this.#again = false;
    this.#wake?.();
  }

  async #run(): Promise<void> {
    while (this.#again && !this.#stopped) {
      this.#again = false;
      for (let found = this.#next(); found !== null && !this.#stopped; found = this.#next()) {
        await this.#bring(found.source, found.batch);
      }
    }
  }

  /** Each source in turn: what was taken over does not wait for the end of a busy producer. */
  #next(): { readonly source: Source; readonly batch: Batch } | null {
    const sources = this.#options.sources();
    for (let i = 0; i < sources.length; i += 1) {
      const source = sources[(this.#turn + i) % sources.length]!;
      const batch = source.queue.next(this.#options.maxRecords, this.#maxBytes);
      if (batch === null) continue;
      this.#turn = (this.#turn + i + 1) % sources.length;
      return { source, batch };
    }
    return null;
  }

  async #bring(source: Source, batch: Batch): Promise<void> {
    const run = new Delivery(source, batch);
    let most = Infinity;
    while (run.left.length > 0 && !this.#stopped) {
      const probe = this.#circuit.begin();
      const parcel = run.parcel(Math.min(most, probe ? PROBE_RECORDS : Infinity), this.#maxBytes);
      this.#lastAttempt = this.#options.now();
      const answer = await this.#options.door.send(parcel);
      if (this.#stopped) return;
      if (answer.kind === 'settled') {
        if (run.settle(parcel, pairResults(parcel, answer.results)) > 0) this.#circuit.answered();
        else await this.#fail({ code: 'ghost.delivery', message: 'the answer speaks of none of the records sent' });
        if (answer.checkpoint !== null) this.#options.checkpoint(answer.checkpoint);
      } else if (answer.kind === 'later') {
        await this.#fail(answer.problem, answer);
      } else {
        this.#circuit.answered();
        most = this.#narrow(run, parcel, answer, most);
      }
    }
  }

  /** The request is the trouble, not the moment. Says how many records the next may hold at most. */
  #narrow(
    run: Delivery,
    parcel: Parcel,
    answer: Exclude<ParcelAnswer, { kind: 'settled' | 'later' }>,
    most: number,
  ): number {
    const { kind, problem } = answer;
    if (kind === 'no-key') {
      run.unopened(problem);
      return most;
    }
    const [only] = parcel.frames;
    if (parcel.frames.length === 1 && only !== undefined) {
      run.refuse(only, problem);
      return most;
    }
    // A request that is wrong is asked for record by record, so that only the wrong ones are given up.
    if (kind === 'rejected') return 1;
    this.#maxBytes = Math.ceil(bytesOf(parcel.frames) / 2);
    return most;
  }

  async #fail(problem: GhostProblem, how: { retryAfterMs?: number | undefined; auth?: boolean } = {}): Promise<void> {
    const ms = this.#circuit.failed({ retryAfterMs: how.retryAfterMs, auth: how.auth === true });
    const message = `${problem.message}; trying again (attempt ${this.#circuit.failures})`;
    this.#options.problem({ ...problem, message });
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms).unref();
      const wake = (): void => {
        clearTimeout(timer);
        resolve();
      };
      this.#wake = how.retryAfterMs === undefined || this.#stopped ? wake : undefined;
    });
    this.#wake = undefined;
  }
}

/** One batch until all of it is settled. */
class Delivery {
  left: readonly SegmentFrame[];
  readonly #source: Source;
  readonly #batch: Batch;

  constructor(source: Source, batch: Batch) {
    this.#source = source;
    this.#batch = batch;
    this.left = batch.frames;
  }

  /** The first that are left, at least one. */
  parcel(maxRecords: number, maxBytes: number): Parcel {
    let bytes = 0;
    let count = 0;
    for (const frame of this.left) {
      bytes += frame.bytes.length;
      if (count === maxRecords || (count > 0 && bytes > maxBytes)) break;
      count += 1;
    }
    const { header, headerBytes } = this.#batch;
    return { sealedBy: header.seal === null ? null : headerBytes, frames: this.left.slice(0, count) };
  }

  settle({ frames }: Parcel, results: ReadonlyMap<SegmentFrame, Settled>): number {
    for (const frame of frames) {
      const result = results.get(frame);
      if (result !== undefined) this.#source.answered(this.#batch, frame, result);
    }
    this.left = this.left.filter((frame) => !results.has(frame));
    const last = this.#lastSettled();
    if (last !== undefined) this.#source.settled(this.#source.queue.settle(this.#batch.segment, last));
    return results.size;
  }

  refuse(frame: SegmentFrame, { code, message }: GhostProblem): void {
    const id = this.#batch.header.seal === null ? recordIdOf(frame.bytes) : '';
    this.settle({ sealedBy: null, frames: [frame] }, new Map([[frame, { id, status: 'refused', code, message }]]));
  }

  unopened(problem: GhostProblem): void {
    this.left = [];
    this.#source.unopened(this.#batch, problem);
  }

  /** The last frame before the first that is left. */
  #lastSettled(): SegmentFrame | undefined {
    const { frames } = this.#batch;
    const first = this.left[0];
    return first === undefined ? frames.at(-1) : frames[frames.indexOf(first) - 1];
  }
}

const bytesOf = (frames: readonly SegmentFrame[]): number => frames.reduce((sum, { bytes }) => sum + bytes.length, 0);
