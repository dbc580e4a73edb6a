import { createHash, randomBytes } from 'node:crypto';
import { verifyInclusion } from '@tenet-ledger/record';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  parseReplayResult,
  parseResultLine,
  resultsTree,
  rowHash,
  rowText,
  toResultRow,
  unusableResult,
} from '../../src/replay/index.js';
import { refused, result } from './support.js';

describe('a result row', () => {
  it('leaves out what differs between machines and live calls, and keeps all the rest', () => {
    const row = toResultRow(result('dec_A'), 'run_1', 'control', 2, new Uint8Array(16));
    expect(row).not.toHaveProperty('durMs');
    expect(row).not.toHaveProperty('liveCalls');
    expect(row).toMatchObject({
      v: 1,
      run: 'run_1',
      lane: 'control',
      repeat: 2,
      decision: 'dec_A',
      salt: 'A'.repeat(22),
    });
    const slower = toResultRow(result('dec_A', { durMs: 99 }), 'run_1', 'control', 2, new Uint8Array(16));
    expect(rowText(slower)).toBe(rowText(row));
  });

  it('hashes to the RFC 6962 leaf hash of its canonical text', () => {
    const row = toResultRow(result('dec_Å'), 'run_1', 'control', 1, randomBytes(16));
    const expected = createHash('sha256')
      .update(Buffer.concat([Buffer.from([0]), Buffer.from(rowText(row))]))
      .digest('hex');
    expect(Buffer.from(rowHash(row)).toString('hex')).toBe(expected);
  });

  it('needs a salt of 16 bytes', () => {
    expect(() => toResultRow(result('d'), 'r', 'control', 1, new Uint8Array(8))).toThrow(
      expect.objectContaining({ code: 'input.invalid' }),
    );
  });
});

describe('the results root', () => {
  const keys = fc.uniqueArray(
    fc.record({
      lane: fc.constantFrom('control' as const, 'candidate' as const),
      repeat: fc.integer({ min: 1, max: 12 }),
      decision: fc.string({ minLength: 1, maxLength: 6, unit: 'binary-ascii' }),
    }),
    { minLength: 1, maxLength: 40, selector: (key) => JSON.stringify(key) },
  );
  const hashed = (rows: readonly { lane: 'control' | 'candidate'; repeat: number; decision: string }[]) =>
    rows.map((key) => ({ ...key, hash: createHash('sha256').update(JSON.stringify(key)).digest() }));

  it('is the same for any order of the rows, and every row has a proof that verifies', () => {
    fc.assert(
      fc.property(keys, (rows) => {
        const tree = resultsTree(hashed(rows));
        expect(resultsTree(hashed(rows).reverse()).root).toEqual(tree.root);
        for (const { hash, ...key } of hashed(rows)) {
          const { index, proof } = tree.proofOf(key)!;
          expect(tree.order[index]).toEqual(key);
          expect(verifyInclusion({ leafHash: hash, index, size: tree.size, proof, root: tree.root })).toBe(true);
        }
      }),
      { numRuns: 60 },
    );
  });

  it('sorts by lane, then repeat as a number, then decision', () => {
    const rows = hashed([
      { lane: 'control', repeat: 10, decision: 'a' },
      { lane: 'control', repeat: 2, decision: 'b' },
      { lane: 'control', repeat: 2, decision: 'B' },
      { lane: 'candidate', repeat: 1, decision: 'z' },
    ]);
    const order = resultsTree(rows).order.map(({ lane, repeat, decision }) => `${lane} ${repeat} ${decision}`);
    expect(order).toEqual(['candidate 1 z', 'control 2 B', 'control 2 b', 'control 10 a']);
  });

  it('refuses two rows of one key and has no proof for a row it does not hold', () => {
    const one = hashed([{ lane: 'control', repeat: 1, decision: 'a' }]);
    expect(() => resultsTree([...one, ...one])).toThrow(expect.objectContaining({ code: 'input.invalid' }));
    expect(resultsTree(one).proofOf({ lane: 'control', repeat: 2, decision: 'a' })).toBeNull();
    expect(Buffer.from(resultsTree([]).root).toString('hex')).toBe(createHash('sha256').digest('hex'));
  });
});

describe('a posted result', () => {
  it('is accepted as it stands when it fits', () => {
    const posted = result('dec_A', {
      proposedActions: [{ name: 'letter.send', key: 'a:approve', args: { to: ['a'] }, effect: 'irreversible' }],
      liveCalls: [
        {
          v: 1,
          n: 1,
          kind: 'tool',
          name: 't',
          effect: 'read',
          key: 'k',
          args: null,
          result: [1],
          startedMs: 0,
          durMs: 1,
        },
      ],
    });
    expect(parseReplayResult(posted)).toEqual(posted);
    expect(parseResultLine(JSON.stringify(refused('dec_A', 'replay.no_tape')), 65_536).refusal?.code).toBe(
      'replay.no_tape',
    );
    expect(parseReplayResult(unusableResult('dec_A', 'invalid', 'replay.invalid_result', 'x')).status).toBe('invalid');
  });

  it.each<[string, object, string]>([
    ['NaN as confidence', { confidence: Number.NaN }, '/confidence'],
    ['an infinite cost', { usage: { promptTokens: 0, completionTokens: 0, cost: Infinity } }, '/usage/cost'],
    ['an unknown member', { verdict: 'pass' }, '/verdict'],
    ['an unknown member deep inside', { calls: { served: 0, run: 0, refused: 0, model: 0, x: 1 } }, '/calls/x'],
    ['a step that is not text', { reasoning: ['a', 7] }, '/reasoning/1'],
    ['a step of ten megabytes', { reasoning: ['x'.repeat(10_000_000)] }, '/reasoning/0'],
    ['too many steps', { reasoning: Array.from({ length: 1001 }, () => 'x') }, '/reasoning'],
    ['done without an outcome', { outcome: null }, '/outcome'],
    ['an empty outcome', { outcome: '' }, '/outcome'],
    ['refused without a reason', { status: 'refused', outcome: null }, '/refusal'],
    ['done with a refusal', { refusal: { code: 'replay.threw', message: '' } }, '/refusal'],
    ['a status that does not exist', { status: 'ok' }, '/status'],
    ['a negative count', { calls: { served: -1, run: 0, refused: 0, model: 0 } }, '/calls/served'],
    ['a decision id with a line break', { decision: 'dec_\nA' }, '/decision'],
    ['a lone surrogate', { reasoning: ['\ud800'] }, '/reasoning'],
    [
      'an action whose arguments are not JSON',
      { proposedActions: [{ name: 'n', key: 'k', args: { at: new Date(0) }, effect: 'write' }] },
      '/proposedActions/0/args/at',
    ],
    [
      'an action of a harmless effect',
      { proposedActions: [{ name: 'n', key: 'k', args: 1, effect: 'read' }] },
      '/proposedActions/0/effect',
    ],
  ])('is refused for %s, with the path', (_name, over, field) => {
    const parse = () => parseReplayResult({ ...result('dec_A'), ...over });
    expect(parse).toThrow(
      expect.objectContaining({ code: 'input.invalid', details: expect.objectContaining({ field }) as unknown }),
    );
  });

  it.each([
    ['is not JSON', '{', 'input.invalid'],
    ['names a member twice', '{"decision":"a","decision":"b"}', 'input.invalid'],
    [
      'is larger than the lane allows',
      JSON.stringify(result('dec_A', { reasoning: ['ü'.repeat(2_000)] })),
      'input.too_large',
    ],
  ])('is refused when the line %s', (_name, line, code) => {
    expect(() => parseResultLine(line, 4_000)).toThrow(expect.objectContaining({ code }));
  });
});
