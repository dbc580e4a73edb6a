import { setTimeout as sleep } from 'node:timers/promises';
import { isAppError } from '../../src/errors/index.js';

export interface Patience {
  readonly tries: number;
  readonly signal: AbortSignal;
  /** In [0, 1). */
  readonly random?: () => number;
}

const FIRST_MS = 250;
const LONGEST_MS = 10_000;

/** Repeats what failed as `Unavailable`, no sooner than the server asks; anything else, and the last failure, is thrown. */
export async function patiently<T>(
  { tries, signal, random = Math.random }: Patience,
  attempt: () => Promise<T>,
): Promise<T> {
  for (let n = 1; ; n += 1) {
    try {
      return await attempt();
    } catch (error) {
      if (n >= tries || !isAppError(error) || !error.retryable || signal.aborted) throw error;
      await sleep(waitMs(n, retryAfterOf(error), random), undefined, { signal }).catch(() => undefined);
      if (signal.aborted) throw error;
    }
  }
}

export function waitMs(attempt: number, asked: number | undefined, random: () => number): number {
  const own = Math.min(LONGEST_MS, FIRST_MS * 2 ** (attempt - 1)) * (0.5 + random() / 2);
  return Math.max(own, asked ?? 0);
}

export function retryAfterOf(error: unknown): number | undefined {
  const asked = isAppError(error) ? error.details['retryAfterMs'] : undefined;
  return typeof asked === 'number' ? asked : undefined;
}
