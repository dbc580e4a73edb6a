import { describe, expect, test } from 'vitest';
import type { Json } from '@tenet-ledger/record';
import { checkMapping, convertMapped, entryOf, parseMapping } from '../../src/imports/index.js';
import { AT, problemOf, theDecision } from './support.js';

const BASE = `version: 1
agent: underwriter
agentVersion: /model_version
type: loan.approve
outcome: /decision/status
key: /id
`;
const LINE: Json = {
  id: 17,
  model_version: '4.2.0',
  decision: { status: 'deny', score: 0.41 },
  amount: 4870,
  purpose: 'car',
  at: '2026-11-20 09:14:02',
};

const convert = (more: string, line: Json = LINE) =>
  convertMapped(line, {
    mapping: parseMapping(BASE + more, 'map.yaml'),
    source: 'a JSONL log',
    session: 'import/jsonl',
    occurredAt: AT,
  });
const decision = (more: string, line: Json = LINE) => theDecision(convert(more, line));

describe('a mapping file that is not valid', () => {
  const problems = (text: string) =>
    checkMapping(text).problems.map(({ line, column, field, message, fix }) => ({ line, column, field, message, fix }));

  test('an unknown key has its line and what was probably meant', () => {
    expect(problems(`${BASE}outcomes: /x\n`)).toEqual([
      { line: 7, column: 1, field: 'outcomes', message: 'unknown key', fix: 'did you mean outcome?' },
    ]);
    expect(problems(`${BASE}tape:\n  from: /calls\n  name: /tool\n  arg: /args\n`)).toEqual([
      { line: 10, column: 3, field: 'tape.arg', message: 'unknown key', fix: 'did you mean args?' },
    ]);
  });

  test('a missing one, a wrong one, and YAML that is none', () => {
    expect(problems('version: 1\nagent: a\n').map(({ field, message }) => `${field} ${message}`)).toEqual([
      'agentVersion missing',
      'type missing',
      'outcome missing',
    ]);
    expect(problems(`${BASE}confidence: score\n`)).toMatchObject([
      { line: 7, field: 'confidence', fix: 'columns and members are written with a slash: /status' },
    ]);
    expect(problems('version: [1\n')[0]).toMatchObject({ field: '' });
    expect(problems('just text\n')[0]).toMatchObject({ message: 'not a mapping' });
  });

  test('is one error with every line for a command', () => {
    expect(() => parseMapping('version: 2\n', 'map.yaml')).toThrowError(/map\.yaml:1:10 version: not valid/);
  });
});

describe('a line by its mapping', () => {
  test('the least there is', () => {
    expect(decision('')).toMatchObject({
      key: '17',
      agent: 'underwriter',
      version: '4.2.0',
      outcome: 'deny',
      inputs: LINE,
      session: 'import/jsonl',
      occurredAt: AT,
    });
    expect(decision('').grade).toMatchObject({ grade: 'D' });
  });

  test('inputs as a list of pointers or by names of their own', () => {
    expect(decision('inputs: [/amount, /decision/score]\n').inputs).toEqual({ amount: 4870, score: 0.41 });
    expect(decision('inputs: { sum: /amount }\n').inputs).toEqual({ sum: 4870 });
    expect(decision('inputs: /decision\n').inputs).toEqual({ status: 'deny', score: 0.41 });
  });

  test.each([
    ['2026-11-20 09:14:02', '2026-11-20T09:14:02.000Z'],
    ['2026-11-20T09:14:02+01:00', '2026-11-20T08:14:02.000Z'],
    [1_760_000_000, '2025-10-09T08:53:20.000Z'],
    [1_760_000_000_123, '2025-10-09T08:53:20.123Z'],
    ['1760000000123456789', '2025-10-09T08:53:20.123Z'],
  ])('the time %s', (at, wanted) => {
    expect(decision('occurredAt: /at\n', { ...(LINE as object), at }).occurredAt).toBe(wanted);
  });

  test('reasons, alternatives, rules, versions and lineage', () => {
    const line = {
      ...(LINE as object),
      why: 'income is low; two late payments',
      options: [{ name: 'refer', p: '0.37' }],
      rules: [{ rule: 'R-12', hit: true, note: 'late' }],
      run: 'r-8',
    } as Json;
    const found = decision(
      `reasoning: { from: /why, split: ";" }
confidence: /decision/score
alternatives: { from: /options, action: /name, score: /p }
rules: { from: /rules, id: /rule, fired: /hit, detail: /note }
lineage: { run: /run, job: nightly }
externalVersions: { bureau: "2026-10" }
subject: /id
splitInputs: [amount]
`,
      line,
    );
    expect(found).toMatchObject({
      reasoning: ['income is low', 'two late payments'],
      confidence: 0.41,
      alternatives: [{ action: 'refer', score: 0.37 }],
      rules: [{ id: 'R-12', fired: true, detail: 'late' }],
      lineage: { run: 'r-8', job: 'nightly' },
      externalVersions: { bureau: '2026-10' },
      subject: '17',
    });
    const entry = entryOf(found, { tenant: 'acme', sdk: 'import/jsonl', tagKey: new Uint8Array(32) });
    expect(entry.fields.map(({ path }) => path)).toContain('/context/inputs/amount');
    expect(entry.subject).not.toContain('17');
  });

  test('the calls of the line as tape: complete where its author says so, and effect classes are known', () => {
    const line = {
      ...(LINE as object),
      calls: [
        { tool: 'get_score', args: '{"id":17}', out: { s: 3 } },
        { tool: 'send_letter', args: {}, err: 'no paper' },
      ],
    } as Json;
    const map =
      'tape: { from: /calls, name: /tool, args: /args, result: /out, error: /err, effects: { "get_*": read, "send_*": write }';
    const found = decision(`${map}, complete: true }\n`, line);
    expect(found.tape).toMatchObject([
      { n: 1, name: 'get_score', effect: 'read', args: [{ id: 17 }], key: '[{"id":17}]', result: { s: 3 } },
      { n: 2, name: 'send_letter', effect: 'write', error: { message: 'no paper' } },
    ]);
    expect(found.grade.grade).toBe('B');
    expect(decision(`${map} }\n`, line).grade).toMatchObject({ grade: 'C' });
    const unknown = decision(
      'tape: { from: /calls, name: /tool, args: /args, result: /out, complete: true }\n',
      line,
    ).grade;
    expect(unknown.grade).toBe('C');
    expect(unknown.reasons.join('\n')).toContain('effect class unknown: get_score, send_letter');
  });

  test('lines that are no decision are passed over', () => {
    expect(convert('only: { /purpose: tv }\n')).toEqual([{ skipped: 'only /purpose = "tv"' }]);
    expect(decision('only: { /purpose: car }\n').key).toBe('17');
  });

  test('without a key the content of the line is its name', () => {
    const named = (line: Json) =>
      theDecision(
        convertMapped(line, {
          mapping: parseMapping(BASE.replace('key: /id\n', ''), 'm'),
          source: 's',
          session: 's',
          occurredAt: AT,
        }),
      ).key;
    expect(named(LINE)).toBe(named(JSON.parse(JSON.stringify(LINE)) as Json));
    expect(named(LINE)).not.toBe(named({ ...(LINE as object), id: 18 }));
  });
});

describe('a line that does not fit its mapping says which field, where, and what was meant', () => {
  test.each([
    [
      '',
      { id: 1, model_version: '1', decision: { statu: 'deny' } },
      'outcome (/decision/status)',
      'did you mean /decision/statu?',
    ],
    ['', { ID: 1, model_version: '1', decision: { status: 'deny' } }, 'key (/id)', 'did you mean /ID?'],
    ['occurredAt: /at\n', { ...(LINE as object), at: 'yesterday' }, 'occurredAt', undefined],
    ['confidence: /purpose\n', LINE, 'confidence (/purpose)', undefined],
    ['origin: /purpose\n', LINE, 'origin', undefined],
    ['inputs: [/amounts]\n', LINE, 'inputs (/amounts)', 'did you mean /amount?'],
    ['alternatives: { from: /purpose, action: /x }\n', LINE, 'alternatives (/purpose)', undefined],
  ])('%s', (more, line, field, fix) => {
    const problem = problemOf(() => convert(more, line));
    expect(problem.field).toBe(field);
    expect(problem.fix).toBe(fix);
  });

  test('a line that is no object', () => {
    for (const line of [7, null, ['a'], 'text'])
      expect(problemOf(() => convert('', line)).message).toContain('not an object');
  });

  test('names that the record format refuses are told before anything is signed', () => {
    const context = { tenant: 'acme', sdk: 'import/jsonl', tagKey: new Uint8Array(32) };
    expect(problemOf(() => entryOf({ ...decision(''), type: 'two\nlines' }, context))).toMatchObject({ field: 'type' });
    expect(problemOf(() => entryOf({ ...decision(''), agent: '\ud800' }, context))).toMatchObject({ field: 'agent' });
    expect(entryOf({ ...decision(''), key: '\ud800', session: '\ud800', outcome: '\ud800' }, context).id).toMatch(
      /^dec_/,
    );
    expect(problemOf(() => entryOf({ ...decision(''), parent: 'not an id' }, context))).toMatchObject({
      field: 'parent',
    });
  });
});
