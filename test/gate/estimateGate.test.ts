import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { estimateGate, parsePolicy, type EstimateRequest, type GatePolicy } from '../../src/gate/index.js';

const base = parsePolicy('version: 1\nname: p\nagent: a\ntype: t\nmaxFlipRate: 5 %\n', 'p.yaml');
const live: GatePolicy = { ...base, lanes: { ...base.lanes, model: 'live' } };
const request = (over: Partial<EstimateRequest> = {}): EstimateRequest => ({
  policy: live,
  population: 1_000,
  cohort: { decisions: 300, calls: 600, promptTokens: 900_000, completionTokens: 60_000 },
  controlKept: false,
  price: { prompt: 2, completion: 10 },
  rate: 30,
  expectedFlipRate: 0.01,
  power: 0.8,
  ...over,
});

describe('the estimate of a gate', () => {
  it('multiplies what the cohort took by the re-runs of each lane', () => {
    const estimate = estimateGate(request());
    expect(estimate).toMatchObject({ reruns: 1_200, calls: 2_400, seconds: 40, population: 1_000, cohort: 300 });
    expect(estimate.cost).toBeCloseTo(4 * (0.9 * 2 + 0.06 * 10));
  });

  it('takes three quarters off where the control arm is there already', () => {
    const [all, kept] = [estimateGate(request()), estimateGate(request({ controlKept: true }))];
    expect(kept.calls / all.calls).toBe(0.25);
    expect(kept.lanes[0]).toMatchObject({ lane: 'control', kept: true, reruns: 0, calls: 0, cost: 0 });
  });

  it('costs nothing where model calls come from the tape, and is unknown without a price', () => {
    expect(estimateGate(request({ policy: base, price: null }))).toMatchObject({ calls: 0, cost: 0 });
    expect(estimateGate(request({ price: null })).cost).toBeNull();
  });

  it('is the published number of decisions', () => {
    expect(estimateGate(request()).needed).toMatchObject({ n: 124, allowedFlips: 2 });
    expect(estimateGate(request())).toMatchObject({ enough: true });
    expect(estimateGate(request({ cohort: { ...request().cohort, decisions: 100 } })).enough).toBe(false);
  });

  it('says that no cohort is enough where as many flips are expected as are allowed', () => {
    expect(estimateGate(request({ expectedFlipRate: 0.05 }))).toMatchObject({ needed: null, enough: false });
  });

  it('names the hard stops that it is above', () => {
    const policy = { ...live, budget: { maxCalls: 2_399, maxCost: 9.7 } };
    const { tokens } = estimateGate(request({ policy }));
    const limited = (maxTokens: number) => ({ ...live, budget: { maxCalls: null, maxCost: null, maxTokens } });
    expect(estimateGate(request({ policy: limited(tokens - 1) })).exceeds).toEqual(['maxTokens']);
    expect(estimateGate(request({ policy: limited(tokens) })).exceeds).toEqual([]);
    expect(estimateGate(request({ policy })).exceeds).toEqual(['maxCalls']);
    expect(estimateGate(request({ policy: { ...policy, budget: { maxCalls: 2_400, maxCost: 9.5 } } })).exceeds).toEqual(
      ['maxCost'],
    );
  });

  it('never falls as the cohort grows', () => {
    const size = fc.integer({ min: 0, max: 5_000 });
    fc.assert(
      fc.property(size, size, (a, b) => {
        const [less, more] = [Math.min(a, b), Math.max(a, b)].map((decisions) =>
          estimateGate(request({ cohort: { decisions, calls: decisions * 2, promptTokens: 0, completionTokens: 0 } })),
        );
        expect(less!.calls).toBeLessThanOrEqual(more!.calls);
        expect(less!.reruns).toBeLessThanOrEqual(more!.reruns);
      }),
    );
  });
});
