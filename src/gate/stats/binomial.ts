import { incompleteBeta } from './beta.js';

/** P(X ≤ k) for X ~ Binomial(n, p). */
export function binomialCdf(k: number, n: number, p: number): number {
  if (k < 0) return 0;
  if (k >= n) return 1;
  return incompleteBeta(1 - p, n - k, k + 1);
}

/**
 * One-sided Clopper–Pearson upper bound: the largest rate under which k or fewer of n still has probability `alpha`.
 * Exact: the true rate is above it with probability at most alpha, whatever the rate. 1 where nothing was observed.
 */
export function upperBound(k: number, n: number, alpha: number): number {
  assertCount(k, n);
  if (k >= n) return 1;
  return bisect((p) => binomialCdf(k, n, p) > alpha);
}

/** One-sided Clopper–Pearson lower bound: the smallest rate under which k or more of n still has probability `alpha`. */
export function lowerBound(k: number, n: number, alpha: number): number {
  assertCount(k, n);
  if (k <= 0) return 0;
  return bisect((p) => 1 - binomialCdf(k - 1, n, p) < alpha);
}

/** The point of [0, 1] at which a predicate that holds from the left stops to hold, to the last bit. */
function bisect(holds: (p: number) => boolean): number {
  let low = 0;
  let high = 1;
  for (;;) {
    const middle = (low + high) / 2;
    if (middle <= low || middle >= high) return high;
    if (holds(middle)) low = middle;
    else high = middle;
  }
}

function assertCount(k: number, n: number): void {
  if (!Number.isSafeInteger(k) || !Number.isSafeInteger(n) || k < 0 || k > n) {
    throw new RangeError(`expected 0 ≤ k ≤ n as whole numbers, got k=${k}, n=${n}`);
  }
}
