import { setImmediate as turn } from 'node:timers/promises';

export interface DecideOptions {
  /** Decisions under way at once. */
  readonly atOnce: number;
  readonly signal: AbortSignal;
  readonly onDecided: () => void;
}

/** A Ctrl-C and the sending of records are seen between turns of the event loop; a decision alone may never give one up. */
const TURN_EVERY = 20;

/**
 * Decides each once, a few at a time. When the signal is aborted, or one decision fails, none is begun any more; those under
 * way are waited for, so that nothing goes on behind the clean-up of the caller.
 */
export async function decideAll<T>(
  due: Iterable<T>,
  decide: (item: T) => Promise<unknown>,
  { atOnce, signal, onDecided }: DecideOptions,
): Promise<void> {
  const items = due[Symbol.iterator]();
  const failed = new AbortController();
  const stop = AbortSignal.any([signal, failed.signal]);
  let begun = 0;
  const lane = async (): Promise<void> => {
    for (let next = items.next(); !stop.aborted && next.done !== true; next = items.next()) {
      begun += 1;
      await decide(next.value);
      onDecided();
      if (begun % TURN_EVERY === 0) await turn();
    }
  };
  const lanes = Array.from({ length: atOnce }, () =>
    lane().catch((error: unknown) => {
      if (!failed.signal.aborted) failed.abort(error);
    }),
  );
  await Promise.all(lanes);
  stop.throwIfAborted();
}
