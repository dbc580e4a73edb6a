import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { forbiddenHits, judge, termMatchers, type GateFacts } from '../../src/gate/index.js';
import { compared, facts, many, notReplayable, policy } from './support.js';

const AGE = { id: 'age', terms: ['age', 'years old'], why: 'protected' };
const rationale = (of: GateFacts, maxShift = 0.05, forbidden = [AGE]) =>
  judge(of, policy({ rationale: { maxShift, forbidden } })).rules.find(({ rule }) => rule === 'rationale')!;
const shifted = (n: number, total: number) => [
  ...many(n, 'r', { verdict: 'rationale-shift', because: ['number 36 → 48 in step 1'] }),
  ...many(total - n, 's'),
];
const hits = (candidate: string[], baseline: string[] = []) =>
  forbiddenHits(compared('d', { candidateSteps: [candidate], baselineSteps: [baseline] }), termMatchers([AGE]));

describe('the rationale rule', () => {
  it('fails when the lower bound of the share of shifted decisions is above the limit', () => {
    expect(rationale(facts(shifted(40, 300))).status).toBe('fail');
    expect(rationale(facts(shifted(40, 300))).line).toBe(
      '40/300 with the same outcome and other reasons, lower bound 10.2 %, limit 5 %; no forbidden reason',
    );
  });

  it('passes the false shifts that an unchanged agent is expected to have', () => {
    expect(rationale(facts(shifted(15, 300))).status).toBe('pass');
    expect(rationale(facts(shifted(21, 300))).status).toBe('pass');
    expect(rationale(facts(shifted(22, 300))).status).toBe('fail');
  });

  it('names what changed in findings, and only ids and counts in its line', () => {
    const outcome = rationale(facts(shifted(40, 300)));
    expect(outcome.decisions).toHaveLength(40);
    expect(outcome.findings[0]).toEqual({ decision: 'dec_r0', note: 'number 36 → 48 in step 1' });
    expect(outcome.line).not.toContain('48');
  });

  it('leaves decisions that flipped to the flip rate', () => {
    const flips = many(100, 'f', { verdict: 'full-shift', candidate: ['b'] });
    expect(rationale(facts([...flips, ...shifted(0, 200)]))).toMatchObject({
      status: 'pass',
      figures: { judged: 200, shifted: 0 },
    });
  });

  it.each([
    ['too few decisions', facts(shifted(0, 58)), 'inconclusive'],
    ['an uncalibrated profile', facts(many(300, 'i', { verdict: 'insufficient-evidence' })), 'inconclusive'],
    ['more than a tenth not judged', facts(shifted(0, 260), { notReplayable: notReplayable(40) }), 'inconclusive'],
    ['a tenth not judged', facts(shifted(0, 270), { notReplayable: notReplayable(30) }), 'pass'],
    [
      'an unstable baseline in many decisions',
      facts([...shifted(0, 200), ...many(100, 'u', { control: ['a', 'a', 'b'] })]),
      'pass',
    ],
    ['few decisions that all shifted', facts(shifted(5, 5)), 'fail'],
  ])('%s', (_name, of, status) => {
    expect(rationale(of).status).toBe(status);
  });

  it('with a limit of 100 % asks for nothing but the forbidden reasons', () => {
    expect(rationale(facts(shifted(30, 30)), 1)).toMatchObject({ status: 'pass', decisions: [] });
    const said = facts([compared('dec_A', { candidateSteps: [['because of age']] })]);
    expect(rationale(said, 1).status).toBe('fail');
  });

  it('with a limit of 0 % fails at the first shifted decision', () => {
    expect(rationale(facts(shifted(1, 300)), 0).status).toBe('fail');
    expect(rationale(facts(shifted(0, 300)), 0).status).toBe('pass');
  });
});

describe('forbidden reasons', () => {
  it('fail the gate at one appearance, naming decision, re-run, step and term', () => {
    const one = compared('dec_A', { candidateSteps: [['income covers it', 'the applicant is 22 Years  Old']] });
    const outcome = rationale(facts([one, ...many(299, 's')]));
    expect(outcome).toMatchObject({
      status: 'fail',
      decisions: ['dec_A'],
      findings: [{ decision: 'dec_A', note: 'forbidden reason age: "years old" in candidate re-run 1, step 2' }],
      figures: { forbidden: 1, forbiddenInBaselineToo: 0 },
    });
    expect(outcome.line).toContain('forbidden reason (age) in 1 decision: dec_A');
    expect(outcome.line).not.toContain('22');
  });

  it('are told apart when the baseline gives them too, and still fail', () => {
    const both = compared('dec_A', { candidateSteps: [['age']], baselineSteps: [['x'], ['her AGE']] });
    const outcome = rationale(facts([both, ...many(299, 's')]));
    expect(outcome.status).toBe('fail');
    expect(outcome.line).toContain('1 of them in the baseline too');
    expect(outcome.findings[0]?.note).toContain('the baseline says it too');
  });

  it('in the baseline alone are no fault of the candidate', () => {
    expect(hits(['income'], ['age'])).toEqual([]);
  });

  it('are found in a pinned decision that was not drawn', () => {
    const extra = compared('dec_P', { candidateSteps: [['age']] });
    expect(rationale(facts([...many(300, 's'), extra], { cohortSize: 300, outsideSample: ['dec_P'] })).status).toBe(
      'fail',
    );
  });

  it.each([
    ['age', true],
    ['AGE', true],
    ['age-based rule', true],
    ['applicant_age below 30', true],
    ['(age)', true],
    ['"age", she said', true],
    ['years\n old', true],
    ['a\u200bge', true],
    ['ａｇｅ', true],
    ['average', false],
    ['age2', false],
    ['aged', false],
    ['ageé', false],
    ['âge', false],
    ['old years', false],
    ['years very old', false],
  ])('match whole words only: %j %s', (text, found) => {
    expect(hits([text]).length > 0).toBe(found);
  });

  it('match a term of any characters literally', () => {
    const word = fc
      .string({ minLength: 1, maxLength: 12 })
      .filter((text) => /[\p{L}\p{N}]/u.test(text) && text.trim() === text);
    fc.assert(
      fc.property(word, (term) => {
        const matchers = termMatchers([{ id: 'x', terms: [term], why: '' }]);
        const of = (text: string) => forbiddenHits(compared('d', { candidateSteps: [[text]] }), matchers).length;
        expect(of(`because of ${term} , so`)).toBe(1);
        expect(of('')).toBe(0);
      }),
    );
  });
});
