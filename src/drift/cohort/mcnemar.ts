/** Decisions that went one way and the other between two outcomes. */
export interface Direction {
  readonly from: string;
  readonly to: string;
  /** Decisions that went from `from` to `to`; `back` went the other way. */
  readonly count: number;
  readonly back: number;
  /** Exact McNemar, two-sided: the chance of so uneven a split if both ways were equally likely. */
  readonly p: number;
}

/** Exact McNemar: twice the smaller tail of Binomial(n, ½), at most 1. */
export function mcnemarExact(there: number, back: number): number {
  const n = there + back;
  const least = Math.min(there, back);
  let logTerm = -n * Math.LN2;
  let tail = 0;
  for (let k = 0; k <= least; k += 1) {
    tail += Math.exp(logTerm);
    logTerm += Math.log((n - k) / (k + 1));
  }
  return Math.min(1, 2 * tail);
}

/** One row for each pair of outcomes between which a decision flipped, the most frequent first. */
export function directions(flips: readonly { readonly from: string; readonly to: string }[]): Direction[] {
  const counts = new Map<string, { from: string; to: string; count: number }>();
  for (const { from, to } of flips) {
    const key = JSON.stringify([from, to]);
    const row = counts.get(key) ?? { from, to, count: 0 };
    row.count += 1;
    counts.set(key, row);
  }
  return [...counts.values()]
    .map((row) => ({ ...row, back: counts.get(JSON.stringify([row.to, row.from]))?.count ?? 0 }))
    .filter(({ from, to, count, back }) => count > back || (count === back && from < to))
    .map((row) => ({ ...row, p: mcnemarExact(row.count, row.back) }))
    .sort((a, b) => b.count - a.count || (a.from < b.from ? -1 : 1));
}
