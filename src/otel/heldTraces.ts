import type { HeldSpanStore } from './ports.js';
import type { Span } from './spans.js';
import type { LeavingTrace } from './traceBuffer.js';

/** A receiver says that it lives this many times before it would be taken to be gone. */
const BEATS = 4;

export interface HeldTracesDeps {
  readonly store: HeldSpanStore;
  /** Monotonic, in milliseconds. */
  readonly now: () => number;
  readonly onError: (error: unknown) => void;
}

/** Which of a receiver's traces have spans in the store, and when to look for those of receivers that are gone. */
export class HeldTraces {
  readonly #deps: HeldTracesDeps;
  readonly #stored = new Set<string>();
  /** Recorded, and still to be taken out of the store. A crash here has them recorded again, as the same entries. */
  readonly #done = new Set<string>();
  readonly #begun: number;
  #beatAt = Number.NEGATIVE_INFINITY;
  #settled = false;

  constructor(deps: HeldTracesDeps) {
    this.#deps = deps;
    this.#begun = deps.now();
  }

  /**
   * False for a moment after the start, while spans of a receiver before this one may be in the store: a trace that looks whole may
   * lack them.
   */
  get settled(): boolean {
    return this.#settled;
  }

  has(traceId: string): boolean {
    return this.#stored.has(traceId);
  }

  /** Before the answer. What leaves right now for the ledger, and had nothing in the store, need not go there. */
  async keep(fresh: readonly Span[], leaving: readonly LeavingTrace[]): Promise<void> {
    const through = new Set(leaving.flatMap(({ traceId }) => (this.#stored.has(traceId) ? [] : [traceId])));
    const spans = fresh.filter(({ traceId }) => !through.has(traceId));
    if (spans.length === 0) return;
    await this.#deps.store.hold(spans);
    for (const { traceId } of spans) this.#stored.add(traceId);
  }

  /** After they were recorded. Nothing that goes wrong here is the sender's: it is tried again. */
  async release(traces: readonly LeavingTrace[]): Promise<void> {
    for (const { traceId } of traces) if (this.#stored.delete(traceId)) this.#done.add(traceId);
    const ids = [...this.#done];
    if (ids.length === 0) return;
    try {
      await this.#deps.store.release(ids);
      for (const id of ids) this.#done.delete(id);
    } catch (error) {
      this.#deps.onError(error);
    }
  }

  /** What others left; mostly nothing. */
  async adopt(): Promise<readonly Span[]> {
    const { store, now, onError } = this.#deps;
    if (now() - this.#beatAt < store.aliveMs / BEATS) return [];
    try {
      const { spans, others } = await store.adopt();
      this.#beatAt = now();
      for (const { traceId } of spans) this.#stored.add(traceId);
      this.#settled ||= !others || now() - this.#begun > store.aliveMs;
      return spans;
    } catch (error) {
      onError(error);
      return [];
    }
  }

  async leave(): Promise<void> {
    await this.release([]);
    await this.#deps.store.leave();
  }
}
