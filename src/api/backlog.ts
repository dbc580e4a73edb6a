import type { onRequestAsyncHookHandler } from 'fastify';
import { AppError } from '../errors/index.js';
import type { LedgerService } from '../ledger/index.js';

export interface Backlog {
  /** Goes before the body is read: what can't be taken need not be sent. */
  readonly admit: onRequestAsyncHookHandler;
  /** Tells of entries that were accepted since the last look. */
  added(entries: number): void;
}

interface BacklogOptions {
  readonly maxQueued: number;
  readonly now: () => number;
}

/** Between looks the depth is the last one seen plus what was accepted since. */
const LOOK_EVERY_MS = 250;
/** About what a sequencer clears in a second on two cores. */
const CLEARED_A_SECOND = 5_000;
const LONGEST_WAIT_S = 30;

/**
 * Accepted entries wait for their place in the tree. Where they come in faster than they are sequenced for long, or the tree
 * is halted, records are turned away before they pile up: they are as durable in the spool they came from.
 */
export function backlog({ queued }: Pick<LedgerService, 'queued'>, { maxQueued, now }: BacklogOptions): Backlog {
  let depth = 0;
  let since = Number.NEGATIVE_INFINITY;
  let looking: Promise<void> | null = null;
  const look = async (): Promise<void> => {
    // Counted twice rather than not at all: what is accepted meanwhile may or may not be in the count.
    depth = 0;
    const seen = await queued(2 * maxQueued);
    depth += seen;
    since = now();
  };
  return {
    admit: async () => {
      if (now() - since >= LOOK_EVERY_MS) await (looking ??= look().finally(() => (looking = null)));
      if (depth <= maxQueued) return;
      throw new AppError('api.backlog', 'too many accepted entries wait for their place in the log', {
        expected: `at most ${maxQueued}`,
        retryAfter: Math.min(LONGEST_WAIT_S, Math.max(1, Math.ceil((depth - maxQueued) / CLEARED_A_SECOND))),
        fix: 'try again later; `tenet ledger status` tells whether a sequencer runs',
      });
    },
    added: (entries) => void (depth += entries),
  };
}
