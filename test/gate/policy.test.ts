import { readdirSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkPolicy, parsePolicy, policyDigest, POLICY_DEFAULTS, problemLine } from '../../src/gate/index.js';
import { SAMPLE_POLICY } from './support.js';

const HEAD = 'version: 1\nname: g\nagent: underwriter\ntype: loan.approve\n';
const first = (text: string) => checkPolicy(text).problems[0];

describe('a policy file', () => {
  it('with every key is read as it says', () => {
    const { policy, problems } = checkPolicy(SAMPLE_POLICY);
    expect(problems).toEqual([]);
    expect(policy).toEqual({
      version: 1,
      name: 'pre-deploy',
      agent: 'underwriter',
      type: 'loan.approve',
      cohort: { size: 300, seed: 7, stratifyBy: ['/context/inputs/purpose'] },
      repeats: { control: 3, candidate: 1 },
      alpha: 0.05,
      maxFlipRate: 0.05,
      maxNotReplayable: 0.05,
      maxHarnessMismatch: 0.01,
      rationale: {
        maxShift: 0.05,
        forbidden: [{ id: 'age', terms: ['age', 'years old', 'young'], why: 'age is a protected characteristic' }],
      },
      pinned: [
        { decision: 'dec_7Q2K', outcome: 'approve', note: 'the case of the 2025 complaint' },
        { decision: 'dec_9M1A' },
      ],
      stake: { path: '/context/inputs/amount', unit: 'DM' },
      lanes: { model: 'tape', liveReads: false, timeoutMs: 5000 },
      budget: { maxCalls: 1000, maxCost: null },
    });
  });

  it('of an example is valid and has no warnings', () => {
    const folder = new URL('../../examples/underwriting/gates/', import.meta.url);
    const files = readdirSync(folder).filter((name) => name.endsWith('.yaml'));
    expect(files.length).toBeGreaterThan(0);
    for (const file of files) {
      const { policy, problems } = checkPolicy(readFileSync(new URL(file, folder), 'utf8'));
      expect(problems).toEqual([]);
      expect(policy).not.toBeNull();
    }
  });

  it('with four keys gets the documented defaults', () => {
    expect(parsePolicy(HEAD, 'gate.yaml')).toMatchObject({
      cohort: { size: POLICY_DEFAULTS.cohortSize, seed: 1, stratifyBy: [] },
      repeats: { control: 3, candidate: 1 },
      alpha: 0.05,
      maxFlipRate: 0.05,
      maxNotReplayable: 0.05,
      maxHarnessMismatch: 0.01,
      rationale: { maxShift: 0.05, forbidden: [] },
      pinned: [],
      stake: null,
      lanes: { model: 'tape', liveReads: false, timeoutMs: 5_000 },
      budget: { maxCalls: null, maxCost: null },
    });
  });

  it.each([
    ['5 %', 0.05],
    ['5%', 0.05],
    ['0.05', 0.05],
    ['"5 %"', 0.05],
    ['7 %', 0.07],
    ['0.5 %', 0.005],
    ['100 %', 1],
    ['1', 1],
  ])('reads the rate %s as %f', (text, share) => {
    expect(checkPolicy(`${HEAD}maxFlipRate: ${text}\n`).policy?.maxFlipRate).toBe(share);
  });

  it('refuses a margin of 120 %, naming its line, and says what it takes', () => {
    const problem = first(`${HEAD}\nmaxFlipRate: 120 %\n`);
    expect(problem).toMatchObject({ severity: 'error', line: 6, column: 14, field: 'maxFlipRate', got: '"120 %"' });
    expect(() => parsePolicy(`${HEAD}\nmaxFlipRate: 120 %\n`, 'gates/pre.yaml')).toThrow(
      expect.objectContaining({
        code: 'policy.invalid',
        message:
          'gates/pre.yaml:6:14 maxFlipRate: 120 % is out of range, expected a share above 0 % to 100 %, such as 5 % or 0.05, got "120 %"',
      }),
    );
  });

  it('asks whether 5 was meant as 5 %', () => {
    expect(first(`${HEAD}maxFlipRate: 5\n`)?.fix).toBe('write 5 % if you mean 5 per cent');
  });

  it.each([
    [
      'an unknown key with its likely meaning',
      'maxFlipRat: 5 %',
      { line: 5, column: 1, field: 'maxFlipRat', fix: 'did you mean maxFlipRate?' },
    ],
    [
      'a key of another section',
      'maxShift: 5 %',
      { line: 5, field: 'maxShift', fix: 'did you mean rationale.maxShift?' },
    ],
    ['a key like no other', 'zebra: 1', { line: 5, field: 'zebra', fix: 'remove it' }],
    [
      'an unknown key deep inside',
      'rationale:\n  forbidden:\n    - id: a\n      term: [x]',
      { line: 8, column: 7, field: 'rationale.forbidden[0].term', fix: 'did you mean terms?' },
    ],
    ['a rate that is none', 'alpha: small', { line: 5, column: 8, field: 'alpha', message: 'not a share' }],
    ['a margin of nothing, which no sample can prove', 'maxFlipRate: 0', { line: 5, field: 'maxFlipRate' }],
    ['an infinite rate', 'alpha: .inf', { line: 5, field: 'alpha' }],
    [
      'a cohort of half a decision',
      'cohort:\n  size: 0.5',
      { line: 6, column: 9, field: 'cohort.size', expected: 'a whole number', got: '0.5' },
    ],
    [
      'one control re-run',
      'repeats: { control: 1 }',
      { line: 5, column: 21, field: 'repeats.control', expected: 'at least 2' },
    ],
    [
      'a section that is a list',
      'lanes: [tape]',
      { line: 5, field: 'lanes', expected: 'a mapping of keys and values' },
    ],
    [
      'a lane that does not exist',
      'lanes: { model: dream }',
      { line: 5, field: 'lanes.model', expected: 'one of tape, live' },
    ],
    [
      'an empty term list',
      'rationale:\n  forbidden: [{ id: a, terms: [] }]',
      { line: 6, field: 'rationale.forbidden[0].terms', expected: 'at least one item' },
    ],
    [
      'a term without a letter',
      'rationale:\n  forbidden: [{ id: a, terms: ["--"] }]',
      { line: 6, expected: 'a word or phrase' },
    ],
    [
      'a reason that is there twice',
      'rationale:\n  forbidden: [{ id: a, terms: [x] }, { id: a, terms: [y] }]',
      { line: 6, expected: 'each id once' },
    ],
    [
      'a pin that is there twice',
      'pinned: [{ decision: d }, { decision: d }]',
      { line: 5, expected: 'each decision once' },
    ],
    ['a stake without a unit', 'stake: { path: /a }', { line: 5, field: 'stake.unit', message: 'missing' }],
    ['a stake that is no pointer', 'stake: { path: amount, unit: DM }', { line: 5, column: 16, field: 'stake.path' }],
    [
      'a negative budget',
      'budget: { maxCost: -1 }',
      { line: 5, column: 20, field: 'budget.maxCost', expected: 'at least 0' },
    ],
    ['a value left empty', 'cohort:\n  size:\n  seed: 1', { line: 6, field: 'cohort.size' }],
  ])('refuses %s', (_name, text, problem) => {
    const { problems } = checkPolicy(`${HEAD}${text}\n`);
    expect(problems).toContainEqual(expect.objectContaining({ severity: 'error', ...problem }));
  });

  it.each([
    ['nothing', '', 1],
    ['a list', '- 1\n', 1],
    ['a key twice', `${HEAD}name: other\n`, 5],
    ['broken YAML', `${HEAD}cohort: { size: 3\n`, 6],
    ['two documents', `${HEAD}---\nversion: 1\n`, 5],
    ['an unknown tag', `${HEAD}alpha: !!js/function 1\n`, 5],
    [
      'a bomb of aliases',
      `a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]\nd: [*c,*c,*c,*c,*c,*c]\n`,
      1,
    ],
    ['a version with the agent', HEAD.replace('underwriter', 'underwriter@1.0.0'), 3],
    ['another format version', HEAD.replace('version: 1', 'version: 2'), 1],
    ['no name', HEAD.replace('name: g\n', ''), 1],
  ])('refuses %s with a line', (_name, text, line) => {
    const { policy, problems } = checkPolicy(text);
    expect(policy).toBeNull();
    expect(problems[0]).toMatchObject({ severity: 'error', line });
  });

  it('lists every problem at once, by line', () => {
    const text = `${HEAD}alpha: 90 %\nzebra: 1\ncohort: { size: -1 }\n`;
    expect(checkPolicy(text).problems.map(({ line, field }) => [line, field])).toEqual([
      [5, 'alpha'],
      [6, 'zebra'],
      [7, 'cohort.size'],
    ]);
    expect(() => parsePolicy(text, 'g.yaml')).toThrow(
      /g\.yaml:5:8 alpha.*\ng\.yaml:6:1 zebra.*\ng\.yaml:7:17 cohort\.size/,
    );
  });

  it('never throws while checking, whatever the file holds', () => {
    const lines = fc.constantFrom(
      'cohort:',
      '  size: 1',
      'alpha: 5 %',
      '- x',
      '&a',
      '*a',
      '{',
      ']',
      '? [1]',
      'pinned: [{}]',
      '"',
      '\t',
      '\u0000',
      '__proto__: { a: 1 }',
      '<<: *a',
      '%YAML 1.1',
      '---',
      '!!binary x',
    );
    fc.assert(
      fc.property(fc.array(fc.oneof(lines, fc.string()), { maxLength: 12 }), (parts) => {
        const { policy, problems } = checkPolicy(`${HEAD}${parts.join('\n')}`);
        expect(policy !== null || problems.some(({ severity }) => severity === 'error')).toBe(true);
        for (const problem of problems) {
          expect(problem.line).toBeGreaterThanOrEqual(1);
          expect(problemLine(problem, 'f')).toMatch(/^f:\d+:\d+ /);
        }
      }),
    );
  });

  it('warns of a cohort that can prove nothing, and stays usable', () => {
    const { policy, problems } = checkPolicy(`${HEAD}cohort: { size: 40 }\n`);
    expect(policy?.cohort.size).toBe(40);
    expect(problems.map(({ severity, line }) => [severity, line])).toEqual([
      ['warning', 5],
      ['warning', 5],
    ]);
    expect(problems[0]?.fix).toBe('draw at least 59');
    expect(parsePolicy(`${HEAD}cohort: { size: 40 }\n`, 'g').cohort.size).toBe(40);
  });
});

describe('the digest of a policy', () => {
  it('does not change with comments, order or the spelling of a rate, and does with any value', () => {
    const digest = (text: string) => policyDigest(parsePolicy(text, 'g'));
    const plain = digest(`${HEAD}maxFlipRate: 5 %\n`);
    expect(digest(`# why\nmaxFlipRate: 0.05\n${HEAD}`)).toBe(plain);
    expect(digest(HEAD)).toBe(plain);
    expect(digest(`${HEAD}maxFlipRate: 6 %\n`)).not.toBe(plain);
  });
});
