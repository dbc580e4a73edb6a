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

/** Twice the mean of valid p-values is a valid p-value whatever their dependence (Vovk and Wang 2020); one stays itself. */
export function mergeRepeats(pValues: readonly number[]): number {
  if (pValues.length === 0) return 1;
  const mean = pValues.reduce((sum, p) => sum + p, 0) / pValues.length;
  return pValues.length === 1 ? mean : Math.min(1, 2 * mean);
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
