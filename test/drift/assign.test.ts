import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { assign } from '../../src/drift/align/assign.js';
import { alignSteps } from '../../src/drift/index.js';

const cell = fc.integer({ min: 0, max: 100 }).map((value) => value / 100);
const matrix = (rows: number, columns: number) =>
  fc.array(fc.array(cell, { minLength: columns, maxLength: columns }), { minLength: rows, maxLength: rows });

/** Least total over all ways to pair, each step alone costing gap / 2. */
function bruteForce(cost: readonly (readonly number[])[], columns: number, gap: number): number {
  const search = (row: number, used: number): number => {
    if (row === cost.length) return (columns - popcount(used)) * (gap / 2);
    let best = gap / 2 + search(row + 1, used);
    for (let column = 0; column < columns; column++) {
      if ((used & (1 << column)) !== 0) continue;
      best = Math.min(best, (cost[row]?.[column] as number) + search(row + 1, used | (1 << column)));
    }
    return best;
  };
  return search(0, 0);
}

function popcount(bits: number): number {
  return bits === 0 ? 0 : (bits & 1) + popcount(bits >> 1);
}

describe('alignment', () => {
  it('is never worse than the best of all pairings', () => {
    const sizes = fc.tuple(fc.integer({ min: 0, max: 5 }), fc.integer({ min: 0, max: 5 }));
    fc.assert(
      fc.property(
        sizes.chain(([rows, columns]) => fc.tuple(matrix(rows, columns), fc.constant(columns), cell)),
        ([cost, columns, gap]) => {
          const found = alignSteps(cost.length, columns, (a, b) => cost[a]?.[b] as number, gap);
          const alone = found.onlyA.length + found.onlyB.length;
          const total = found.pairs.reduce((sum, pair) => sum + pair.cost, 0) + alone * (gap / 2);
          expect(total).toBeCloseTo(bruteForce(cost, columns, gap), 9);
        },
      ),
      { numRuns: 400 },
    );
  });

  it('places every step exactly once', () => {
    fc.assert(
      fc.property(matrix(4, 6), cell, (cost, gap) => {
        const { pairs, onlyA, onlyB } = alignSteps(4, 6, (a, b) => cost[a]?.[b] as number, gap);
        expect([...pairs.map((pair) => pair.a), ...onlyA].sort()).toEqual([0, 1, 2, 3]);
        expect([...pairs.map((pair) => pair.b), ...onlyB].sort()).toEqual([0, 1, 2, 3, 4, 5]);
      }),
    );
  });

  it('pairs nothing at or above the gap', () => {
    const { pairs, onlyA, onlyB } = alignSteps(1, 1, () => 0.6, 0.6);
    expect({ pairs, onlyA, onlyB }).toEqual({ pairs: [], onlyA: [0], onlyB: [0] });
  });

  it('keeps reordered steps together', () => {
    const order = [3, 0, 4, 1, 2];
    const { pairs } = alignSteps(5, 5, (a, b) => (order[a] === b ? 0 : 1), 0.6);
    expect(pairs.map((pair) => pair.b)).toEqual(order);
  });

  it('refuses more rows than columns in the bare assignment', () => {
    expect(() => assign([[1], [2]], 1)).toThrow(/expected at most 1 rows, got 2/);
  });
});
