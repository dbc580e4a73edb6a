import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  CHANNELS,
  compareReasoning,
  driftIndex,
  TEXT_CHANNELS,
  type ChannelName,
  type ReasoningDelta,
  type ReasoningRun,
} from '../../src/drift/index.js';
import { lexicalSpace, run } from './support/runs.js';

const value = (delta: ReasoningDelta, name: ChannelName): number =>
  delta.channels.find((entry) => entry.channel === name)?.value ?? -1;
const notes = (delta: ReasoningDelta, name: ChannelName): string[] =>
  delta.channels.find((entry) => entry.channel === name)?.evidence.map((entry) => entry.note) ?? [];

const STEPS = [
  'The requested term of 48 months is above the 36-month guideline.',
  'Savings are recorded as little, which adds 5 points.',
  'The home is owned by the applicant.',
  'Recent enquiries by Harbor Bank are on file.',
  'No guarantor signed the form.',
] as const;
const WORDS = ['copper', 'lantern', 'meadow', 'violin', 'harvest', 'glacier', 'pepper', 'saddle', 'turbine', 'walnut'];
/** Steps that share no word with each other. */
const distinctSteps = fc
  .uniqueArray(fc.integer({ min: 0, max: WORDS.length - 1 }), { minLength: 2, maxLength: 6 })
  .map((indices) => indices.map((i) => `${WORDS[i] as string} ${WORDS[i] as string}s ${10 + i}`));

describe('channels', async () => {
  const space = await lexicalSpace();
  const compare = (baseline: ReasoningRun[], candidate: ReasoningRun): ReasoningDelta =>
    compareReasoning(baseline, candidate, space);

  it('are all zero for identical runs, whichever side is which', () => {
    fc.assert(
      fc.property(fc.subarray([...STEPS], { minLength: 1 }), (steps) => {
        const delta = compare([run(steps), run(steps)], run(steps));
        expect(delta.channels.every((entry) => entry.value === 0 && entry.evidence.length === 0)).toBe(true);
        expect(delta.channels.map((entry) => entry.channel)).toEqual(CHANNELS.map((entry) => entry.name));
      }),
    );
  });

  it('give a permutation of the steps no score', () => {
    fc.assert(
      fc.property(fc.shuffledSubarray([...STEPS], { minLength: STEPS.length }), (steps) => {
        const delta = compare([run(STEPS)], run(steps));
        for (const name of TEXT_CHANNELS) expect(value(delta, name)).toBe(0);
      }),
    );
  });

  it('stay within 0..1 whatever the text', () => {
    const steps = fc.array(fc.string({ unit: 'grapheme', maxLength: 60 }), { maxLength: 5 });
    fc.assert(
      fc.property(steps, steps, (a, b) => {
        for (const { value: score } of compare([run(a)], run(b)).channels) {
          expect(score).toBeGreaterThanOrEqual(0);
          expect(score).toBeLessThanOrEqual(1);
        }
      }),
    );
  });

  it('never score less structure for one more reason dropped', () => {
    fc.assert(
      fc.property(distinctSteps, (steps) => {
        const scores = steps.map((_, kept) =>
          value(compare([run(steps)], run(steps.slice(0, steps.length - kept))), 'structure'),
        );
        expect(scores[0]).toBe(0);
        scores.reduce((less, more) => {
          expect(more).toBeGreaterThanOrEqual(less);
          return more;
        });
      }),
    );
  });

  it('never score less for one more number changed', () => {
    fc.assert(
      fc.property(distinctSteps, (steps) => {
        let last = 0;
        for (let changed = 1; changed <= steps.length; changed++) {
          const candidate = steps.map((step, i) =>
            i < changed ? step.replace(/\d+/, (n) => String(Number(n) + 500)) : step,
          );
          const score = value(compare([run(steps)], run(candidate)), 'number');
          expect(score).toBeGreaterThanOrEqual(last);
          last = score;
        }
        expect(last).toBe(1);
      }),
    );
  });

  it('raise the drift index with every channel', () => {
    const score = fc.double({ min: 0, max: 1, noNaN: true });
    fc.assert(
      fc.property(fc.array(score, { minLength: 6, maxLength: 6 }), fc.nat(5), score, (values, at, more) => {
        const scores = (list: readonly number[]) =>
          CHANNELS.map((channel, i) => ({ channel: channel.name, value: list[i] ?? 0, evidence: [] }));
        const raised = values.map((entry, i) => (i === at ? Math.max(entry, more) : entry));
        expect(driftIndex(scores(raised), 0.3)).toBeGreaterThanOrEqual(driftIndex(scores(values), 0.3));
      }),
    );
  });

  it.each([
    ['a replaced number', '36-month', '48-month', 1, ['number 36 → 48']],
    ['a number said in words', '48 months', 'forty-eight months', 0, []],
    ['a number written otherwise', '5 points', '5.0 points', 0, []],
    ['a number left out', ' above the 36-month guideline', ' too long', 0.25, ['number 36 missing']],
    ['a number nobody gave', 'which adds 5 points', 'which adds 5 points since 1999', 0.25, ['number 1999 added']],
    ['an idiom', 'on file', 'on file for one or two reasons', 0, []],
  ])('%s', (_, from, to, score, expected) => {
    const delta = compare([run(STEPS), run(STEPS)], run(STEPS.map((step) => step.replace(from, to))));
    expect(value(delta, 'number')).toBe(score);
    expect(notes(delta, 'number')).toEqual(expected);
  });

  it('take a number that any baseline run gives for no change', () => {
    const other = run(STEPS.map((step) => step.replace('36-month', '42-month')));
    const delta = compare([run(STEPS), other], run(STEPS.map((step) => step.replace('36-month', '42-month'))));
    expect(value(delta, 'number')).toBe(0);
  });

  it('see a denial in the same words, and none in an added clause', () => {
    const said = 'Basic economy flights can be modified after booking.';
    const denied = compare([run([said])], run(['Basic economy flights cannot be modified after booking.']));
    expect(value(denied, 'negation')).toBe(1);
    const clause = compare([run(['Housing: rented.'])], run(['The home is rented, which gives no security.']));
    expect(value(clause, 'negation')).toBe(0);
  });

  it('see another name, and a name left out', () => {
    const replaced = compare([run(STEPS)], run(STEPS.map((step) => step.replace('Harbor', 'Summit'))));
    expect(value(replaced, 'entity')).toBe(1);
    expect(notes(replaced, 'entity')).toEqual(['"Harbor" → "Summit"']);
    const lost = compare([run(STEPS)], run(STEPS.map((step) => step.replace('Harbor Bank', 'the harbor bank'))));
    expect(value(lost, 'entity')).toBe(0);
  });

  it('count two reasons in one sentence as neither dropped nor added', () => {
    const merged = `${STEPS[0].slice(0, -1)}, and savings are recorded as little, which adds 5 points.`;
    const delta = compare([run(STEPS)], run([merged, ...STEPS.slice(2)]));
    expect(value(delta, 'structure')).toBe(0);
  });

  it('score an outcome by the share of baseline runs that had another', () => {
    const delta = compare([run(STEPS), run(STEPS, 'decline')], run(STEPS, 'decline'));
    expect(value(delta, 'outcome')).toBe(0.5);
  });
});
