import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  bettingUpperBound,
  binomialCdf,
  decisionsNeeded,
  lowerBound,
  planGate,
  upperBound,
} from '../../src/gate/index.js';
import { generator } from './support.js';

/** Exact enumeration: Σ C(n, i) p^i q^(n-i) over whole numbers, p = a / b. */
function exactCdf(k: number, n: number, a: bigint, b: bigint): number {
  let sum = 0n;
  let choose = 1n;
  for (let i = 0; i <= k; i += 1) {
    sum += choose * a ** BigInt(i) * (b - a) ** BigInt(n - i);
    choose = (choose * BigInt(n - i)) / BigInt(i + 1);
  }
  return Number((sum * 10n ** 30n) / b ** BigInt(n)) / 1e30;
}

describe('the binomial distribution', () => {
  it('agrees with exact enumeration in whole numbers', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 400 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.integer({ min: 1, max: 999 }),
        (n, at, permille) => {
          const k = Math.floor(at * n);
          const exact = exactCdf(k, n, BigInt(permille), 1000n);
          expect(Math.abs(binomialCdf(k, n, permille / 1000) - exact)).toBeLessThan(1e-11);
        },
      ),
      { numRuns: 200 },
    );
  });

  it('is a distribution: rising in k, falling in p, 0 and 1 at the ends', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 5_000 }),
        fc.double({ min: 0.001, max: 0.999, noNaN: true }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (n, p, at) => {
          const k = Math.floor(at * (n - 1));
          const here = binomialCdf(k, n, p);
          expect(here).toBeGreaterThanOrEqual(binomialCdf(k - 1, n, p) - 1e-12);
          expect(here).toBeLessThanOrEqual(binomialCdf(k, n, p * 0.9) + 1e-12);
        },
      ),
    );
    expect([binomialCdf(-1, 5, 0.5), binomialCdf(5, 5, 0.5), binomialCdf(3, 5, 0), binomialCdf(3, 5, 1)]).toEqual([
      0, 1, 1, 0,
    ]);
  });
});

describe('exact one-sided bounds', () => {
  it('are where the binomial tail equals alpha', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 2_000 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.constantFrom(0.01, 0.05, 0.2),
        (n, at, alpha) => {
          const k = Math.floor(at * n);
          const [low, high] = [lowerBound(k, n, alpha), upperBound(k, n, alpha)];
          if (k < n) expect(binomialCdf(k, n, high)).toBeCloseTo(alpha, 9);
          if (k > 0) expect(1 - binomialCdf(k - 1, n, low)).toBeCloseTo(alpha, 9);
          expect(low).toBeLessThanOrEqual(k / n);
          expect(high).toBeGreaterThanOrEqual(k / n);
        },
      ),
    );
  });

  it('never miss the true rate more often than alpha, by enumeration of all outcomes', () => {
    for (const [n, alpha] of [
      [20, 0.05],
      [59, 0.05],
      [37, 0.01],
    ] as const) {
      for (let percent = 1; percent < 100; percent += 1) {
        let missedAbove = 0;
        let missedBelow = 0;
        for (let k = 0; k <= n; k += 1) {
          const p = binomialCdf(k, n, percent / 100) - binomialCdf(k - 1, n, percent / 100);
          if (upperBound(k, n, alpha) < percent / 100) missedAbove += p;
          if (lowerBound(k, n, alpha) > percent / 100) missedBelow += p;
        }
        expect(missedAbove).toBeLessThanOrEqual(alpha + 1e-12);
        expect(missedBelow).toBeLessThanOrEqual(alpha + 1e-12);
      }
    }
  });

  it('equal their closed forms for none and for all', () => {
    for (const n of [1, 14, 59, 486, 100_000]) {
      expect(upperBound(0, n, 0.05)).toBeCloseTo(1 - 0.05 ** (1 / n), 12);
      expect(lowerBound(n, n, 0.05)).toBeCloseTo(0.05 ** (1 / n), 12);
      expect([lowerBound(0, n, 0.05), upperBound(n, n, 0.05)]).toEqual([0, 1]);
    }
  });

  it('give 3.7 % for 11 of 486, and 6.9 % for 25 of 500', () => {
    expect(upperBound(11, 486, 0.05)).toBeCloseTo(0.037, 3);
    expect(upperBound(25, 500, 0.05)).toBeCloseTo(0.069, 3);
  });

  it('say nothing where nothing was observed', () => {
    expect([lowerBound(0, 0, 0.05), upperBound(0, 0, 0.05)]).toEqual([0, 1]);
  });

  it('refuse counts that are none', () => {
    for (const [k, n] of [
      [2, 1],
      [-1, 5],
      [0.5, 5],
      [Number.NaN, 5],
    ] as const)
      expect(() => upperBound(k, n, 0.05)).toThrow(RangeError);
  });
});

describe('planning a gate', () => {
  it.each([
    [0.1, [29, 46, 61, 76]],
    [0.05, [59, 93, 124, 153]],
    [0.02, [149, 236, 313, 386]],
    [0.01, [299, 473, 628, 773]],
  ])('needs these many decisions to prove less than %f with 0, 1, 2, 3 flips', (margin, needed) => {
    expect([0, 1, 2, 3].map((allowed) => decisionsNeeded(allowed, margin, 0.05))).toEqual(needed);
    needed.forEach((n, allowed) => {
      expect(upperBound(allowed, n, 0.05)).toBeLessThan(margin);
      expect(upperBound(allowed, n - 1, 0.05)).toBeGreaterThanOrEqual(margin);
    });
  });

  it.each([
    [0.1, 0.03, 76],
    [0.1, 0.05, 179],
    [0.05, 0.01, 124],
    [0.05, 0.02, 234],
    [0.02, 0.005, 386],
    [0.02, 0.01, 969],
    [0.05, 0, 59],
  ])('margin %f, expected %f: n = %i for 80 %% power', (maxFlipRate, expectedFlipRate, n) => {
    const plan = planGate({ maxFlipRate, expectedFlipRate, alpha: 0.05, power: 0.8 });
    expect(plan.n).toBe(n);
    expect(plan.power).toBeGreaterThanOrEqual(0.8);
    expect(binomialCdf(plan.allowedFlips, n, expectedFlipRate)).toBe(plan.power);
  });

  it.each([
    ['an expected rate at the margin', { expectedFlipRate: 0.05 }, '/expectedFlipRate'],
    ['an expected rate so near that no cohort is large enough', { expectedFlipRate: 0.0499 }, '/expectedFlipRate'],
    ['a margin above one', { maxFlipRate: 1.2 }, '/maxFlipRate'],
    ['certainty', { power: 1 }, '/power'],
  ])('refuses %s', (_name, over, field) => {
    const plan = () => planGate({ maxFlipRate: 0.05, expectedFlipRate: 0.01, alpha: 0.05, power: 0.8, ...over });
    expect(plan).toThrow(
      expect.objectContaining({ code: 'input.invalid', details: expect.objectContaining({ field }) as unknown }),
    );
  });
});

describe('the betting bound', () => {
  it('covers the mean of values in [-1, 1] at its level', () => {
    const random = generator(11);
    let missed = 0;
    const runs = 400;
    for (let run = 0; run < runs; run += 1) {
      // Mean 0.3 - 0.2 = 0.1.
      const values = Array.from({ length: 150 }, () => {
        const u = random();
        return u < 0.3 ? 1 : u < 0.5 ? -1 : 0;
      });
      if (bettingUpperBound(values, 0.05) < 0.1) missed += 1;
    }
    expect(missed / runs).toBeLessThanOrEqual(0.05);
  });

  it('never falls below the mean, does not depend on order, and is looser than the exact bound on plain flips', () => {
    const values = fc.array(fc.constantFrom(-1, -1 / 3, 0, 0.5, 1), { minLength: 1, maxLength: 200 });
    fc.assert(
      fc.property(values, (sample) => {
        const bound = bettingUpperBound(sample, 0.05);
        expect(bound).toBeGreaterThanOrEqual(sample.reduce((a, b) => a + b, 0) / sample.length - 1e-9);
        expect(bettingUpperBound([...sample].reverse(), 0.05)).toBeCloseTo(bound, 12);
      }),
    );
    for (const k of [0, 1, 5, 20]) {
      const flips = Array.from({ length: 300 }, (_, i) => (i < k ? 1 : 0));
      expect(bettingUpperBound(flips, 0.05)).toBeGreaterThan(upperBound(k, 300, 0.05));
    }
  });
});
