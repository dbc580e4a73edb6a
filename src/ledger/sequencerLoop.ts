import { setTimeout as sleep } from 'node:timers/promises';
import { isAppError } from '../errors/index.js';
import type { Sequencer, SequencerOptions } from './service.js';

/** Longest pause between attempts while the database does not answer. */
const MAX_PAUSE_MS = 5_000;
/** While nothing is queued, this many looks go without a round; the next round compares head and signer all the same. */
const QUIET_LOOKS = 20;

export interface Rounds {
  readonly sequence: () => Promise<number>;
  readonly hasQueued: () => Promise<boolean>;
  readonly fullBatch: number;
}

/**
 * Sequences again at once while batches come out full, else after `intervalMs`. An integrity violation ends the loop: the
 * tree is halted. Anything else is tried again, with growing pauses.
 */
export function startSequencer(
  { sequence, hasQueued, fullBatch }: Rounds,
  { intervalMs, onError }: SequencerOptions,
): Sequencer {
  const stopping = new AbortController();
  const pause = (ms: number): Promise<unknown> =>
    sleep(ms, undefined, { signal: stopping.signal }).catch(() => undefined);
  const run = async (): Promise<void> => {
    let failures = 0;
    let quiet = QUIET_LOOKS;
    while (!stopping.signal.aborted) {
      try {
        const isQuiet = quiet < QUIET_LOOKS && !(await hasQueued());
        const count = isQuiet ? 0 : await sequence();
        quiet = isQuiet ? quiet + 1 : 0;
        failures = 0;
        if (count < fullBatch) await pause(intervalMs);
      } catch (error) {
        quiet = QUIET_LOOKS;
        onError?.(error);
        if (isAppError(error) && error.kind === 'IntegrityViolation') return;
        failures += 1;
        await pause(Math.min(MAX_PAUSE_MS, intervalMs * 2 ** failures));
      }
    }
  };
  const running = run();
  return {
    async stop() {
      stopping.abort();
      await running;
    },
  };
}
