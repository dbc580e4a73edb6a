import { describe, expect, it } from 'vitest';
import { countFlips, judge, upperBound, type DecisionFacts, type GateFacts } from '../../src/gate/index.js';
import { compared, facts, generator, many, notReplayable, policy } from './support.js';

const flipRate = (of: GateFacts, over = {}) => judge(of, policy(over)).rules.find(({ rule }) => rule === 'flipRate')!;
const flip = { control: ['a', 'a', 'a'], candidate: ['b'] };
const sample = (flips: number, n: number, refused = 0, over: Partial<GateFacts> = {}) =>
  facts([...many(flips, 'f', flip), ...many(n - flips, 's')], { notReplayable: notReplayable(refused), ...over });

describe('the flip rate rule', () => {
  it('passes 8 of 300 and fails 9: the upper bound must lie below the margin', () => {
    expect(flipRate(sample(8, 300)).status).toBe('pass');
    expect(flipRate(sample(9, 300)).status).toBe('fail');
  });

  it('counts every decision that could not be re-run as a flip, and prints both bounds', () => {
    expect(flipRate(sample(11, 486))).toMatchObject({
      status: 'pass',
      line: 'observed 11/486 flips, upper bound 3.7 %; margin 5 %',
    });
    const worst = flipRate(sample(11, 486, 14));
    expect(worst.status).toBe('fail');
    expect(worst.line).toBe(
      'observed 11/486 flips, upper bound 3.7 %; worst case with 14 not judged 25/500, upper bound 6.9 %; margin 5 %',
    );
    expect(worst.figures).toMatchObject({
      flips: 11,
      judged: 486,
      cohort: 500,
      notReplayable: 14,
      unjudged: 14,
      margin: 0.05,
    });
    expect(worst.figures['upperWorst']).toBeCloseTo(0.069, 3);
  });

  it('treats a decision without any result like one that was refused', () => {
    const short = sample(0, 240, 0, { cohortSize: 260 });
    expect(flipRate(short)).toMatchObject({ status: 'fail', figures: { missing: 20, unjudged: 20 } });
  });

  it.each([
    ['59 unchanged decisions are enough', 0, 59, 0, 'pass'],
    ['58 are too few', 0, 58, 0, 'inconclusive'],
    ['none at all', 0, 0, 0, 'inconclusive'],
    ['everything refused', 0, 0, 300, 'inconclusive'],
    ['too few to pass, but enough to contradict', 10, 20, 0, 'fail'],
    ['one flip among few says nothing', 1, 20, 0, 'inconclusive'],
    ['more than a tenth not judged, the rest in order', 0, 260, 40, 'inconclusive'],
    ['more than a tenth not judged, the rest flips', 60, 240, 60, 'fail'],
    ['a tenth not judged is still counted as flips', 0, 270, 30, 'fail'],
    ['every decision flips', 300, 300, 0, 'fail'],
  ])('%s', (_name, flips, n, refused, status) => {
    expect(flipRate(sample(flips, n, refused)).status).toBe(status);
  });

  it('says how many decisions are needed when they are too few', () => {
    expect(flipRate(sample(0, 40)).line).toBe(
      'observed 0/40 flips, upper bound 7.2 %; margin 5 %; too few: 59 judged decisions are needed for a margin of 5 %',
    );
  });

  it('never prints a bound as equal to a margin from which it differs', () => {
    expect(flipRate(sample(0, 59)).line).toContain('upper bound 4.95 %');
  });

  it('leaves pinned decisions that were not drawn out of the rate', () => {
    const extra = many(5, 'p', flip);
    const outside = extra.map(({ drift }) => drift.decision);
    const of = facts([...many(300, 's'), ...extra], { cohortSize: 300, outsideSample: outside });
    expect(flipRate(of)).toMatchObject({ status: 'pass', figures: { flips: 0, judged: 300 } });
    expect(judge(of, policy()).flips).toEqual(outside);
  });

  it('names the flips and what they came to in findings, never in its line', () => {
    const outcome = flipRate(sample(2, 300));
    expect(outcome.decisions).toEqual(['dec_f0', 'dec_f1']);
    expect(outcome.findings[0]).toEqual({ decision: 'dec_f0', note: 'a → b' });
    expect(outcome.line).not.toContain('→');
  });
});

describe('a noisy baseline', () => {
  /** Each run answers "b" with probability `noise`, else "a"; the candidate with another one. */
  function noisy(count: number, noise: number, candidateNoise: number, random: () => number, k = 3): DecisionFacts[] {
    const draw = (p: number): string => (random() < p ? 'b' : 'a');
    return Array.from({ length: count }, (_, i) =>
      compared(`dec_${i}`, {
        control: Array.from({ length: k }, () => draw(noise)),
        candidate: [draw(candidateNoise)],
      }),
    );
  }

  it('pays for its own flips: the excess of an unchanged agent averages zero', () => {
    const random = generator(5);
    let sum = 0;
    let raw = 0;
    const runs = 200;
    for (let run = 0; run < runs; run += 1) {
      const count = countFlips(noisy(300, 0.1, 0.1, random));
      sum += count.excess.reduce((a, b) => a + b, 0) / 300;
      raw += count.flips / 300;
    }
    expect(Math.abs(sum / runs)).toBeLessThan(0.004);
    expect(raw / runs).toBeGreaterThan(0.08);
  });

  it.each([3, 5])('that did not change is not failed, with %i control re-runs', (k) => {
    const random = generator(6);
    const statuses = Array.from({ length: 60 }, () => flipRate(facts(noisy(1000, 0.08, 0.08, random, k))).status);
    const of = (status: string) => statuses.filter((own) => own === status).length;
    expect(of('fail')).toBeLessThanOrEqual(3);
    expect(of('pass')).toBeGreaterThanOrEqual(45);
  });

  it('still fails a candidate that flips a tenth of the decisions on top', () => {
    const random = generator(7);
    for (let run = 0; run < 40; run += 1) {
      const decisions = [...noisy(270, 0.1, 0.1, random), ...noisy(30, 0, 1, random)];
      expect(flipRate(facts(decisions)).status).not.toBe('pass');
    }
  });

  it('that is too wide for the cohort is inconclusive, and says so', () => {
    const decisions = [...many(240, 's'), ...many(57, 'n', { control: ['a', 'a', 'b'] }), ...many(3, 'f', flip)];
    const outcome = flipRate(facts(decisions), { maxFlipRate: 0.02 });
    expect(outcome.figures).toMatchObject({
      counted: 0,
      flips: 3,
      unstableBaseline: 57,
      ownFlips: expect.closeTo(19, 6) as unknown,
    });
    const wide = [...many(200, 's'), ...many(72, 'n', { control: ['a', 'a', 'b'] }), ...many(28, 'f', flip)];
    expect(flipRate(facts(wide))).toMatchObject({
      status: 'inconclusive',
      line: expect.stringContaining("baseline's own noise") as unknown,
    });
  });

  it('takes no credit for a sum below zero', () => {
    const decisions = [...many(250, 's'), ...many(50, 'n', { control: ['a', 'a', 'b'] })];
    expect(countFlips(decisions)).toMatchObject({ counted: 0, unstable: 50 });
    expect(flipRate(facts(decisions))).toMatchObject({
      status: 'pass',
      figures: { lower: 0, upper: upperBound(0, 300, 0.05) },
    });
  });

  it('whose control arm is tied is not judged, and counts as a flip in the worst case', () => {
    const tied = [compared('dec_t', { control: ['a', 'b', 'c'] }), compared('dec_u', { control: ['a', 'b'] })];
    expect(countFlips(tied)).toMatchObject({ judged: 0, tied: 2 });
    const outcome = flipRate(facts([...many(298, 's'), ...tied]));
    expect(outcome.line).toContain('worst case with 2 not judged 2/300');
  });

  it('whose candidate runs are split in halves counts as a flip where the control arm agrees', () => {
    expect(countFlips([compared('dec_h', { candidate: ['a', 'b'] })]).flips).toBe(1);
    expect(countFlips([compared('dec_h', { candidate: ['a', 'a', 'b'] })]).flips).toBe(0);
  });
});

describe('false passes', () => {
  it('of a candidate at the margin stay at or below alpha', () => {
    const random = generator(2);
    const runs = 3_000;
    let passed = 0;
    // Only the number of flips matters to the rule: draw it, and judge each number once.
    const verdicts = new Map<number, boolean>();
    for (let run = 0; run < runs; run += 1) {
      let flips = 0;
      for (let i = 0; i < 300; i += 1) if (random() < 0.05) flips += 1;
      if (!verdicts.has(flips)) verdicts.set(flips, flipRate(sample(flips, 300)).status === 'pass');
      if (verdicts.get(flips) === true) passed += 1;
    }
    expect(passed / runs).toBeLessThanOrEqual(0.05);
    expect(passed / runs).toBeGreaterThan(0.02);
  });

  it('do not rise when refusals fall on the flips: what is hidden counts as a flip', () => {
    const random = generator(3);
    let passed = 0;
    const runs = 400;
    for (let run = 0; run < runs; run += 1) {
      let flips = 0;
      for (let i = 0; i < 300; i += 1) if (random() < 0.05) flips += 1;
      const hidden = Math.ceil(flips / 2);
      if (flipRate(sample(flips - hidden, 300 - hidden, hidden)).status === 'pass') passed += 1;
    }
    expect(passed / runs).toBeLessThanOrEqual(0.06);
  });

  it('of a noisy agent that got worse by the margin stay at or below alpha', () => {
    const random = generator(4);
    let passed = 0;
    const runs = 150;
    for (let run = 0; run < runs; run += 1) {
      const decisions = Array.from({ length: 300 }, (_, i) => {
        const draw = (): string => (random() < 0.03 ? 'b' : 'a');
        const changed = random() < 0.05;
        return compared(`dec_${i}`, { control: [draw(), draw(), draw()], candidate: [changed ? 'c' : draw()] });
      });
      if (flipRate(facts(decisions)).status === 'pass') passed += 1;
    }
    expect(passed / runs).toBeLessThanOrEqual(0.06);
  });
});
