import type { Json, TapeEntry } from '@tenet-ledger/record';
import type { LanePolicy, ReplayItem } from '@tenet-ledger/ghost/replay';

export const POLICY: LanePolicy = {
  model: 'tape',
  liveReads: false,
  randomness: 'fresh',
  timeoutMs: 2_000,
  maxResultBytes: 1_000_000,
};

export const SEED = '0123456789abcdef'.repeat(4);

/** A taped tool call. `item` numbers the calls that have no number. */
export function taped(name: string, key: string, result: Json, more: Partial<TapeEntry> = {}): TapeEntry {
  return { v: 1, n: 0, kind: 'tool', name, effect: 'read', key, args: [key], result, startedMs: 0, durMs: 1, ...more };
}

export function item(tape: readonly TapeEntry[] = [], more: Partial<ReplayItem> = {}): ReplayItem {
  const numbered = tape.map((entry, i) => (entry.n === 0 ? { ...entry, n: i + 1 } : entry));
  return {
    decision: 'dec_1',
    input: { id: 'a' },
    tape: numbered,
    seed: SEED,
    occurredAt: '2026-01-02T03:04:05.678Z',
    ...more,
  };
}
