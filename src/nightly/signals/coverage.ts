import type { Json } from '@tenet-ledger/record';

/** Numbers of one producer's chain, as the log stood. */
export interface ChainCount {
  readonly producer: string;
  readonly kid: string;
  readonly entries: number;
  /** Numbers that were spent on a leaf whose id the log had already. */
  readonly duplicates: number;
  readonly lastSeq: number;
  /** Times other bytes came for a number already used. */
  readonly broken: number;
}

export interface CaptureEntry {
  readonly id: string;
  readonly type: string;
  /** Empty where it was erased. */
  readonly fields: ReadonlyMap<string, Json>;
}

export interface Coverage {
  /** Processes that recorded a decision of the night. */
  readonly producers: number;
  /** Numbers that never arrived. */
  readonly missing: number;
  readonly broken: number;
  /** Records that producers signed they could not keep. */
  readonly dropped: number;
  /** Decision types that a producer said it samples. */
  readonly sampled: readonly string[];
  /** Producers with a gap or a break, first ten by name. */
  readonly incomplete: readonly string[];
}

const LISTED = 10;

/** What of the capture of this night cannot be shown to be whole. A producer that still runs has an open end, which is no gap. */
export function coverageOf(chains: readonly ChainCount[], capture: readonly CaptureEntry[]): Coverage {
  const gapOf = ({ lastSeq, entries, duplicates }: ChainCount): number => Math.max(0, lastSeq - entries - duplicates);
  const sampled = new Set<string>();
  let dropped = 0;
  for (const { type, fields } of capture) {
    const total = fields.get('/capture/dropped');
    if (typeof total === 'number') dropped += total;
    const name = fields.get('/capture/type');
    if (type === 'capture.sampled' && typeof name === 'string') sampled.add(name);
  }
  const incomplete = chains.filter((chain) => gapOf(chain) > 0 || chain.broken > 0).map(({ producer }) => producer);
  return {
    producers: chains.length,
    missing: chains.reduce((sum, chain) => sum + gapOf(chain), 0),
    broken: chains.reduce((sum, { broken }) => sum + broken, 0),
    dropped,
    sampled: [...sampled].sort(),
    incomplete: incomplete.sort().slice(0, LISTED),
  };
}

export const isWhole = ({ missing, broken, dropped }: Coverage): boolean => missing + broken + dropped === 0;
