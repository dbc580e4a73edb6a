/** log(n!) by the sum: exact enough for counts of decisions, and the same everywhere. */
function logFactorials(n: number): Float64Array {
  const out = new Float64Array(n + 1);
  for (let i = 2; i <= n; i += 1) out[i] = (out[i - 1] ?? 0) + Math.log(i);
  return out;
}

/** Relative slack under which two probabilities count as equal. */
const EQUAL = 1e-9;

/** Exact two-sided binomial test: the chance of an outcome no more likely than k of n, if each is a success with probability p. */
export function binomialTest(k: number, n: number, p: number): number {
  if (n === 0) return 1;
  if (p <= 0 || p >= 1) return k === Math.round(n * p) ? 1 : 0;
  const log = logFactorials(n);
  const at = (i: number): number =>
    Math.exp((log[n] ?? 0) - (log[i] ?? 0) - (log[n - i] ?? 0) + i * Math.log(p) + (n - i) * Math.log1p(-p));
  const observed = at(k);
  let sum = 0;
  for (let i = 0; i <= n; i += 1) {
    const probability = at(i);
    if (probability <= observed * (1 + EQUAL)) sum += probability;
  }
  return Math.min(1, sum);
}
