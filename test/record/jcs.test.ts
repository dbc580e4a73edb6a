import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import oracleA from 'canonicalize';
import fc from 'fast-check';
import { canonicalize as oracleB } from 'json-canonicalize';
import { describe, expect, it } from 'vitest';
import { canonicalize, MAX_DEPTH, parseCanonical, parseStrict, RecordError } from '@tenet-ledger/record';
import { hasVectors, vectorsDir } from '../support/shared.js';

const jcs = join(vectorsDir, 'jcs');

function codeOf(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    if (error instanceof RecordError) return error.code;
    throw error;
  }
  return 'no error';
}

/** JSON.stringify writes a lone surrogate, and nothing else that the generators make, as an escape. */
const isWellFormed = (value: unknown): boolean => !/\\ud[89a-f]/i.test(JSON.stringify(value));

function double(bits: string): number {
  const view = new DataView(new ArrayBuffer(8));
  view.setBigUint64(0, BigInt(`0x${bits}`));
  return view.getFloat64(0);
}

describe.skipIf(!hasVectors)('RFC 8785 vectors', () => {
  const names = hasVectors ? readdirSync(join(jcs, 'input')) : [];

  it.each(names)('%s is canonicalised to the published text and bytes', (name) => {
    const out = canonicalize(parseStrict(readFileSync(join(jcs, 'input', name), 'utf8')));
    expect(out).toBe(readFileSync(join(jcs, 'output', name), 'utf8'));
    const hex = readFileSync(join(jcs, 'outhex', name.replace('.json', '.txt')), 'utf8').replace(/\s/g, '');
    expect(Buffer.from(out).toString('hex')).toBe(hex);
    expect(parseCanonical(out)).toEqual(parseStrict(readFileSync(join(jcs, 'input', name), 'utf8')));
  });

  it('numbers of appendix B have the published form, and non-finite ones are refused', () => {
    const rows = JSON.parse(readFileSync(join(jcs, 'rfc8785-appendix-b-numbers.json'), 'utf8')) as {
      ieee754be: string;
      expected: string | null;
    }[];
    expect(rows.length).toBeGreaterThan(20);
    for (const { ieee754be, expected } of rows) {
      if (expected === null) expect(codeOf(() => canonicalize(double(ieee754be)))).toBe('record.jcs.number');
      else expect(canonicalize(double(ieee754be))).toBe(expected);
    }
  });

  it('the first million lines of the ES6 number stream hash to the published sums', () => {
    const text = readFileSync(join(jcs, 'es6-number-stream.md'), 'utf8');
    const published = new Map(
      [...text.matchAll(/^\| ([0-9a-f]{64}) \| (\d+) /gm)].map(([, sum, lines]) => [Number(lines), sum] as const),
    );
    const declared = /staticU64s = new BigUint64Array\(\[([^\]]*)\]/.exec(text)![1]!;
    const fixed = [...declared.matchAll(/0x([0-9a-f]+)n/g)].map(([, bits]) => bits!);
    const view = new DataView(new ArrayBuffer(8));
    const hash = createHash('sha256');
    let block = Buffer.alloc(32);
    let at = 32;
    let lines = '';
    const line = (bits: bigint): void => {
      view.setBigUint64(0, bits);
      lines += `${bits.toString(16)},${canonicalize(view.getFloat64(0))}\n`;
    };
    const draw = (): bigint => {
      for (;;) {
        if (at === 32) {
          block = createHash('sha256').update(block).digest();
          at = 0;
        }
        const value = block.readDoubleLE(at);
        const bits = block.readBigUInt64LE(at);
        at += 8;
        if (value !== 0 && Number.isFinite(value)) return bits;
      }
    };
    const checked: number[] = [];
    for (let i = 0; i < 1_000_000; i += 1) {
      if (i < fixed.length) line(BigInt(`0x${fixed[i]!}`));
      else if (i < fixed.length + 2000) line(0x0010000000000000n + BigInt(i - fixed.length));
      else line(draw());
      const sum = published.get(i + 1);
      if (sum === undefined) continue;
      hash.update(lines);
      lines = '';
      expect(hash.copy().digest('hex')).toBe(sum);
      checked.push(i + 1);
    }
    expect(checked).toEqual([1_000, 10_000, 100_000, 1_000_000]);
  });
});

describe('canonicalize', () => {
  it('agrees with two independent implementations on arbitrary JSON', () => {
    const json = fc.jsonValue({ maxDepth: 6, noUnicodeString: false });
    fc.assert(
      fc.property(json, (value) => {
        fc.pre(isWellFormed(value));
        const out = canonicalize(value);
        expect(out).toBe(oracleA(value));
        expect(out).toBe(oracleB(value));
        expect(parseCanonical(out)).toEqual(JSON.parse(JSON.stringify(value)));
      }),
      { numRuns: 1_000 },
    );
  });

  it('does not depend on the order in which members were added', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.string({ unit: 'grapheme' }), { maxLength: 20 }), (keys) => {
        const forward = Object.fromEntries(keys.map((key, i) => [key, i]));
        const backward = Object.fromEntries(keys.map((key, i) => [key, i] as const).reverse());
        expect(canonicalize(forward)).toBe(canonicalize(backward));
      }),
    );
  });

  it('sorts by UTF-16 code units, not by code points', () => {
    expect(canonicalize({ '\ufb33': 1, '\u{1f600}': 2 })).toBe('{"\u{1f600}":2,"\ufb33":1}');
  });

  it('keeps a member called __proto__', () => {
    expect(canonicalize(parseStrict('{"__proto__":{"a":1}}'))).toBe('{"__proto__":{"a":1}}');
  });

  it.each<[string, unknown, string]>([
    ['undefined', { a: undefined }, 'record.jcs.type'],
    ['a function', [() => 1], 'record.jcs.type'],
    ['a symbol', Symbol('x'), 'record.jcs.type'],
    ['a bigint', { a: 1n }, 'record.jcs.type'],
    ['a Date', { at: new Date(0) }, 'record.jcs.type'],
    ['a typed array', new Uint8Array(3), 'record.jcs.type'],
    ['a Map', new Map([['a', 1]]), 'record.jcs.type'],
    ['a Set', new Set([1]), 'record.jcs.type'],
    ['a class instance', new (class Thing {})(), 'record.jcs.type'],
    ['a boxed string', new String('x'), 'record.jcs.type'],
    ['a hole in an array', new Array(2), 'record.jcs.type'],
    ['NaN', NaN, 'record.jcs.number'],
    ['an infinity', [-Infinity], 'record.jcs.number'],
    ['a lone high surrogate', 'a\ud800', 'record.jcs.surrogate'],
    ['a lone low surrogate in a name', { '\udc00': 1 }, 'record.jcs.surrogate'],
  ])('refuses %s instead of dropping it', (_, value, code) => {
    expect(codeOf(() => canonicalize(value))).toBe(code);
  });

  it('asks no object how it wants to be written', () => {
    const toJSON = (): string => 'other';
    class List extends Array<number> {
      toJSON = toJSON;
    }
    const bare = Object.create(null) as object;
    const inherited = Object.create(Object.assign(bare, { toJSON })) as object;
    expect(codeOf(() => canonicalize({ a: { toJSON } }))).toBe('record.jcs.type');
    expect(canonicalize(List.from([1, 2]))).toBe('[1,2]');
    expect(canonicalize(Object.assign(inherited, { a: 1 }))).toBe('{"a":1}');
  });

  it('orders names that look like numbers as text', () => {
    expect(canonicalize({ 9: 'b', 10: 'a', 1: 'c' })).toBe('{"1":"c","10":"a","9":"b"}');
    expect(parseCanonical('{"10":1,"9":2}')).toEqual({ 9: 2, 10: 1 });
    expect(codeOf(() => parseCanonical('{"9":2,"10":1}'))).toBe('record.jcs.form');
  });

  it('takes a backslash before "ud" for what it is', () => {
    expect(canonicalize({ a: 'C:\\udder' })).toBe('{"a":"C:\\\\udder"}');
    expect(parseCanonical('{"a":"C:\\\\udder"}')).toEqual({ a: 'C:\\udder' });
    expect(codeOf(() => parseCanonical('{"a":"\\ud800"}'))).toBe('record.jcs.surrogate');
  });

  it('names the place of what it refuses', () => {
    expect(() => canonicalize({ a: [{ b: undefined }] })).toThrow('/a/0/b');
  });

  it('refuses a cycle by its depth instead of overflowing', () => {
    const loop: Record<string, unknown> = {};
    loop['self'] = loop;
    expect(codeOf(() => canonicalize(loop))).toBe('record.jcs.depth');
  });
});

describe('parseStrict', () => {
  it.each<[string, string, string]>([
    ['a duplicate name', '{"a":1,"a":1}', 'record.jcs.duplicate_key'],
    ['a duplicate name written with an escape', '{"a":1, "\\u0061":2}', 'record.jcs.duplicate_key'],
    ['a duplicate name deep inside', '[{"x":{"b":[],"c":{},"b":1}}]', 'record.jcs.duplicate_key'],
    ['a duplicate __proto__', '{"__proto__":1,"__proto__":1}', 'record.jcs.duplicate_key'],
    ['a lone surrogate escape', '"\\ud834"', 'record.jcs.surrogate'],
    ['a number out of range', '1e400', 'record.jcs.number'],
    ['a byte order mark', '\ufeff1', 'record.json'],
    ['a trailing comma', '[1,]', 'record.json'],
    ['a second value', '1 2', 'record.json'],
    ['a leading zero', '01', 'record.json'],
  ])('refuses %s', (_, text, code) => {
    expect(codeOf(() => parseStrict(text))).toBe(code);
  });

  it('takes the same name in different objects, and names that look like structure', () => {
    const text = '{ "a": {"a": ["{", "a", {"a": "\\"a\\":"}]}, "b\\"": ":", "}": "[", "{": 1 }';
    expect(parseStrict(text)).toEqual(JSON.parse(text));
  });

  it('finds a duplicate wherever it is put, and only there', () => {
    const member = fc.tuple(fc.string({ unit: 'binary' }).filter(isWellFormed), fc.jsonValue({ maxDepth: 2 }));
    fc.assert(
      fc.property(fc.array(member, { minLength: 1, maxLength: 8 }), fc.boolean(), (members, deep) => {
        fc.pre(isWellFormed(members));
        const body = members.map(([key, value]) => ` ${JSON.stringify(key)} : ${JSON.stringify(value)}`).join(',');
        const text = deep ? `[{"outer":{${body}}}]` : `{${body}}`;
        const unique = new Set(members.map(([key]) => key)).size === members.length;
        expect(codeOf(() => parseStrict(text))).toBe(unique ? 'no error' : 'record.jcs.duplicate_key');
      }),
    );
  });

  it(`accepts ${MAX_DEPTH} levels and no more`, () => {
    const nested = (depth: number): string => '['.repeat(depth) + ']'.repeat(depth);
    expect(codeOf(() => parseStrict(nested(MAX_DEPTH)))).toBe('no error');
    expect(codeOf(() => parseStrict(nested(MAX_DEPTH + 1)))).toBe('record.jcs.depth');
    expect(codeOf(() => parseStrict(nested(200_000)))).toBe('record.jcs.depth');
  });
});

describe('parseCanonical', () => {
  it.each(['{"b":1,"a":2}', '[1, 2]', '1.0', '"\\u0061"', '-0', '{"a":1,"a":1}', ' 1', '1\n', '"\\/"'])(
    'refuses %s, which says the same in other bytes',
    (text) => {
      expect(codeOf(() => parseCanonical(text))).toBe('record.jcs.form');
    },
  );
});
