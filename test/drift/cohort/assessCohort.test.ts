import { describe, expect, it } from 'vitest';
import { assessCohort, type CohortDrift, type DecisionRuns } from '../../../src/drift/index.js';
import { claimsAgent } from '../support/claimsAgent.js';
import { lexicalSpace } from '../support/runs.js';
import { simulate, type Change } from '../support/simulate.js';

async function cohort(change: Change, over: { seed?: number; decisions?: number; share?: number } = {}) {
  const options = { seed: over.seed ?? 3, decisions: over.decisions ?? 80, share: over.share ?? 0.4, noisy: true };
  const runs = simulate(claimsAgent, change, options).map((entry) => entry.runs);
  const space = await lexicalSpace(runs.map((entry) => entry.baseline));
  return { runs, space };
}

async function assessed(change: Change, over: Parameters<typeof cohort>[1] = {}): Promise<CohortDrift> {
  const { runs, space } = await cohort(change, over);
  return assessCohort(runs, { space, seed: 's', permutations: 999, resamples: 500 });
}

describe('a cohort', () => {
  it('of a version against itself gives no evidence of a change at most seeds', async () => {
    let shifts = 0;
    for (const seed of [1, 2, 3, 4, 5, 6]) if ((await assessed('none', { seed })).verdict === 'shift') shifts += 1;
    expect(shifts).toBeLessThanOrEqual(1);
  });

  it('in which a reason was swapped in two of five decisions has shifted', async () => {
    const drift = await assessed('swap-foreign');
    expect(drift.verdict).toBe('shift');
    const semantic = drift.tests.find(({ statistic }) => statistic === 'semantic')!;
    expect(semantic.excess).toBeGreaterThan(0);
    expect(semantic.interval![0]).toBeGreaterThan(0);
    expect(semantic.pAdjusted).toBeLessThanOrEqual(0.05);
    expect(drift.directions).toEqual([]);
  });

  it('with flipped outcomes says in which direction they went', async () => {
    const { runs, space } = await cohort('none');
    const flipped = runs.map((entry, at): DecisionRuns => {
      if (at % 8 !== 0) return entry;
      return { ...entry, candidate: entry.candidate.map((run) => ({ ...run, outcome: 'other' })) };
    });
    const drift = await assessCohort(flipped, { space, seed: 's', permutations: 999 });
    expect(drift.tests.find(({ statistic }) => statistic === 'flips')!.pAdjusted).toBeLessThanOrEqual(0.01);
    expect(drift.directions.reduce((sum, { count }) => sum + count, 0)).toBe(10);
    expect(drift.directions.every(({ to }) => to === 'other')).toBe(true);
  });

  it('that is too small claims nothing', async () => {
    expect((await assessed('swap-foreign', { decisions: 20 })).verdict).toBe('insufficient-evidence');
  });

  it('gives the same bytes for the same seed, and counts what could not be compared', async () => {
    const { runs, space } = await cohort('none', { decisions: 40 });
    const lone = { ...runs[0]!, baseline: runs[0]!.baseline.slice(0, 1) };
    const options = { space, seed: 's', permutations: 99 };
    const first = await assessCohort([lone, ...runs.slice(1)], options);
    expect(first).toMatchObject({ decisions: 39, skipped: 1 });
    expect(await assessCohort([lone, ...runs.slice(1)], options)).toEqual(first);
    expect((await assessCohort(runs.slice(1), { ...options, seed: 't' })).tests).not.toEqual(first.tests);
  });
});
