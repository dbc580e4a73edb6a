import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  evaluateQuorum,
  formatPolicy,
  formatRootVkey,
  formatVkey,
  NOTE_COSIGNATURE,
  NOTE_ED25519,
  parsePolicy,
  RecordError,
} from '@tenet-ledger/record';
import { nodeSigner } from './support.js';

const pub = (seed: number): Uint8Array => nodeSigner(seed).publicKey;
const log = `log ${formatVkey('log.example/acme/1', NOTE_ED25519, pub(1))}`;
const root = `root ${formatRootVkey('log.example/acme', pub(2))}`;
const witness = (name: string, seed: number): string =>
  `witness ${name} ${formatVkey(`${name}.example`, NOTE_COSIGNATURE, pub(seed))}`;

const full = [
  '# the auditor’s own file',
  `${log} https://log.example/acme/1`,
  root,
  '',
  ...[1, 2, 3].map((i) => witness(`X${i}`, 10 + i)),
  '\tgroup  X-witnesses\t2 X1 X2 X3 ',
  ...[1, 2, 3].map((i) => witness(`Y${i}`, 20 + i)),
  'group Y-witnesses any Y1 Y2 Y3',
  'group X-and-Y all X-witnesses Y-witnesses',
  'quorum X-and-Y',
].join('\n');

describe('parsePolicy', () => {
  it('reads the example of the specification, with our root line', () => {
    const policy = parsePolicy(full);
    expect(policy.logs.map((item) => [item.key.name, item.url])).toEqual([
      ['log.example/acme/1', 'https://log.example/acme/1'],
    ]);
    expect(policy.roots.map((key) => key.name)).toEqual(['log.example/acme']);
    expect(policy.witnesses).toHaveLength(6);
    expect(policy.groups.map(({ name, threshold }) => [name, threshold])).toEqual([
      ['X-witnesses', 2],
      ['Y-witnesses', 1],
      ['X-and-Y', 2],
    ]);
    expect(policy.quorum).toBe('X-and-Y');
  });

  it('writes text that reads back to the same policy', () => {
    const policy = parsePolicy(full);
    expect(parsePolicy(formatPolicy(policy))).toEqual(policy);
    expect(formatPolicy(parsePolicy(formatPolicy(policy)))).toBe(formatPolicy(policy));
  });

  it('may have nothing but a quorum line', () => {
    expect(parsePolicy('quorum none')).toEqual({ logs: [], witnesses: [], groups: [], roots: [], quorum: 'none' });
  });

  const small = Uint8Array.of(1, ...new Uint8Array(31));
  it.each<[string, string, string]>([
    ['no quorum', log, 'quorum'],
    ['two quorum lines', 'quorum none\nquorum none', 'line 2'],
    ['an unknown keyword', `${log}\nlogs x\nquorum none`, 'line 2'],
    ['a broken key', 'log abc\nquorum none', 'line 1'],
    [
      'the same log key twice',
      `${log}\nlog ${formatVkey('other.example/x/1', NOTE_ED25519, pub(1))}\nquorum none`,
      'twice',
    ],
    ['the same witness key twice', `${witness('A', 5)}\n${witness('B', 5)}\nquorum none`, 'twice'],
    ['the same root twice', `${root}\n${root}\nquorum none`, 'twice'],
    ['a witness key as a log key', `log ${formatVkey('l', NOTE_COSIGNATURE, pub(1))}\nquorum none`, 'type'],
    ['a log key as a witness key', `witness A ${formatVkey('l', NOTE_ED25519, pub(1))}\nquorum none`, 'type'],
    ['a key of small order', `log ${formatVkey('l', NOTE_ED25519, small)}\nquorum none`, 'small order'],
    ['a name used twice', `${witness('A', 5)}\ngroup A any A\nquorum none`, 'taken'],
    ['the name none', `${witness('none', 5)}\nquorum none`, 'taken'],
    ['a member defined below', `group G any A\n${witness('A', 5)}\nquorum none`, 'not defined'],
    ['none as a member', 'group G any none\nquorum none', 'not defined'],
    ['a group in itself', 'group G any G\nquorum none', 'not defined'],
    ['a member of two groups', `${witness('A', 5)}\ngroup G any A\ngroup H any A\nquorum none`, 'twice'],
    ['a member listed twice', `${witness('A', 5)}\ngroup G 1 A A\nquorum none`, 'twice'],
    ['a threshold of 0', `${witness('A', 5)}\ngroup G 0 A\nquorum none`, 'threshold'],
    ['a threshold above the members', `${witness('A', 5)}\ngroup G 2 A\nquorum none`, 'threshold'],
    ['a group without members', 'group G any\nquorum none', 'member'],
    ['an undefined quorum', 'quorum G', 'not defined'],
    ['a carriage return', 'quorum none\r\n', 'control'],
    ['a url on a root line', `${root} https://x\nquorum none`, 'nothing else'],
    ['a third word on a log line', `${log} https://x y\nquorum none`, 'at most a URL'],
  ])('refuses %s, naming the line', (_, text, message) => {
    expect(() => parsePolicy(text)).toThrow(RecordError);
    expect(() => parsePolicy(text)).toThrow(message);
  });
});

describe('evaluateQuorum', () => {
  const policy = parsePolicy(full);

  it.each([
    ['X1 X2 Y3', true],
    ['X1 X3 Y1 Y2', true],
    ['X1 Y1 Y2 Y3', false],
    ['X1 X2 X3', false],
    ['', false],
  ])('witnesses %j: met %s', (names, met) => {
    const cosigned = new Set(names.split(' ').filter((name) => name !== ''));
    expect(evaluateQuorum(policy, cosigned)).toEqual({ met, have: cosigned.size, need: 3 });
  });

  it('one more witness never unmakes a quorum', () => {
    const names = policy.witnesses.map((item) => item.name);
    fc.assert(
      fc.property(fc.subarray(names), fc.constantFrom(...names), (some, more) => {
        const before = evaluateQuorum(policy, new Set(some)).met;
        const after = evaluateQuorum(policy, new Set([...some, more])).met;
        expect(before && !after).toBe(false);
      }),
    );
  });

  it('a single witness can be the quorum, and "none" needs nobody', () => {
    const single = parsePolicy(`${witness('A', 5)}\nquorum A`);
    expect(evaluateQuorum(single, new Set())).toEqual({ met: false, have: 0, need: 1 });
    expect(evaluateQuorum(single, new Set(['A']))).toEqual({ met: true, have: 1, need: 1 });
    expect(evaluateQuorum(parsePolicy(`${witness('A', 5)}\nquorum none`), new Set())).toEqual({
      met: true,
      have: 0,
      need: 0,
    });
  });
});
