import type { Span } from './spans.js';

/**
 * Spans that were answered for and are in no record yet, durable. Each receiver has one of its own, and adopts what receivers that are gone
 * held. Implemented by db/ over Postgres.
 */
export interface HeldSpanStore {
  /** A receiver that calls `adopt` less often than this is taken to be gone. */
  readonly aliveMs: number;
  /** Durable on return. A span that is there already stays as it is. */
  hold(spans: readonly Span[]): Promise<void>;
  /** Of traces that are in the ledger. */
  release(traceIds: readonly string[]): Promise<void>;
  /** Says that this receiver lives, and takes over what those that do not held. `others`: some spans are held by another still. */
  adopt(): Promise<{ readonly spans: readonly Span[]; readonly others: boolean }>;
  /** This receiver ends: the next `adopt` of any other gets what it holds. */
  leave(): Promise<void>;
}
