import { performance } from 'node:perf_hooks';
import type { FlushResult } from '../delivery/delivery.js';
import type { Pipeline } from '../delivery/pipelinePort.js';
import type { Consumer } from './consumer.js';
import type { Flushed, Seat, SeatTexts } from './seat.js';

/** How long the caller's event loop is held at a time, and how long it then has for itself. */
const SLICE_MS = 2;
const PAUSE_MS = 1;
/** While the spool has no room. */
const FULL_PAUSE_MS = 20;

/** On the caller's own thread: for a signer that can't cross to another, and where no thread can be had. */
export class InlineSeat implements Seat {
  readonly #consumer: Consumer;
  readonly #pipeline: Pipeline;
  #timer: NodeJS.Timeout | undefined;
  #ended = false;

  constructor(consumer: Consumer, pipeline: Pipeline) {
    this.#consumer = consumer;
    this.#pipeline = pipeline;
  }

  get awake(): boolean {
    return this.#timer !== undefined || this.#ended;
  }

  wake(): void {
    // Unref'd immediates would wait for the next event; unref'd timers fire on time while anything else is awake.
    if (!this.#ended) this.#timer ??= setTimeout(() => this.#slice(), PAUSE_MS).unref();
  }

  #slice(): void {
    this.#timer = undefined;
    if (this.#ended) return;
    const taken = this.#consumer.step(SLICE_MS) ?? 0;
    if (taken > 0) this.wake();
    else if (!this.#consumer.empty) this.#timer = setTimeout(() => this.#slice(), FULL_PAUSE_MS).unref();
  }

  makeRoom(ms: number): void {
    this.#consumer.step(Math.min(ms, SLICE_MS));
  }

  async flush(timeoutMs: number, { end, last }: Flushed): Promise<FlushResult> {
    const until = performance.now() + timeoutMs;
    const more = (): boolean => (this.#consumer.step(SLICE_MS) ?? 0) > 0 && !this.#consumer.isPast(end);
    while (!this.#ended && performance.now() < until && more()) await new Promise((resolve) => setTimeout(resolve, 0));
    const left = Math.max(0, until - performance.now());
    return last ? this.#pipeline.finish(left) : this.#pipeline.flush(left);
  }

  texts(): SeatTexts {
    this.#consumer.publish();
    const { spool, lastError } = this.#pipeline.stats();
    return { dir: spool.dir, ...(lastError && { lastError }) };
  }

  finish(): boolean {
    this.end();
    return true;
  }

  end(): void {
    if (this.#ended) return;
    this.#ended = true;
    clearTimeout(this.#timer);
    this.#consumer.finish();
  }
}
