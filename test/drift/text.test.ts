import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { maskNumbers, normaliseStep, splitSteps } from '../../src/drift/index.js';
import { readNumbers } from '../../src/drift/text/numbers.js';
import { createStepReader } from '../../src/drift/text/readStep.js';

const values = (text: string): string[] => readNumbers(text).numbers.map((number) => number.value);

describe('steps', () => {
  it('are sentences and list items without their markers', () => {
    const text =
      '1. The term is 48 months. It is above the limit.\n- Savings are **little**.\n\nStep 3: Decline (b) not.';
    expect(splitSteps(text)).toEqual([
      'The term is 48 months.',
      'It is above the limit.',
      'Savings are little.',
      'Decline (b) not.',
    ]);
  });

  it('normalise quotes, spaces and width once and for all', () => {
    expect(normaliseStep('  • The  applicant’s\u00a0“file”  ')).toBe('The applicant\'s "file"');
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        const once = normaliseStep(text);
        expect(once.length).toBeLessThanOrEqual(2000);
        expect(/\s{2,}/.test(once)).toBe(false);
      }),
    );
  });

  it('of a huge answer are bounded', () => {
    expect(splitSteps('A reason is given here. '.repeat(5000)).length).toBe(200);
    expect(normaliseStep('x'.repeat(1_000_000)).length).toBe(2000);
  });
});

describe('numbers', () => {
  it.each([
    ['a term of 48 months above the 36-month guideline', ['48', '36']],
    ['$1,250.50 and 1’250.50 and 1250.5', ['1250.5', '1250.5', '1250.5']],
    ['12.5k of 3 bn, 7 % and the 20th', ['12500', '3', '7', '20']],
    ['twenty-four months, three thousand two hundred marks', ['24', '3200']],
    ['five or six days, two hundred', ['5', '6', '200']],
    ['at 06:00 and 18:30', ['t6:00', 't18:30']],
    ['flight HAT069 from gate B12, order 7504069, v2', []],
    ['12A7 is a code and 3-4 hours are not', ['3', '4']],
    ['one of the reasons, no savings, half of it', []],
  ])('of "%s"', (text, expected) => {
    expect(values(text)).toEqual(expected);
  });

  it('are masked in place and nothing else is', () => {
    expect(maskNumbers('48 of 1,250 for HAT069 at 06:30')).toBe('00 of 0,000 for HAT069 at 00:00');
    fc.assert(
      fc.property(fc.string(), (text) => {
        const masked = maskNumbers(text);
        expect(masked.length).toBe(text.length);
        expect(maskNumbers(masked)).toBe(masked);
      }),
    );
  });
});

describe('a step', () => {
  const read = createStepReader();

  it('knows names, codes and ids by their shape', () => {
    const found = read(
      'Since Ivan Smith flies HAT069 from JFK, order 7504069 is refunded by a.b@example.org.',
    ).entities;
    expect(found.map((entity) => entity.value)).toEqual([
      'ivan',
      'smith',
      'hat069',
      'jfk',
      '7504069',
      'a.b@example.org',
    ]);
  });

  it('takes no sentence start, unit or shouted text for a name', () => {
    expect(read('Savings: Little. Purpose: radio/TV, 5,951 DM.').entities).toEqual([]);
    expect(read('THE LIMIT IS EXCEEDED').entities).toEqual([]);
  });

  it('counts what denies', () => {
    expect(read('The flight cannot be changed without a fee.').cues).toBe(2);
    expect(read('The applicant lacks savings.').cues).toBe(1);
    expect([...read('No savings are held.').negated]).toContain('save');
  });
});
