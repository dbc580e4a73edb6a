import { canonicalize, type Json } from '@tenet-ledger/record';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { takeText, takeValues } from '../../packages/ghost/src/callKey.js';
import { compileRedactor } from '../../packages/ghost/src/redact/index.js';
import { MAX_VALUE_CHARS, snapshot } from '../../packages/ghost/src/snapshot.js';

class Money {
  constructor(readonly cents: number) {}
}

const circular: Record<string, unknown> = { name: 'a' };
circular['self'] = circular;

describe('a snapshot', () => {
  it.each<[string, unknown, unknown, string[]]>([
    ['plain JSON', { a: [1, 'x', null, true] }, { a: [1, 'x', null, true] }, []],
    ['undefined members', { a: undefined, b: 1 }, { b: 1 }, []],
    ['a Date', { at: new Date(0) }, { at: '1970-01-01T00:00:00.000Z' }, ['a Date kept as text at /at']],
    ['a BigInt', [10n], ['10'], ['a BigInt kept as text at /0']],
    ['a Map', new Map([['k', 1]]), [['k', 1]], ['a Map kept as pairs at the root']],
    ['a Set', new Set([1]), [1], ['a Set kept as a list at the root']],
    ['NaN and infinity', [NaN, -Infinity], [null, null], ['NaN kept as null at /0', '-Infinity kept as null at /1']],
    ['an unsafe integer', { n: 2 ** 53 }, { n: '9007199254740992' }, ['an integer beyond 2^53-1 kept as text at /n']],
    ['a function', { f: () => 1 }, {}, ['a function dropped at /f']],
    ['a circular reference', circular, { name: 'a' }, ['a circular reference dropped at /self']],
    ['a class instance', new Money(5), { cents: 5 }, ['a Money kept as plain members at the root']],
    ['bytes', Buffer.from('hi'), 'aGk=', ['bytes kept as base64 at the root']],
    ['a vector', Float64Array.of(0.5), [0.5], ['a typed array kept as a list at the root']],
    [
      'an Error',
      new RangeError('no'),
      { name: 'RangeError', message: 'no' },
      ['an Error kept as name and message at the root'],
    ],
    ['a lone surrogate', '\ud800', '\ufffd', ['a lone surrogate replaced at the root']],
    ['a toJSON', { toJSON: () => ({ v: 1 }) }, {}, ['a function dropped at /toJSON']],
    ['minus zero', -0, 0, []],
  ])('of %s says what it changed', (_, value, expected, notes) => {
    expect(snapshot(value)).toMatchObject({ value: expected, notes, kept: true });
  });

  it('keeps a member called __proto__ as a member', () => {
    const { value } = snapshot(JSON.parse('{"__proto__":{"x":1}}'));
    expect(Object.keys(value as object)).toEqual(['__proto__']);
    expect(JSON.stringify(value)).toBe('{"__proto__":{"x":1}}');
  });

  it('does not keep streams, promises, what is too large, or what throws when read', () => {
    const hostile = Object.defineProperty({}, 'x', {
      enumerable: true,
      get: () => {
        throw new Error('no');
      },
    });
    const stream = (async function* () {})();
    for (const value of [stream, Promise.resolve(1), 'x'.repeat(MAX_VALUE_CHARS), hostile]) {
      expect(snapshot({ value })).toMatchObject({ value: null, kept: false });
    }
  });

  it('survives any depth and does not follow it', () => {
    let deep: unknown = 1;
    for (let i = 0; i < 10_000; i += 1) deep = [deep];
    const { value, notes } = snapshot(deep);
    expect(notes).toHaveLength(1);
    expect(() => canonicalize(value)).not.toThrow();
  });

  it('is always something the record format takes, and independent of the original', () => {
    fc.assert(
      fc.property(
        fc.anything({ withBigInt: true, withDate: true, withMap: true, withSet: true, withTypedArray: true }),
        (value) => {
          const { value: taken } = snapshot(value);
          const before = canonicalize(taken, { safeIntegers: true });
          expect(canonicalize(snapshot(taken).value)).toBe(before);
        },
      ),
    );
  });
});

describe('a call key', () => {
  const redactor = compileRedactor();
  /** As the record has it: a key that the arguments are is made behind the caller, once they are redacted. */
  const keyOf = (args: unknown, declared?: () => unknown) => {
    const { key, args: text, notes } = takeText(args, declared);
    return { ...redactor.call({ key, args: JSON.parse(text) as Json }), notes };
  };
  const replayed = (args: unknown) => takeValues(args, redactor).key;

  it('is the declared key, else the canonical arguments', () => {
    expect(keyOf([{ b: 1, a: 2 }])).toMatchObject({ key: '[{"a":2,"b":1}]', args: [{ b: 1, a: 2 }], notes: [] });
    expect(keyOf([], () => 'id-7').key).toBe('id-7');
    expect(keyOf([], () => 7).key).toBe('7');
  });

  it('falls back to the arguments where the declared key fails, and says so', () => {
    const thrown = keyOf([1], () => {
      throw new Error('no');
    });
    expect(thrown).toMatchObject({ key: '[1]', notes: ['the declared key threw'] });
    expect(keyOf([1], () => ({}))).toMatchObject({ key: '[1]', notes: ['the declared key is of type object'] });
    expect(keyOf([1], () => '')).toMatchObject({ key: '[1]', notes: ['the declared key is empty'] });
  });

  it('names long arguments by digest, the same on both sides', () => {
    const long = ['x'.repeat(600)];
    expect(keyOf(long).key).toMatch(/^sha256:[\w-]{43}$/);
    expect(replayed(long)).toBe(keyOf(long).key);
  });

  it('tells apart arguments that are too large to be taped', () => {
    const large = (end: string): string[] => ['x'.repeat(MAX_VALUE_CHARS) + end];
    const { args, notes } = keyOf(large('a'));
    expect(args).toEqual([]);
    expect(notes.at(-1)).toBe('larger than is taped: matched by digest');
    expect(keyOf(large('a')).key).toBe(replayed(large('a')));
    expect(keyOf(large('a')).key).not.toBe(keyOf(large('b')).key);
  });

  it('matches nothing where the arguments can not be read', () => {
    const stream = [(async function* () {})()];
    const keys = [keyOf(stream).key, keyOf(stream).key, replayed(stream)];
    expect(new Set(keys).size).toBe(3);
  });

  it('has no secret in it, on either side', () => {
    const secret = [{ authorization: 'Basic x', id: 1 }];
    expect(keyOf(secret).key).toBe('[{"authorization":"[redacted:authorization]","id":1}]');
    expect(replayed(secret)).toBe(keyOf(secret).key);
    expect(keyOf([1], () => 'sk-abcdefghijklmnopqrstuvwx').key).toBe('[redacted:apikey]');
  });
});
