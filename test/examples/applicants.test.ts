import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parseApplicants } from '../../examples/underwriting/applicants.js';
import { generator, word } from '../../examples/underwriting/rationale.js';
import { PHRASES, type ReasonKind } from '../../examples/underwriting/phrases.js';
import { REWORDED } from '../../examples/underwriting/phrasesReworded.js';
import { assess, POLICY } from '../../examples/underwriting/scorecard.js';
import { outcome, rows } from '../e2e/oracle.js';

const csv = readFileSync(join(import.meta.dirname, '../../examples/underwriting/applicants.csv'), 'utf8');
const [head = '', first = '', second = ''] = csv.replaceAll('\r', '').split('\n');
const withRow = (row: string): string => [head, first, row].join('\n');

describe('an applicants file', () => {
  test('of the example holds 1,000 applicants and no problem', () => {
    const { applicants, problems } = parseApplicants(csv);
    expect(problems).toEqual([]);
    expect(applicants).toHaveLength(1_000);
    expect(applicants[0]).toMatchObject({ id: '0', age: 67, amount: 1169, duration: 6, purpose: 'radio/TV' });
  });

  test.each([
    ['a word for a number', second.replace(/^1,22/, '1,young'), 'Age', 'young'],
    ['a negative amount', second.replace(',5951,', ',-5951,'), 'Credit amount', '-5951'],
    ['an amount with decimals', second.replace(',5951,', ',5951.5,'), 'Credit amount', '5951.5'],
    ['an unknown account class', second.replace(',moderate,', ',huge,'), 'Checking account', 'huge'],
    ['a missing column', second.split(',').slice(0, 9).join(','), 'row', '9 columns'],
    ['an id that came before', second.replace(/^1,/, '0,'), 'id', '0'],
  ])('with %s names line, field and value, and that row alone is unusable', (_, row, field, got) => {
    const { applicants, problems } = parseApplicants(withRow(row));
    expect(problems).toEqual([expect.objectContaining({ line: 3, field, got })]);
    expect(applicants.map(({ id }) => id)).toEqual(['0']);
  });

  test('with another header is refused whole', () => {
    expect(parseApplicants(`id;Age\n${first}`)).toMatchObject({
      applicants: [],
      problems: [{ line: 1, field: 'header' }],
    });
  });
});

describe('the example agent', () => {
  test('decides as the oracle does, for every applicant', () => {
    const byId = new Map(rows(csv).map((row) => [row['id'], outcome(row, () => 24)]));
    for (const applicant of parseApplicants(csv).applicants) {
      expect([applicant.id, assess(applicant, POLICY).outcome]).toEqual([applicant.id, byId.get(applicant.id)]);
    }
  });

  test('has several phrasings of every reason in both books, and shares none between them', () => {
    const value = { value: 'VALUE', points: '2 points', limit: '24', outcome: 'referred' };
    for (const kind of Object.keys(PHRASES) as ReasonKind[]) {
      const said = PHRASES[kind].map((phrase) => phrase(value));
      const reworded = REWORDED[kind].map((phrase) => phrase(value));
      expect(new Set(said).size).toBeGreaterThanOrEqual(4);
      expect(new Set(reworded).size).toBeGreaterThanOrEqual(2);
      expect(reworded.filter((text) => said.includes(text))).toEqual([]);
    }
  });

  test('says the same for the same draw, and keeps the conclusion last', () => {
    const reasons = (['checking', 'savings', 'amount'] as const).map((kind) => ({
      kind,
      value: { value: kind, points: '1 point' },
    }));
    const conclusion = { kind: 'conclusion' as const, value: { points: '3 points', outcome: 'approved' } };
    const say = (draw: number): readonly string[] => word(reasons, conclusion, PHRASES, generator(draw));
    expect(say(0.25)).toEqual(say(0.25));
    expect(new Set([0.1, 0.2, 0.3, 0.4].map((draw) => say(draw).join(' '))).size).toBeGreaterThan(1);
    expect(say(0.7).at(-1)).toContain('approved');
  });
});
