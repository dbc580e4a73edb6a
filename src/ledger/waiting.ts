import { AppError } from '../errors/index.js';
import type { LedgerStore } from './store.js';

/** The sequencer may be another process: then looking again is the only signal. */
const LOOK_AGAIN_MS = 50;

export interface Waiting {
  /** Called by a sequencer of this process after a checkpoint. */
  wake(): void;
  until(ids: readonly string[], timeoutMs: number): Promise<Map<string, number>>;
  /** Drives `sequence` itself until the ids are logged, for processes without a running sequencer. */
  settle(ids: readonly string[], sequence: () => Promise<number>, timeoutMs: number): Promise<Map<string, number>>;
}

export function createWaiting(store: Pick<LedgerStore, 'readLogged' | 'readIds'>, now: () => number): Waiting {
  let sleepers = new Set<() => void>();
  const wake = (): void => {
    const woken = sleepers;
    sleepers = new Set();
    for (const rouse of woken) rouse();
  };
  const nap = (): Promise<void> =>
    new Promise((resolve) => {
      const timer = setTimeout(rouse, LOOK_AGAIN_MS);
      function rouse(): void {
        clearTimeout(timer);
        sleepers.delete(rouse);
        resolve();
      }
      sleepers.add(rouse);
    });
  const until = async (
    ids: readonly string[],
    timeoutMs: number,
    between: () => Promise<unknown> = nap,
  ): Promise<Map<string, number>> => {
    const deadline = now() + timeoutMs;
    const logged = new Map<string, number>();
    let missing = [...new Set(ids)];
    for (let first = true; missing.length > 0; first = false) {
      for (const { id, idx } of await store.readLogged(missing)) logged.set(id, idx);
      missing = missing.filter((id) => !logged.has(id));
      if (missing.length === 0) break;
      if (first) await assertKnown(store, missing);
      if (now() >= deadline) throw pending(missing, timeoutMs);
      await between();
    }
    return logged;
  };
  return {
    wake,
    until: (ids, timeoutMs) => until(ids, timeoutMs),
    settle: (ids, sequence, timeoutMs) =>
      until(ids, timeoutMs, async () => {
        // 0: another sequencer has the rows; give it a moment.
        if ((await sequence()) === 0) await nap();
      }),
  };
}

async function assertKnown(store: Pick<LedgerStore, 'readIds'>, ids: readonly string[]): Promise<void> {
  const known = new Set((await store.readIds(ids)).map(({ id }) => id));
  const unknown = ids.filter((id) => !known.has(id));
  if (unknown.length > 0) {
    throw new AppError(
      'not_found',
      `no entry ${unknown[0]}${unknown.length > 1 ? ` and ${unknown.length - 1} more` : ''}`,
    );
  }
}

function pending(missing: readonly string[], timeoutMs: number): AppError {
  return new AppError(
    'ledger.pending',
    `${missing.length} accepted entries are not under a checkpoint after ${timeoutMs} ms`,
    {
      got: missing.slice(0, 3).join(', '),
      fix: 'run `tenet ledger status`: is a sequencer running, and is the log halted?',
    },
  );
}
