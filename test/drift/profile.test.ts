import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  assessDecision,
  conformalP,
  decisionsNeeded,
  fitNoiseProfile,
  mergeRepeats,
  profileDigest,
  TEXT_CHANNELS,
  type DecisionRuns,
  type NoiseProfile,
  type StepSpace,
} from '../../src/drift/index.js';
import { seeded } from './support/agentModel.js';
import { claimsAgent } from './support/claimsAgent.js';
import { lexicalSpace, run } from './support/runs.js';
import { simulate } from './support/simulate.js';

const PROFILE = { agent: 'claims', type: 'claim', seed: 'seed-1' };
const STEPS = ['The term of 48 months is above the 36-month guideline.', 'Savings are little.'];

async function fitted(decisions: readonly DecisionRuns[]): Promise<{ profile: NoiseProfile; space: StepSpace }> {
  const space = await lexicalSpace(decisions.map((entry) => entry.baseline));
  return { profile: await fitNoiseProfile(decisions, { ...PROFILE, space }), space };
}

const drawn = (decisions: number, repeats = 3): DecisionRuns[] =>
  simulate(claimsAgent, 'none', { seed: 5, decisions, repeats }).map((entry) => entry.runs);

describe('a conformal p-value', () => {
  it('counts ties against the claim and never falls below 1/(n+1)', () => {
    expect(conformalP([0, 0, 0, 1], 1)).toBe(2 / 5);
    expect(conformalP([0, 0, 0, 1], 2)).toBe(1 / 5);
    expect(conformalP([0, 0, 0], 0)).toBe(1);
    expect(conformalP([], 3)).toBe(1);
  });

  it('falls as the score rises', () => {
    const scores = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 40 });
    fc.assert(
      fc.property(
        scores,
        fc.tuple(fc.double({ min: 0, max: 1, noNaN: true }), fc.double({ min: 0, max: 1, noNaN: true })),
        (list, [a, b]) => {
          const ascending = [...list].sort((x, y) => x - y);
          expect(conformalP(ascending, Math.max(a, b))).toBeLessThanOrEqual(conformalP(ascending, Math.min(a, b)));
        },
      ),
    );
  });

  it.each([
    ['continuous', (random: () => number) => random()],
    ['mostly zero', (random: () => number) => (random() < 0.9 ? 0 : random())],
    ['coarse', (random: () => number) => Math.floor(4 * random()) / 4],
  ])('of %s noise is at most alpha in at most alpha of the cases', (_, score) => {
    const random = seeded(11);
    const trials = 4000;
    const below = { '0.01': 0, '0.05': 0, '0.2': 0 };
    for (let trial = 0; trial < trials; trial++) {
      const ascending = Array.from({ length: 120 }, () => score(random)).sort((a, b) => a - b);
      const p = conformalP(ascending, score(random));
      for (const alpha of ['0.01', '0.05', '0.2'] as const) if (p <= Number(alpha)) below[alpha]++;
    }
    for (const [alpha, count] of Object.entries(below)) {
      const expected = Number(alpha);
      expect(count / trials).toBeLessThanOrEqual(expected + 3 * Math.sqrt((expected * (1 - expected)) / trials));
    }
  });

  it('of several candidate runs stays valid when they are the same run, and when they are not', () => {
    expect(mergeRepeats([0.01])).toBe(0.01);
    expect(mergeRepeats([0.01, 0.3])).toBe(0.3);
    expect(mergeRepeats([0.01, 0.02, 0.8])).toBeCloseTo(0.03, 12);
    expect(mergeRepeats([0.9, 0.8, 0.7])).toBe(1);
    expect(mergeRepeats([])).toBe(1);
    const random = seeded(3);
    const below = { same: 0, apart: 0 };
    for (let trial = 0; trial < 4000; trial++) {
      const p = random();
      if (mergeRepeats([p, p, p]) <= 0.05) below.same++;
      if (mergeRepeats([p, random(), random()]) <= 0.05) below.apart++;
    }
    expect(below.same / 4000).toBeLessThanOrEqual(0.06);
    expect(below.apart / 4000).toBeLessThanOrEqual(0.06);
  });
});

describe('a noise profile', () => {
  it('asks for enough decisions that one could pass alpha at all', () => {
    expect(decisionsNeeded(0.05)).toBe(100);
    const p = conformalP(new Array<number>(100).fill(0), 1);
    expect(p * TEXT_CHANNELS.length).toBeLessThanOrEqual(0.05);
  });

  it('is calibrated from 100 decisions on, and below that says so', async () => {
    expect((await fitted(drawn(100))).profile.mode).toBe('calibrated');
    expect((await fitted(drawn(99))).profile.mode).toBe('uncalibrated');
    expect((await fitted(drawn(120, 1))).profile).toMatchObject({ mode: 'uncalibrated', decisions: 0, repeats: 1 });
  });

  it('has one score a decision and channel, in order, and the shares of runs that differ', async () => {
    const { profile } = await fitted(drawn(110));
    for (const channel of TEXT_CHANNELS) {
      expect(profile.scores[channel]).toHaveLength(110);
      expect([...profile.scores[channel]].sort((a, b) => a - b)).toEqual(profile.scores[channel]);
    }
    expect(profile.differentText).toBeGreaterThan(0.5);
    expect(profile.differentOutcome).toBe(0);
  });

  it('gives the same bytes again, and others for another seed or run', async () => {
    const decisions = drawn(100);
    const first = await fitted(decisions);
    expect(profileDigest((await fitted(decisions)).profile)).toBe(profileDigest(first.profile));
    expect(profileDigest(first.profile)).toMatch(/^[0-9a-f]{64}$/);
    const reseeded = await fitNoiseProfile(decisions, { ...PROFILE, seed: 'seed-2', space: first.space });
    expect(profileDigest(reseeded)).not.toBe(profileDigest(first.profile));
  });

  it('calls an agent exact only after 59 re-runs without a difference', async () => {
    const same = (count: number): DecisionRuns[] =>
      Array.from({ length: count }, (_, i) => ({
        decision: `d${i}`,
        baseline: [run(STEPS), run(STEPS)],
        candidate: [run(STEPS)],
      }));
    expect((await fitted(same(58))).profile.mode).toBe('uncalibrated');
    expect((await fitted(same(59))).profile.mode).toBe('exact');
  });

  it('leaves decisions with a refused re-run out of the calibration', async () => {
    const decisions = drawn(105).map((entry, i) =>
      i < 4 ? { ...entry, baseline: entry.baseline.slice(0, 2) } : entry,
    );
    expect((await fitted(decisions)).profile).toMatchObject({ decisions: 101, repeats: 3, mode: 'calibrated' });
  });

  it('refuses to judge scores of another embedder', async () => {
    const decisions = drawn(100);
    const { profile, space } = await fitted(decisions);
    const other = { ...profile, embedderId: 'another' };
    expect(() => assessDecision(decisions[0] as DecisionRuns, other, space)).toThrow(/another scorer or embedder/);
  });
});
