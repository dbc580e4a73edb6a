import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  controlStatistics,
  harnessMismatches,
  laneYield,
  laneYieldOfRows,
  modal,
  notReplayable,
  planShards,
  toDecisionRuns,
  type ResultRow,
} from '../../src/replay/index.js';
import { refused, result, row } from './support.js';

const LANES = [
  { lane: 'control', repeats: 3 },
  { lane: 'candidate', repeats: 1 },
] as const;

const arms = (decision: string, control: (string | null)[], candidate: (string | null)[]): ResultRow[] => {
  const of = (outcome: string | null) =>
    outcome === null ? refused(decision, 'replay.no_tape') : result(decision, { outcome });
  return [
    ...control.map((outcome, i) => row('control', i + 1, of(outcome))),
    ...candidate.map((outcome, i) => row('candidate', i + 1, of(outcome))),
  ];
};

describe('a run plan', () => {
  it('puts every ordinal of every repeat into exactly one shard, in order, of whole batches', () => {
    const sizes = fc.integer({ min: 1, max: 500 });
    fc.assert(
      fc.property(sizes, fc.integer({ min: 1, max: 4 }), sizes, sizes, (size, repeats, shardSize, batchSize) => {
        const seen = new Map<number, number[]>();
        for (const shard of planShards({ size, repeats, shardSize, batchSize })) {
          const { after, until } = shard;
          expect((until - after) % batchSize === 0 || until === size).toBe(true);
          const own = seen.get(shard.repeat) ?? [];
          seen.set(shard.repeat, own);
          for (let ord = after + 1; ord <= until; ord += 1) own.push(ord);
        }
        const all = Array.from({ length: size }, (_, i) => i + 1);
        expect([...seen]).toEqual(Array.from({ length: repeats }, (_, i) => [i + 1, all]));
      }),
    );
  });

  it('refuses a batch of nothing', () => {
    expect(() => planShards({ size: 1, repeats: 1, shardSize: 1, batchSize: 0 })).toThrow(
      expect.objectContaining({ code: 'input.invalid' }),
    );
  });
});

describe('not replayable', () => {
  it.each([
    ['all re-runs usable', ['a', 'a', 'a'], ['a'], null],
    ['one control re-run refused', ['a', null, 'a'], ['a'], null],
    ['two control re-runs refused', ['a', null, null], ['a'], 'replay.no_tape'],
    ['the candidate refused', ['a', 'a', 'a'], [null], 'replay.no_tape'],
    ['a control re-run without a row', ['a'], ['a'], 'replay.missing'],
    ['no candidate row at all', ['a', 'a', 'a'], [], 'replay.missing'],
  ])('%s', (_name, control, candidate, code) => {
    const rows = arms('dec_A', control, candidate);
    expect(notReplayable(['dec_A'], rows, LANES).map((item) => item.code)).toEqual(code === null ? [] : [code]);
    expect(
      toDecisionRuns(
        rows,
        rows.filter((r) => r.lane === 'candidate'),
      ).length === 1 || code !== null,
    ).toBe(true);
  });

  it('lists a decision once, says how far it fell short, and covers the cohort together with the comparable ones', () => {
    const rows = [...arms('dec_B', [null, null, null], [null]), ...arms('dec_A', ['a', 'a', 'b'], ['a'])];
    const out = notReplayable(['dec_C', 'dec_B', 'dec_A'], rows, LANES);
    expect(out.map(({ decision }) => decision)).toEqual(['dec_B', 'dec_C']);
    expect(out[0]?.message).toBe('control arm: 0 of 3 re-runs usable, 2 needed; re-run 1: no such call on the tape');
    const control = rows.filter((r) => r.lane === 'control');
    const candidate = rows.filter((r) => r.lane === 'candidate');
    expect(toDecisionRuns(control, candidate).map((runs) => runs.decision)).toEqual(['dec_A']);
  });
});

describe('replay yield', () => {
  it('is the share of planned re-runs that completed, with reasons by frequency, missing ones counted', () => {
    const rows = [...arms('dec_A', ['a', null, 'a'], []), ...arms('dec_B', ['a', null, null], [])];
    const lane = laneYieldOfRows('control', 9, [...rows, row('control', 1, refused('dec_C', 'replay.timeout'))]);
    expect(lane).toEqual({
      lane: 'control',
      planned: 9,
      completed: 3,
      share: 1 / 3,
      reasons: [
        { code: 'replay.no_tape', count: 3 },
        { code: 'replay.missing', count: 2 },
        { code: 'replay.timeout', count: 1 },
      ],
    });
    expect(laneYield('candidate', 0, []).share).toBe(0);
  });
});

describe('comparable runs', () => {
  it('keep the order of repeats, drop refused ones, and compare actions as a set of name and key', () => {
    const action = (key: string) => ({
      name: 'letter.send',
      key,
      args: { text: Math.random() },
      effect: 'irreversible' as const,
    });
    const control = [
      row('control', 3, result('dec_A', { outcome: 'c' })),
      row('control', 1, result('dec_A', { outcome: 'a', proposedActions: [action('2'), action('1'), action('2')] })),
      row('control', 2, refused('dec_A', 'replay.fence')),
    ];
    const [runs] = toDecisionRuns(control, [row('candidate', 1, result('dec_A'))]);
    expect(runs?.baseline.map((run) => run.outcome)).toEqual(['a', 'c']);
    expect(runs?.baseline[0]?.actions).toEqual(['letter.send 1', 'letter.send 2']);
  });
});

describe('the control arm', () => {
  const run = (outcome: string, ...steps: string[]) => ({ outcome, steps, actions: [] });

  it('is measured over all pairs of its re-runs', () => {
    const stats = controlStatistics([
      { baseline: [run('a', 'x'), run('a', 'y'), run('a', 'x')] },
      { baseline: [run('a', 'x'), run('b', 'x'), run('a', 'x')] },
    ]);
    expect(stats).toMatchObject({
      decisions: 2,
      pairs: 6,
      differentText: 2,
      differentOutcome: 2,
      unstableDecisions: 1,
    });
  });

  it('has no modal outcome in a tie', () => {
    expect(modal(['a', 'b', 'a'])).toBe('a');
    expect(modal(['a', 'b'])).toBeNull();
    expect(modal(['a', 'b', 'b', 'a', 'c'])).toBeNull();
    expect(modal([])).toBeNull();
  });

  it('mismatches the record when its modal outcome is another one or the record is gone, not in a tie', () => {
    const decisions = [
      { decision: 'same', baseline: [run('a'), run('a'), run('b')] },
      { decision: 'other', baseline: [run('b'), run('b'), run('b')] },
      { decision: 'tie', baseline: [run('a'), run('b')] },
      { decision: 'erased', baseline: [run('a'), run('a')] },
    ];
    const recorded = new Map([
      ['same', 'a'],
      ['other', 'a'],
      ['tie', 'c'],
    ]);
    expect(harnessMismatches(decisions, recorded)).toEqual(['other', 'erased']);
  });
});
