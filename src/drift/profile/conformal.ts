/**
 * Conformal p-value with conservative ties: (1 + number of calibration scores at least as large) / (n + 1). `ascending` is
 * sorted. Never below 1/(n+1): what n decisions cannot show is not claimed.
 */
export function conformalP(ascending: readonly number[], score: number): number {
  let low = 0;
  let high = ascending.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((ascending[middle] as number) >= score) high = middle;
    else low = middle + 1;
  }
  return (1 + ascending.length - low) / (ascending.length + 1);
}

/**
 * One p-value for the M runs of a candidate: the k-th smallest, where k is a majority, times M / k. Valid whatever their
 * dependence (Rüger's rule); most runs have to differ. One run stays itself.
 */
export function mergeRepeats(pValues: readonly number[]): number {
  const { rank, factor } = majority(pValues.length);
  const kth = [...pValues].sort((a, b) => a - b)[rank - 1];
  return kth === undefined ? 1 : Math.min(1, factor * kth);
}

/** The rank that {@link mergeRepeats} takes of M p-values and what it multiplies them by. */
export function majority(runs: number): { readonly rank: number; readonly factor: number } {
  const rank = Math.floor(runs / 2) + 1;
  return { rank, factor: Math.max(1, runs / rank) };
}

/** The smallest of several p-values times their number (Bonferroni), at most 1. */
export function bonferroni(pValues: readonly number[], count: number): number {
  return pValues.length === 0 ? 1 : Math.min(1, Math.min(...pValues) * count);
}

/** The q-quantile of ascending values, the higher of the two neighbours. */
export function quantile(ascending: readonly number[], q: number): number {
  const index = Math.min(ascending.length - 1, Math.ceil(q * ascending.length));
  return ascending[index] ?? 0;
}
