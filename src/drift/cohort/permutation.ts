import type { Draws } from './byteDraws.js';

/** Values of one decision under each assignment; the first is the observed one. */
export type DecisionTable = Readonly<Float64Array>;

export interface PermutationTest {
  /** Mean of the observed values over the decisions. */
  readonly mean: number;
  /** (1 + number of permutations at least as large) / (1 + permutations): one-sided, never 0. */
  readonly p: number;
}

/** Rounding may not make a permutation that equals the observed sum count as smaller. */
const EQUAL = 1e-9;

/**
 * Paired permutation test: within each decision it is drawn anew which runs were the candidate's. Valid for any
 * distribution where the runs of a decision are exchangeable, which is the hypothesis "another version changed nothing".
 */
export function permutationTest(tables: readonly DecisionTable[], permutations: number, draws: Draws): PermutationTest {
  const observed = tables.reduce((sum, table) => sum + (table[0] ?? 0), 0);
  const mean = tables.length === 0 ? 0 : observed / tables.length;
  // Then every permutation has the observed sum: what would be drawn changes nothing.
  if (tables.every((table) => table.every((value) => value === table[0]))) return { mean, p: 1 };
  let atLeast = 0;
  for (let i = 0; i < permutations; i += 1) {
    let sum = 0;
    for (const table of tables) sum += table[draws.below(table.length)] ?? 0;
    if (sum >= observed - EQUAL) atLeast += 1;
  }
  return { mean, p: (1 + atLeast) / (1 + permutations) };
}

/** Percentile interval of the mean by resampling decisions (Efron 1979), level 1 − alpha. Null below two decisions. */
export function bootstrapInterval(
  values: readonly number[],
  options: { readonly resamples: number; readonly alpha: number; readonly draws: Draws },
): readonly [number, number] | null {
  const { resamples, alpha, draws } = options;
  const [first] = values;
  if (values.length < 2 || first === undefined) return null;
  if (first === 0 && values.every((value) => value === 0)) return [0, 0];
  const means = Float64Array.from({ length: resamples }, () => {
    let sum = 0;
    for (let i = 0; i < values.length; i += 1) sum += values[draws.below(values.length)] ?? 0;
    return sum / values.length;
  }).sort();
  const at = (q: number): number => means[Math.min(resamples - 1, Math.max(0, Math.ceil(q * resamples) - 1))] ?? 0;
  return [at(alpha / 2), at(1 - alpha / 2)];
}
