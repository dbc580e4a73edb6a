import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { splitBudget } from '../../src/gate/index.js';

const repeats = fc.record({ control: fc.integer({ min: 2, max: 50 }), candidate: fc.integer({ min: 1, max: 50 }) });

describe('the budget of a gate', () => {
  test('is spent once: both lanes together get what it says and no more', () => {
    fc.assert(
      fc.property(fc.nat(1_000_000), fc.double({ min: 0, max: 1e6, noNaN: true }), repeats, (maxCalls, maxCost, of) => {
        const { control, candidate } = splitBudget({ maxCalls, maxCost }, of);
        expect((control.maxCalls ?? 0) + (candidate.maxCalls ?? 0)).toBe(maxCalls);
        expect((control.maxCost ?? 0) + (candidate.maxCost ?? 0)).toBeLessThanOrEqual(maxCost * (1 + 1e-12));
        expect(Math.min(control.maxCalls ?? 0, candidate.maxCalls ?? 0)).toBeGreaterThanOrEqual(0);
      }),
    );
  });

  test('is shared by re-runs: three control re-runs and one of the candidate get three quarters and one', () => {
    expect(splitBudget({ maxCalls: 100, maxCost: null }, { control: 3, candidate: 1 })).toEqual({
      control: { maxCalls: 75, maxCost: null },
      candidate: { maxCalls: 25, maxCost: null },
    });
  });

  test('in tokens is shared likewise', () => {
    const budget = { maxCalls: null, maxCost: null, maxTokens: 1_001 };
    expect(splitBudget(budget, { control: 3, candidate: 1 })).toEqual({
      control: { maxCalls: null, maxCost: null, maxTokens: 750 },
      candidate: { maxCalls: null, maxCost: null, maxTokens: 251 },
    });
  });

  test('that is not limited limits neither lane', () => {
    const none = { maxCalls: null, maxCost: null };
    expect(splitBudget(none, { control: 3, candidate: 1 })).toEqual({ control: none, candidate: none });
  });
});
