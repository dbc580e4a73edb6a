import { performance } from 'node:perf_hooks';
import type { Draft } from '../delivery/delivery.js';
import type { Pipeline } from '../delivery/pipelinePort.js';
import { Claim, Word, type Control } from './control.js';
import type { Ring } from './ring.js';

export interface ConsumerOptions {
  readonly ring: Ring;
  readonly control: Control;
  readonly pipeline: Pipeline;
  /** Policy `block`: frames stay in the ring while the spool has no room, so that the caller comes to wait. */
  readonly waitForSpool: boolean;
  /** The main thread, inline or after {@link takeOver}: nobody else takes frames. */
  readonly alone: boolean;
}

/**
 * Takes frames out of the ring into the pipeline. One at a time per ring: the claim word says who, and a frame is taken either wholly
 * by one or wholly by the other. A thread that dies while it holds the claim leaves a frame that may be in the spool
 * already; it is taken again, and the server sees one id twice.
 */
export class Consumer {
  readonly #options: ConsumerOptions;

  constructor(options: ConsumerOptions) {
    this.#options = options;
  }

  /** Works for about so long. How many frames were taken; undefined where somebody else has taken over. */
  step(budgetMs: number, waitForSpool: boolean = this.#options.waitForSpool): number | undefined {
    const { ring, control, pipeline } = this.#options;
    const until = performance.now() + budgetMs;
    let taken = 0;
    do {
      if (waitForSpool && pipeline.full()) break;
      if (!this.#claim()) return undefined;
      const text = ring.peek();
      if (text !== undefined) {
        pipeline.take(JSON.parse(text) as Draft);
        ring.advance();
        taken += 1;
      }
      if (!this.#release()) return undefined;
      if (text === undefined) break;
    } while (performance.now() < until);
    for (const { policy, count } of control.unreported()) pipeline.drop(count, policy);
    this.publish();
    return taken;
  }

  /** Makes the pipeline's numbers readable for the host. */
  publish(): void {
    this.#options.control.publish(this.#options.pipeline.stats());
  }

  get empty(): boolean {
    return this.#options.ring.used === 0;
  }

  /** Whether what was offered before this end of the ring is in the pipeline. */
  isPast(end: number): boolean {
    return this.#options.ring.isPast(end);
  }

  /** Everything into the spool, however long it takes, and the spool closed. */
  finish(): void {
    while ((this.step(Infinity, false) ?? 0) > 0);
    this.#options.pipeline.close();
    this.publish();
  }

  #claim(): boolean {
    const { alone, control } = this.#options;
    const { words } = control;
    return alone || Atomics.compareExchange(words, Word.claim, Claim.free, Claim.busy) === Claim.free;
  }

  #release(): boolean {
    const { alone, control } = this.#options;
    const { words } = control;
    if (alone) return true;
    const free = Atomics.compareExchange(words, Word.claim, Claim.busy, Claim.free) === Claim.busy;
    Atomics.notify(words, Word.claim);
    return free;
  }
}
