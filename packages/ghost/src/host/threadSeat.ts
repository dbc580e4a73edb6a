import type { Worker } from 'node:worker_threads';
import type { GhostProblem } from '../config.js';
import type { FlushResult } from '../delivery/delivery.js';
import { Word, type Control } from './control.js';
import type { Ring } from './ring.js';
import { SeatGone, type Flushed, type Seat, type SeatTexts } from './seat.js';
import type { FlushRequest, ThreadReport } from './threadMessages.js';

export interface ThreadSeatOptions {
  readonly ring: Ring;
  readonly control: Control;
  /** Throws where there is none. */
  readonly start: () => Worker;
  readonly problem: (problem: GhostProblem) => void;
  /** The thread ended without having been told to. */
  readonly died: (why: string) => void;
}

/** In `exit`: given up on after so long without a record taken. */
const STALLED_MS = 2_000;

/** A worker thread, started with the seat. It is never what keeps the process alive. */
export class ThreadSeat implements Seat {
  readonly awake = true;
  readonly #options: ThreadSeatOptions;
  readonly #thread: Worker;
  readonly #flushes = new Map<number, { resolve: (result: FlushResult) => void; reject: (error: Error) => void }>();
  #flushId = 0;
  #texts: SeatTexts = { dir: '' };
  #failure = 'it ended';
  #ending = false;

  constructor(options: ThreadSeatOptions) {
    this.#options = options;
    this.#thread = options.start();
    this.#thread.on('message', (report: ThreadReport) => this.#hear(report));
    this.#thread.on('error', (error) => (this.#failure = error.message));
    this.#thread.on('exit', (code) => this.#gone(code));
    // Listening for messages holds the process again, whatever was let go of before.
    this.#thread.unref();
  }

  #hear(report: ThreadReport): void {
    if (report.kind === 'problem') this.#options.problem(report.problem);
    else if (report.kind === 'texts') this.#texts = report.texts;
    else {
      this.#flushes.get(report.flush)?.resolve({ pending: report.pending });
      this.#flushes.delete(report.flush);
    }
  }

  #gone(code: number): void {
    if (!this.#ending) this.#options.died(`${this.#failure} (exit code ${code})`);
    for (const { reject } of this.#flushes.values()) reject(new SeatGone());
    this.#flushes.clear();
  }

  wake(): void {
    // Always is.
  }

  makeRoom(ms: number): void {
    this.#options.ring.waitForRoom(ms);
  }

  flush(timeoutMs: number, what: Flushed): Promise<FlushResult> {
    const flush = (this.#flushId += 1);
    return new Promise((resolve, reject) => {
      this.#flushes.set(flush, { resolve, reject });
      this.#thread.postMessage({ flush, timeoutMs, ...what } satisfies FlushRequest);
    });
  }

  texts(): SeatTexts {
    return this.#texts;
  }

  finish(): boolean {
    const { control } = this.#options;
    // Not up yet: whoever asks is faster alone.
    if (control.load(Word.ready) === 0) return false;
    this.end();
    let head = control.load(Word.head);
    while (control.load(Word.closed) === 0) {
      Atomics.wait(control.words, Word.closed, 0, STALLED_MS);
      const now = control.load(Word.head);
      if (now === head && control.load(Word.closed) === 0) return false;
      head = now;
    }
    return true;
  }

  end(): void {
    this.#ending = true;
    this.#options.control.store(Word.close, 1);
  }
}
