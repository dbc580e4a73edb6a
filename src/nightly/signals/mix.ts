import { byteDraws } from '../../drift/index.js';

export interface MixTest {
  /** Outcomes and how often each was recorded, most frequent first; of the decisions that were opened. */
  readonly window: Readonly<Record<string, number>>;
  readonly reference: Readonly<Record<string, number>>;
  readonly statistic: number;
  /** Monte Carlo p of the chi-square of the two rows, with the number of permutations it is of. */
  readonly p: number;
  readonly permutations: number;
}

const PERMUTATIONS = 1_999;
/** Rounding may not make a permutation that equals the observed statistic count as smaller. */
const EQUAL = 1e-9;

/**
 * Whether the mix of recorded outcomes is the one of the nights before. It is drawn anew which decisions are the night's; so no
 * expected count is too small. Other inputs shift a mix as well as another agent: it says that something changed, not what.
 */
export function testMix(window: readonly string[], reference: readonly string[], seed: string): MixTest {
  const outcomes = [...new Set([...window, ...reference])].sort();
  const codes = new Map(outcomes.map((outcome, at) => [outcome, at]));
  const pooled = Int32Array.from([...window, ...reference], (outcome) => codes.get(outcome) ?? 0);
  const totals = countsOf(pooled, 0, pooled.length, outcomes.length);
  const own = countsOf(pooled, 0, window.length, outcomes.length);
  const observed = chiSquare(own, totals, window.length, reference.length);
  const draws = byteDraws(seed, 'mix');
  let atLeast = 0;
  for (let round = 0; round < PERMUTATIONS; round += 1) {
    for (let at = 0; at < window.length; at += 1) {
      const other = at + draws.below(pooled.length - at);
      const kept = pooled[at] ?? 0;
      pooled[at] = pooled[other] ?? 0;
      pooled[other] = kept;
    }
    const drawn = countsOf(pooled, 0, window.length, outcomes.length);
    if (chiSquare(drawn, totals, window.length, reference.length) >= observed - EQUAL) atLeast += 1;
  }
  return {
    window: countOutcomes(window),
    reference: countOutcomes(reference),
    statistic: round6(observed),
    p: (1 + atLeast) / (1 + PERMUTATIONS),
    permutations: PERMUTATIONS,
  };
}

/** Most frequent first, then by name. */
export function countOutcomes(outcomes: readonly string[]): Record<string, number> {
  const counts = new Map<string, number>();
  for (const outcome of outcomes) counts.set(outcome, (counts.get(outcome) ?? 0) + 1);
  return Object.fromEntries([...counts].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1)));
}

function countsOf(codes: Int32Array, from: number, until: number, kinds: number): Int32Array {
  const counts = new Int32Array(kinds);
  for (let at = from; at < until; at += 1) {
    const code = codes[at] ?? 0;
    counts[code] = (counts[code] ?? 0) + 1;
  }
  return counts;
}

/** Pearson's, of a table of two rows with these totals. */
function chiSquare(own: Int32Array, totals: Int32Array, ownSize: number, otherSize: number): number {
  const size = ownSize + otherSize;
  let sum = 0;
  totals.forEach((total, at) => {
    const expected = (total * ownSize) / size;
    const rest = (total * otherSize) / size;
    const difference = (own[at] ?? 0) - expected;
    if (total > 0) sum += (difference * difference) / expected + (difference * difference) / rest;
  });
  return sum;
}

export const round6 = (value: number): number => Math.round(value * 1e6) / 1e6;
