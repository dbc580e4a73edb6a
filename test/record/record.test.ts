import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  canonicalize,
  decisionId,
  flattenRecord,
  isPointer,
  MAX_FIELDS,
  unflattenRecord,
  type DecisionRecord,
  type Json,
  type TapeEntry,
} from '@tenet-ledger/record';
import { exampleRecord, nodeSha256 } from './support.js';

const call = (n: number): TapeEntry => ({
  v: 1,
  n,
  kind: 'tool',
  name: 't',
  effect: 'read',
  key: `${n}`,
  args: null,
  result: n,
  startedMs: 0,
  durMs: 0,
});
const calls = (count: number): TapeEntry[] => Array.from({ length: count }, (_, i) => call(i + 1));
const steps = (count: number): string[] => Array.from({ length: count }, (_, i) => `step ${i}`);
const paths = (record: DecisionRecord, splitInputs?: string[]): string[] =>
  flattenRecord(record, splitInputs === undefined ? {} : { splitInputs }).map(({ path }) => path);
const back = (fields: readonly { path: string; value: Json }[]) =>
  unflattenRecord(new Map(fields.map((f) => [f.path, f.value])));

const text = fc.string({ unit: 'grapheme', maxLength: 20 });
const json = fc.jsonValue({ maxDepth: 3 }) as fc.Arbitrary<Json>;
const record: fc.Arbitrary<DecisionRecord> = fc
  .record({
    constraints: fc.option(fc.array(text), { nil: undefined }),
    inputs: fc.oneof(json, fc.dictionary(text, json)),
    versions: fc.option(fc.dictionary(text, text), { nil: undefined }),
    reasoning: fc.array(text, { maxLength: 15 }),
    rules: fc.option(fc.array(fc.record({ id: text, fired: fc.boolean() })), { nil: undefined }),
    tape: fc.nat(12),
  })
  .map(({ constraints, inputs, versions, reasoning, rules, tape }) => ({
    ...exampleRecord,
    intent: { ...exampleRecord.intent, ...(constraints === undefined ? {} : { constraints }) },
    context: { inputs, ...(versions === undefined ? {} : { externalVersions: versions }) },
    reasoning,
    decision: { outcome: 'deny', ...(rules === undefined ? {} : { rules }) },
    tape: calls(tape),
  }));

describe('flattenRecord', () => {
  it('gives a field per leaf of the schema, in a fixed order', () => {
    expect(paths(exampleRecord)).toEqual([
      '/intent/goal',
      '/intent/origin',
      '/intent/session',
      '/context/inputs',
      '/reasoning/0',
      '/reasoning/1',
      '/alternatives',
      '/decision/outcome',
      '/decision/confidence',
      '/decision/rules',
      '/provenance/agent',
      '/provenance/version',
      '/provenance/sdk',
      '/grade',
      '/tape/0001',
    ]);
  });

  it('comes back as the same record, with or without split inputs', () => {
    fc.assert(
      fc.property(record, fc.array(text, { maxLength: 3 }), (value, more) => {
        const inputs = value.context.inputs;
        const keys = typeof inputs === 'object' && inputs !== null && !Array.isArray(inputs) ? Object.keys(inputs) : [];
        const splitInputs = [...keys.filter((_, i) => i % 2 === 0), ...more];
        const fields = flattenRecord(value, { splitInputs });
        for (const { path } of fields) fc.pre(isPointer(path));
        expect(canonicalize(back(fields))).toBe(canonicalize(value));
        expect(canonicalize(back(flattenRecord(value)))).toBe(canonicalize(value));
        expect(new Set(fields.map((f) => f.path)).size).toBe(fields.length);
      }),
      { numRuns: 150 },
    );
  });

  it('splits only the inputs it is told to, and keeps the rest together', () => {
    const inputs = { 'a/b': 1, 'c~d': 2, name: 'Ann', __proto__: null };
    Object.defineProperty(inputs, '__proto__', { value: 3, enumerable: true, configurable: true, writable: true });
    const value = { ...exampleRecord, context: { inputs: inputs as unknown as Json } };
    const fields = flattenRecord(value, { splitInputs: ['a/b', 'c~d', 'absent'] });
    const own = fields.filter(({ path }) => path.startsWith('/context/inputs'));
    expect(own.map(({ path }) => path)).toEqual(['/context/inputs/a~1b', '/context/inputs/c~0d', '/context/inputs']);
    expect(canonicalize(own[2]!.value)).toBe('{"__proto__":3,"name":"Ann"}');
    expect(canonicalize(back(fields).context)).toBe(canonicalize({ inputs }));
  });

  it('an empty list is a field, so it can be told from a withheld one', () => {
    const empty = { ...exampleRecord, reasoning: [], tape: [] };
    expect(paths(empty)).toEqual(expect.arrayContaining(['/reasoning', '/tape']));
    expect(back(flattenRecord(empty))).toMatchObject({ reasoning: [], tape: [] });
    expect(
      back(flattenRecord(exampleRecord).filter(({ path }) => !path.startsWith('/reasoning'))).reasoning,
    ).toBeUndefined();
  });

  it.each([
    [10, 300, '/tape', '/reasoning/0'],
    [300, 10, '/reasoning', '/tape/0001'],
    [300, 300, '/tape', '/reasoning'],
    [1_000, 3_000, '/tape', '/reasoning'],
    [130, 130, '/tape', '/reasoning/0'],
  ])('%d steps and %d calls fit into 256 fields', (stepCount, callCount, ...expected) => {
    const value = { ...exampleRecord, reasoning: steps(stepCount), tape: calls(callCount) };
    const fields = flattenRecord(value);
    expect(fields.length).toBeLessThanOrEqual(MAX_FIELDS);
    expect(fields.map((f) => f.path)).toEqual(expect.arrayContaining(expected));
    expect(canonicalize(back(fields))).toBe(canonicalize(value));
  });

  it('collapses nothing as long as all of it fits', () => {
    const base = flattenRecord({ ...exampleRecord, reasoning: steps(1), tape: calls(1) }).length - 2;
    const fits = { ...exampleRecord, reasoning: steps(100), tape: calls(MAX_FIELDS - base - 100) };
    expect(flattenRecord(fits)).toHaveLength(MAX_FIELDS);
    expect(paths({ ...fits, reasoning: steps(101) })).toContain('/tape');
  });

  it('refuses members the schema does not know, calls numbered twice, and too many split inputs', () => {
    const strange = { ...exampleRecord, intent: { ...exampleRecord.intent, mood: 'good' } };
    expect(() => flattenRecord(strange)).toThrow('/intent/mood');
    expect(() => flattenRecord({ ...exampleRecord, extra: 1 } as DecisionRecord)).toThrow('/extra');
    expect(() => flattenRecord({ ...exampleRecord, tape: [call(1), call(1)] })).toThrow('each once');
    const inputs = Object.fromEntries(Array.from({ length: 300 }, (_, i) => [`k${i}`, i]));
    const wide = { ...exampleRecord, context: { inputs } };
    expect(() => flattenRecord(wide, { splitInputs: Object.keys(inputs) })).toThrow('too many');
  });
});

describe('unflattenRecord', () => {
  it('keeps the place of a step after a withheld one', () => {
    expect(
      unflattenRecord(
        new Map([
          ['/reasoning/2', 'c'],
          ['/reasoning/0', 'a'],
        ]),
      ).reasoning,
    ).toEqual(['a', null, 'c']);
  });

  it('is not led astray by numbers or names a hostile producer chose', () => {
    const odd = new Map<string, Json>([
      ['/reasoning/999999999', 'x'],
      ['/reasoning/-1', 'x'],
      ['/reasoning/1e3', 'x'],
      ['/tape/x', 1],
      ['/__proto__/polluted', 'x'],
      ['/intent/__proto__', { polluted: true }],
      ['/elsewhere/deep/er', 1],
    ]);
    const out = unflattenRecord(odd);
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
    expect(out.reasoning).toEqual([]);
    expect(Object.keys(out)).toEqual(['intent', 'reasoning']);
  });
});

describe('decisionId', () => {
  const of = { tenant: 'acme', agent: 'underwriter', version: '4.2.0', session: 's-1', key: 'A-77' };

  it('is the same for the same step and another for any other', () => {
    expect(decisionId(of)).toBe(decisionId({ ...of }, nodeSha256));
    expect(decisionId(of)).toMatch(/^dec_[0-9A-HJKMNP-TV-Z]{26}$/);
    const others = Object.keys(of).map((name) => decisionId({ ...of, [name]: 'x' }));
    expect(new Set([...others, decisionId(of)]).size).toBe(6);
  });

  it('does not run two members together', () => {
    expect(decisionId({ ...of, agent: 'a', version: 'bc' })).not.toBe(decisionId({ ...of, agent: 'ab', version: 'c' }));
  });
});
