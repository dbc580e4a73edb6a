import { ghost } from '@tenet-ledger/ghost';
import type { TapeEntry } from '@tenet-ledger/record';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { snapshotText } from '../../packages/ghost/src/jsonText.js';
import { startRecordsApi, type RecordsApi } from '../support/recordsApi.js';
import { configureFor, delivered, field } from './setup.js';

let api: RecordsApi;
beforeEach(async () => {
  api = await startRecordsApi();
});
afterEach(() => api.close());

const circular: Record<string, unknown> = {};
circular['self'] = circular;
const wide: Record<string, unknown> = {};
for (let i = 0; i < 50; i += 1) wide[`m${i}`] = wide;

const boom = (): never => {
  throw new Error('the trap threw');
};
const traps = new Proxy(
  {},
  { get: boom, has: boom, ownKeys: boom, getPrototypeOf: boom, getOwnPropertyDescriptor: boom },
);
/** Has another member each time it is asked, without end. */
const bottomless: object = new Proxy(
  {},
  {
    ownKeys: () => ['x'],
    get: () => bottomless,
    getOwnPropertyDescriptor: () => ({ value: 1, enumerable: true, configurable: true }),
  },
);
let reads = 0;
const fickle = {
  get n(): unknown {
    reads += 1;
    return reads % 2 === 1 ? 1 : Symbol('x');
  },
};
const deep: Record<string, unknown> = {};
for (let i = 0, at = deep; i < 10_000; i += 1) at = at['d'] = {} as Record<string, unknown>;
class Secretive {
  get value(): never {
    return boom();
  }
}
const throwing = Object.defineProperty({}, 'x', { enumerable: true, get: boom });

const HOSTILE: readonly (readonly [string, unknown])[] = [
  ['a circular object', circular],
  ['an object that is its own fifty members', wide],
  ['a proxy whose traps throw', traps],
  ['a proxy without a bottom', bottomless],
  ['a getter that throws', throwing],
  ['a getter that gives something else each time', fickle],
  ['10,000 levels', deep],
  ['a class with a throwing getter', new Secretive()],
  ['a BigInt', 10n],
  ['a BigInt of a million digits', 1n << 4_000_000n],
  ['a Date', new Date(0)],
  ['a Date that is none', new Date(Number.NaN)],
  ['a Map with itself', new Map<unknown, unknown>([[circular, circular]])],
  ['a large typed array', new Float64Array(4_000_000)],
  ['20 MB of text', 'x'.repeat(20_000_000)],
  [
    '20 MB of members',
    Object.fromEntries(Array.from({ length: 20_000 }, (_, i) => [`member-${i}`, 'y'.repeat(1_000)])),
  ],
  ['a sparse array of four billion', new Array(4_294_967_295)],
  ['NaN', { n: Number.NaN, i: -Infinity }],
  ['a lone surrogate', { '\ud800': 'a\udfffb' }],
  ['a member called __proto__', JSON.parse('{"__proto__":{"polluted":true},"constructor":{"prototype":1}}')],
  ['toJSON that throws', { at: { toJSON: boom } }],
  ['an object without a prototype', Object.create(null)],
  ['a symbol', Symbol('s')],
  ['a function', boom],
  ['a revoked proxy', revoked()],
  ['an error that can not be read', Object.create(Error.prototype, { message: { get: boom }, name: { get: boom } })],
];

function revoked(): object {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy;
}

describe('what a caller hands over', () => {
  it.each(HOSTILE)(
    '%s as input, argument, result and reason: the agent runs as ever, and what was dropped is told',
    async (_, value) => {
      const { problems } = configureFor(api);
      const echo = ghost.tool('echo', { effect: 'read' }, (given: unknown) => given);
      const decide = ghost.agent(
        {
          name: 'a',
          version: '1',
          outcome: () => 'x',
          reasons: () => value as never,
          alternatives: () => [value] as never,
        },
        (input: unknown) => {
          ghost.current()?.step(value as string);
          ghost.current()?.alternative(value as never);
          expect(echo(input)).toBe(input);
          return input;
        },
      );
      const started = performance.now();
      expect(decide(value)).toBe(value);
      expect(performance.now() - started).toBeLessThan(5_000);
      const [record] = await delivered(api);
      expect(record?.signatureOk).toBe(true);
      expect(problems).toEqual([]);
      const { grade, reasons } = field(record, '/grade') as { grade: string; reasons: string[] };
      expect(['B', 'C', 'D', 'A']).toContain(grade);
      if (grade !== 'A') expect(reasons.length).toBeGreaterThan(0);
      expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
    },
  );

  it('is thrown on as it was thrown, whatever it is', async () => {
    configureFor(api);
    const fail = ghost.tool('fail', { effect: 'read' }, (error: unknown) => {
      throw error;
    });
    for (const [, value] of HOSTILE) {
      const decide = ghost.agent({ name: 'a', version: '1' }, () => fail(value));
      let thrown: unknown;
      try {
        decide();
      } catch (error) {
        thrown = error;
      }
      expect(Object.is(thrown, value)).toBe(true);
    }
    const records = await delivered(api);
    expect(records).toHaveLength(HOSTILE.length);
    for (const record of records) expect(field(record, '/decision/outcome')).toBe('error');
  });

  it('is not asked by a toJSON that somebody put on every object', async () => {
    configureFor(api);
    const proto = Object.prototype as { toJSON?: unknown };
    Object.defineProperty(proto, 'toJSON', { value: () => 'polluted', configurable: true });
    try {
      const { text } = snapshotText({ a: [1, { b: 'x' }] });
      expect(text).toBe('{"a":[1,{"b":"x"}]}');
    } finally {
      delete proto.toJSON;
    }
  });

  it('is read once where it is plain, so that a getter is called once', () => {
    let calls = 0;
    snapshotText({
      get n() {
        calls += 1;
        return 1;
      },
    });
    expect(calls).toBe(1);
  });

  it('keeps a step and a record within bounds, and says what found no room', async () => {
    configureFor(api);
    const decide = ghost.agent({ name: 'a', version: '1' }, () => {
      ghost.current()?.step('s'.repeat(5_000_000));
      for (let i = 0; i < 50; i += 1) ghost.current()?.step('t'.repeat(10_000));
      return 'x';
    });
    decide();
    const [record] = await delivered(api);
    const { reasons } = field(record, '/grade') as { reasons: string[] };
    expect(reasons).toContain('a reasoning step was cut to 65536 characters');
    expect(reasons).toContain('reasoning steps found no room');
  });

  it('keeps outcome, alternatives and rules within bounds too', async () => {
    configureFor(api);
    const many = Array.from({ length: 200 }, (_, i) => ({ action: `a${i}`, reason: 'r'.repeat(10_000) }));
    const decide = ghost.agent({ name: 'a', version: '1', alternatives: () => many }, () => {
      ghost.current()?.decide('o'.repeat(5_000), { rules: many.map(({ reason }) => ({ id: reason, fired: true })) });
    });
    decide();
    const [record] = await delivered(api);
    const { reasons } = field(record, '/grade') as { reasons: string[] };
    expect(field(record, '/decision/outcome')).toHaveLength(1_024);
    expect(field(record, '/alternatives')).toHaveLength(13);
    expect(reasons).toEqual(
      expect.arrayContaining([
        'the outcome was cut to 1024 characters',
        'alternatives: 187 items found no room',
        'rules: 187 items found no room',
      ]),
    );
  });

  it('keeps a decision whose input is too large once it is encoded, without it', async () => {
    const { problems } = configureFor(api);
    const decide = ghost.agent({ name: 'a', version: '1' }, (text: string) => {
      ghost.current()?.step('本'.repeat(20_000));
      return text === '' ? 'no' : 'yes';
    });
    decide('日'.repeat(260_000));
    const [record] = await delivered(api);
    expect(problems).toEqual([]);
    expect(field(record, '/decision/outcome')).toBe('yes');
    expect(field(record, '/reasoning/0')).toHaveLength(20_000);
    expect(field(record, '/context/inputs') === null).toBe(true);
    expect(field(record, '/grade')).toMatchObject({
      grade: 'D',
      reasons: ['the input was left out: the record was too large with it', expect.anything()],
    });
  });

  it('keeps a decision that calls ten thousand tools', async () => {
    configureFor(api);
    const tick = ghost.tool('tick', { effect: 'read' }, (n: number) => n);
    const decide = ghost.agent({ name: 'a', version: '1' }, () => {
      for (let i = 0; i < 10_000; i += 1) tick(i);
      return 'x';
    });
    decide();
    const [record] = await delivered(api);
    const tape = field(record, '/tape') as unknown as TapeEntry[];
    expect(tape.length).toBeGreaterThan(1_000);
    const { grade, reasons } = field(record, '/grade') as { grade: string; reasons: string[] };
    expect(grade).toBe('C');
    expect(reasons.join()).toMatch(/calls found no room on the tape/);
  });
});
