import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { assignments, excess } from '../../../src/drift/cohort/assignments.js';
import { byteDraws } from '../../../src/drift/cohort/byteDraws.js';
import { holm } from '../../../src/drift/cohort/holm.js';
import { directions, mcnemarExact } from '../../../src/drift/cohort/mcnemar.js';
import { bootstrapInterval, permutationTest } from '../../../src/drift/cohort/permutation.js';
import { seeded } from '../support/agentModel.js';

describe('draws', () => {
  it('are the bytes of a hash that anybody can compute', () => {
    // printf 'tenet-cohort-v1\ns\nl\n0' | sha256sum
    const draws = byteDraws('s', 'l');
    expect(Array.from({ length: 4 }, () => draws.below(256))).toEqual([138, 188, 188, 71]);
  });

  it('fall on every value equally often', () => {
    const draws = byteDraws('even', '');
    const counts = new Array<number>(5).fill(0);
    for (let i = 0; i < 10_000; i += 1) counts[draws.below(5)]! += 1;
    for (const count of counts) expect(Math.abs(count - 2_000)).toBeLessThan(200);
  });

  it('refuse a range that is none', () => {
    expect(() => byteDraws('s', '').below(0)).toThrow(RangeError);
  });
});

describe('assignments', () => {
  it('list every choice once, the observed one first', () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 6 }), fc.integer({ min: 1, max: 3 }), (baseline, candidates) => {
        const runs = baseline + candidates;
        const all = assignments(runs, candidates);
        expect(all[0]).toEqual(Array.from({ length: candidates }, (_, i) => baseline + i));
        expect(new Set(all.map(String)).size).toBe(all.length);
        const choose = (n: number, k: number): number => (k === 0 ? 1 : (choose(n - 1, k - 1) * n) / k);
        expect(all.length).toBe(Math.round(choose(runs, candidates)));
      }),
    );
  });

  it('give an excess of 0 where every two runs are equally far apart', () => {
    for (const chosen of assignments(5, 2)) expect(excess(chosen, 5, () => 0.3)).toBeCloseTo(0);
  });
});

describe('the permutation test', () => {
  it('agrees with the enumeration of all assignments', () => {
    const random = seeded(3);
    const tables = Array.from({ length: 6 }, () => Float64Array.from({ length: 4 }, () => random() - 0.4));
    const sums = tables.reduce<number[]>((all, table) => all.flatMap((sum) => [...table].map((x) => sum + x)), [0]);
    const observed = tables.reduce((sum, table) => sum + table[0]!, 0);
    const exact = sums.filter((sum) => sum >= observed - 1e-9).length / sums.length;
    const { p } = permutationTest(tables, 20_000, byteDraws('exact', ''));
    expect(Math.abs(p - exact)).toBeLessThan(4 * Math.sqrt((exact * (1 - exact)) / 20_000) + 1e-4);
  });

  it('rejects at 5 % in about 5 % of 1,000 cohorts without a change', () => {
    const random = seeded(11);
    let rejected = 0;
    for (let i = 0; i < 1_000; i += 1) {
      const tables = Array.from({ length: 30 }, () => Float64Array.from({ length: 4 }, () => random()));
      if (permutationTest(tables, 199, byteDraws(`cohort ${i}`, '')).p <= 0.05) rejected += 1;
    }
    expect(rejected).toBeGreaterThanOrEqual(35);
    expect(rejected).toBeLessThanOrEqual(65);
  });

  it('never states a p of 0, and 1 where nothing can differ', () => {
    expect(permutationTest([Float64Array.of(1, 0)], 9, byteDraws('a', '')).p).toBeGreaterThanOrEqual(0.1);
    expect(permutationTest([Float64Array.of(0, 0)], 9, byteDraws('a', '')).p).toBe(1);
    expect(permutationTest([], 9, byteDraws('a', ''))).toEqual({ mean: 0, p: 1 });
  });
});

describe('Holm', () => {
  it('is the textbook example', () => {
    expect(holm([0.01, 0.04, 0.03]).map((p) => Math.round(p * 1e4) / 1e4)).toEqual([0.03, 0.06, 0.06]);
  });

  it('never lowers a p-value, keeps their order and stays between p and Bonferroni', () => {
    const ps = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(ps, (list) => {
        const adjusted = holm(list);
        list.forEach((p, i) => {
          expect(adjusted[i]).toBeGreaterThanOrEqual(p);
          expect(adjusted[i]).toBeLessThanOrEqual(Math.min(1, p * list.length) + 1e-12);
          list.forEach((q, j) => {
            if (p < q) expect(adjusted[i]).toBeLessThanOrEqual(adjusted[j]!);
          });
        });
      }),
    );
  });
});

describe('McNemar', () => {
  it('is the exact sum of the tail', () => {
    const tail = (n: number, k: number): number => {
      let term = 2 ** -n;
      let sum = 0;
      for (let i = 0; i <= k; i += 1) {
        sum += term;
        term = (term * (n - i)) / (i + 1);
      }
      return sum;
    };
    for (const [there, back] of [
      [1, 0],
      [8, 1],
      [12, 5],
      [30, 10],
    ] as const)
      expect(mcnemarExact(there, back)).toBeCloseTo(Math.min(1, 2 * tail(there + back, back)), 12);
    expect(mcnemarExact(0, 0)).toBe(1);
    expect(mcnemarExact(5_000, 0)).toBeLessThan(1e-100);
  });

  it('gives one row for a pair of outcomes, in the direction that more decisions took', () => {
    const flips = [...Array.from({ length: 6 }, () => ({ from: 'a', to: 'b' })), { from: 'b', to: 'a' }];
    expect(directions(flips)).toEqual([{ from: 'a', to: 'b', count: 6, back: 1, p: mcnemarExact(6, 1) }]);
  });
});

describe('the bootstrap interval', () => {
  it('holds the mean of the sample and narrows with more decisions', () => {
    const random = seeded(5);
    const width = (n: number): number => {
      const values = Array.from({ length: n }, () => random());
      const mean = values.reduce((sum, x) => sum + x, 0) / n;
      const [low, high] = bootstrapInterval(values, { resamples: 500, alpha: 0.05, draws: byteDraws('b', '') })!;
      expect(low).toBeLessThan(mean);
      expect(high).toBeGreaterThan(mean);
      return high - low;
    };
    expect(width(400)).toBeLessThan(width(25));
    expect(bootstrapInterval([1], { resamples: 9, alpha: 0.05, draws: byteDraws('b', '') })).toBeNull();
  });
});
