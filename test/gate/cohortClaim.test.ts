import { describe, expect, it } from 'vitest';
import type { CohortDrift, CohortStatistic } from '../../src/drift/index.js';
import { cohortLines, judge, summarise } from '../../src/gate/index.js';
import { facts, many, policy } from './support.js';

const claim = (adjusted: Partial<Record<CohortStatistic, number>>, over: Partial<CohortDrift> = {}): CohortDrift => ({
  v: 1,
  seed: 'coh_1',
  alpha: 0.05,
  permutations: 9_999,
  decisions: 300,
  skipped: 0,
  tests: (['semantic', 'semantic+edit', 'flips'] as const).map((statistic) => ({
    statistic,
    excess: 0.0471,
    interval: [0.036, 0.0572],
    p: 0.0001,
    pAdjusted: adjusted[statistic] ?? 1,
  })),
  directions: [{ from: 'approve', to: 'decline', count: 3, back: 0, p: 0.25 }],
  verdict: 'shift',
  ...over,
});

describe('the claim about a cohort', () => {
  it('prints what somebody else needs to compute it again', () => {
    const [figures] = cohortLines(claim({ semantic: 0.0003 }));
    expect(figures).toBe(
      'semantic 0.047 [0.036, 0.057] p=0.0003* · semantic+edit 0.047 [0.036, 0.057] p=1 · flips 0.047 [0.036, 0.057] p=1 (300 decisions, Holm over 3, 9,999 permutations, seed coh_1)',
    );
  });

  it.each([
    ['new words', { semantic: 0.0003, 'semantic+edit': 0.0003 }, /worded otherwise .*new wording alone does that/],
    ['edits', { 'semantic+edit': 0.01 }, /^numbers, names, negations or steps/],
    ['flips', { flips: 0.01 }, /^outcomes differ more often/],
    ['nothing', {}, /^no evidence of a shift in this cohort, which is not evidence of none/],
  ] as const)('says what %s mean, and that no rule fails by it', (_, adjusted, said) => {
    const [, meaning] = cohortLines(claim(adjusted));
    expect(meaning).toMatch(said);
    expect(meaning).toMatch(/; a claim about the cohort, no rule fails by it$/);
  });

  it('is none where the decisions are too few', () => {
    const lines = cohortLines(
      claim({ semantic: 0.0003 }, { verdict: 'insufficient-evidence', decisions: 12, skipped: 2 }),
    );
    expect(lines).toEqual([
      expect.stringContaining('12 decisions, 2 left out for want of re-runs'),
      'too few for a claim about a cohort: 30 decisions with two control re-runs are needed',
    ]);
  });

  it('changes no verdict, however small its p-values are', () => {
    const all = claim({ semantic: 0.0001, 'semantic+edit': 0.0001, flips: 0.0001 });
    const without = judge(facts(many(300, 's')), policy());
    const verdict = judge({ ...facts(many(300, 's')), cohortTests: all }, policy());
    expect(verdict).toEqual({ ...without, cohortTests: all });
    expect(verdict.status).toBe('pass');
  });

  it('is kept in the clear without outcomes', () => {
    const verdict = judge({ ...facts(many(300, 's')), cohortTests: claim({}) }, policy());
    expect(JSON.stringify(summarise(verdict))).not.toMatch(/approve|decline/);
    expect(summarise(verdict).cohortTests).toMatchObject({ seed: 'coh_1', permutations: 9_999 });
  });
});
