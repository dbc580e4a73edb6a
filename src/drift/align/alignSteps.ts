import { assign } from './assign.js';

export interface AlignedPair {
  readonly a: number;
  readonly b: number;
  readonly cost: number;
}

export interface Alignment {
  readonly pairs: readonly AlignedPair[];
  /** Indices of a (of b) that nothing in the other run supports. */
  readonly onlyA: readonly number[];
  readonly onlyB: readonly number[];
}

/**
 * Pairs the steps of two runs whatever their order: a pair is worth making when it costs less than `gap`, and the total of
 * pair costs plus gap/2 for every step left alone is the least possible.
 */
export function alignSteps(
  aCount: number,
  bCount: number,
  cost: (a: number, b: number) => number,
  gap: number,
): Alignment {
  const flip = aCount > bCount;
  const rows = flip ? bCount : aCount;
  const columns = flip ? aCount : bCount;
  const costOf = (row: number, column: number): number => (flip ? cost(column, row) : cost(row, column));
  const matrix = Array.from({ length: rows }, (_, row) =>
    Array.from({ length: columns }, (_, column) => Math.min(costOf(row, column) - gap, 0)),
  );
  const pairs: AlignedPair[] = [];
  assign(matrix, columns).forEach((column, row) => {
    const saved = matrix[row]?.[column] ?? 0;
    if (saved >= 0) return;
    const [a, b] = flip ? [column, row] : [row, column];
    pairs.push({ a, b, cost: costOf(row, column) });
  });
  pairs.sort((x, y) => x.a - y.a);
  const inA = new Set(pairs.map((pair) => pair.a));
  const inB = new Set(pairs.map((pair) => pair.b));
  return {
    pairs,
    onlyA: range(aCount).filter((a) => !inA.has(a)),
    onlyB: range(bCount).filter((b) => !inB.has(b)),
  };
}

function range(count: number): number[] {
  return Array.from({ length: count }, (_, i) => i);
}
