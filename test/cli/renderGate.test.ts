import { describe, expect, test } from 'vitest';
import { decisionDiffLines, diffLines, type DiffView } from '../../src/cli/render/diff.js';
import { GATE_EXIT, gateLines } from '../../src/cli/render/gate.js';
import { runLines } from '../../src/cli/render/run.js';
import { forbiddenMarks } from '../../src/cli/views/gate.js';
import { termMatchers } from '../../src/gate/index.js';
import { change, gate, plain, policy, rationaleGate, run, step } from './views.js';

const flipped = (count: number) =>
  Array.from({ length: count }, (_, at) =>
    change(`dec_${at}`, {
      flip: true,
      verdict: 'full-shift',
      candidateOutcome: 'refer',
      driftIndex: 0.91,
      stake: 3200 + at,
      because: ['number 24 → 36 in step 1'],
    }),
  );

describe('gate show', () => {
  test('a rationale that changed under unchanged outcomes is seen in one view', () => {
    expect(gateLines(rationaleGate(), plain())).toEqual([
      'gate rationale   underwriter@1.0.0 → underwriter@1.0.2   300 of 1,000 decisions, seed 7   margin 5 %   alpha 5 %',
      'flips 0 of 300   success 100 % of 300 re-runs   reasons changed in 2 (0.7 %)',
      '  PASS         flipRate            observed 0/300 flips, upper bound 1 %; margin 5 %',
      '  FAIL         rationale           62/300 with the same outcome and other reasons, lower bound 16.9 %, limit 5 %;',
      '                                   forbidden reason (age) in 1 decision: dec_AGE',
      '',
      'Same outcome, other reasons: 2',
      'dec_AGE  approve = approve  rationale-shift  drift 0.61  p 0.004',
      '    baseline underwriter@1.0.0                               candidate underwriter@1.0.2',
      '  ≠ 2 [-the checking account holds 200 DM or more-]          2 the applicant is 23 {+years old+}',
      '                                                             ↑ forbidden: age',
      '    because one reason dropped, one added',
      'dec_SWAP  approve = approve  rationale-shift  drift 0.44  p 0.004',
      '    baseline underwriter@1.0.0                               candidate underwriter@1.0.2',
      '  ≠ 1 a term of [-24-] months is within the limit            1 a term of {+36+} months is within the limit',
      '                                                             ↑ number 24 → 36',
      '',
      'FAIL  signed as leaf 51,240   next: tenet replay diff gate_R --decision dec_AGE                                   exit 3',
    ]);
  });

  test('on a narrow screen the two sentences stand one under the other', () => {
    const lines = gateLines(rationaleGate(), plain(80));
    expect(lines).toContain('  - 1 a term of [-24-] months is within the limit');
    expect(lines).toContain('  + 1 a term of {+36+} months is within the limit');
    expect(lines.filter((line) => line.length > 80)).toEqual([]);
  });

  test('flips are named with what changed and what is at stake, and the rest is one command away', () => {
    const verdict = {
      status: 'fail',
      rules: [],
      stakeAtRisk: 81_234,
      flips: flipped(24).map((c) => c.decision),
      shifted: [],
    } as const;
    const lines = gateLines(gate({ verdict, changes: flipped(12) }), plain());
    expect(lines[1]).toBe('flips 24 of 300   success 100 % of 300 re-runs   reasons changed in 0   at stake 81,234 DM');
    expect(lines.slice(2, 6)).toEqual([
      '',
      'DECISION  BASELINE  CANDIDATE  DRIFT  AT STAKE  WHAT CHANGED',
      'dec_0     approve   refer       0.91  3,200 DM  number 24 → 36 in step 1',
      'dec_1     approve   refer       0.91  3,201 DM  number 24 → 36 in step 1',
    ]);
    expect(lines).toContain('… 2 more: tenet replay diff gate_R --flips -o jsonl');
  });

  test('on a narrow screen what changed stands below its decision; the outcome is not said twice', () => {
    const because = ['outcome approve → refer', 'proposed actions changed', 'number 24 → 36 in step 1'];
    const changes = flipped(1).map((one) => ({ ...one, because }));
    expect(gateLines(gate({ changes }), plain(80)).slice(-6, -3)).toEqual([
      'DECISION  BASELINE  CANDIDATE  DRIFT  AT STAKE',
      'dec_0     approve   refer       0.91  3,200 DM',
      '    number 24 → 36 in step 1; proposed actions changed',
    ]);
  });

  test('a gate that has not ended says how to look again', () => {
    expect(gateLines(gate({ status: 'pending', signed: null }), plain()).at(-1)).toMatch(
      /^PENDING {2}not signed yet {3}next: tenet gate show gate_R --wait +exit 8$/,
    );
  });

  test('each verdict has its exit code', () => {
    expect(GATE_EXIT).toEqual({ pass: 0, fail: 3, inconclusive: 5, pending: 8 });
  });

  test('what an agent wrote reaches the screen spelled out', () => {
    const evil = 'go\u001b[2J\u202e\nnext';
    const hostile = gate({
      name: evil,
      changes: [
        change('dec_H', { steps: [step('added', null, [0, evil], evil)], because: [evil], baselineOutcome: evil }),
      ],
    });
    for (const width of [60, 120]) {
      const text = gateLines(hostile, plain(width)).join('');
      expect(text).not.toMatch(/[\p{Cc}\p{Cf}]/u);
      expect(text).toContain('\\u001b[2J\\u202e⏎next');
    }
  });
});

describe('marks of forbidden reasons', () => {
  const matchers = termMatchers([{ id: 'age', terms: ['age', 'years old'], why: '' }]);

  test('stand where the term stands', () => {
    expect(forbiddenMarks(2, 'At 23 years old, age counts; average does not', matchers)).toEqual([
      { step: 2, reason: 'age', from: 6, to: 15 },
      { step: 2, reason: 'age', from: 17, to: 20 },
    ]);
  });

  test('cover the whole step where the term is hidden by invisible characters', () => {
    expect(forbiddenMarks(0, 'a\u200bge', matchers)).toEqual([{ step: 0, reason: 'age', from: 0, to: 4 }]);
  });
});

const diff: DiffView = {
  gate: { id: 'gate_P', name: 'policy', baseline: 'underwriter@4.2.0', candidate: 'underwriter@4.3.0', policy },
  decisions: 486,
  flips: 11,
  control: {
    decisions: 486,
    pairs: 1458,
    differentText: 1360,
    differentOutcome: 9,
    differentActions: 0,
    unstableDecisions: 3,
  },
  controlRepeats: 3,
  yields: [
    { lane: 'control', planned: 1500, completed: 1500, share: 1, reasons: [] },
    { lane: 'candidate', planned: 500, completed: 486, share: 0.972, reasons: [] },
  ],
  notReplayable: 14,
  changes: flipped(25),
};

describe('replay diff', () => {
  test('counts flips beside the control arm’s own, then lists what changed', () => {
    const lines = diffLines(diff, plain(), { all: false });
    expect(lines.slice(0, 5)).toEqual([
      '486 decisions · candidate underwriter@4.3.0 vs baseline underwriter@4.2.0 · control arm ×3',
      'outcome flips 11 (2.3 %)   control 9 (0.6 %)   not replayable 14',
      'control arm: other words in 93.3 % of its pairs   yield control 100 %, candidate 97.2 %',
      'DECISION  BASELINE  CANDIDATE  DRIFT  AT STAKE  WHAT CHANGED',
      'dec_0     approve   refer       0.91  3,200 DM  number 24 → 36 in step 1',
    ]);
    expect(lines.slice(-2)).toEqual([
      '… 5 more: tenet replay diff gate_P --all',
      'next: tenet replay diff gate_P --decision dec_0',
    ]);
    expect(diffLines(diff, plain(), { all: true }).filter((line) => line.startsWith('dec_'))).toHaveLength(25);
  });

  test('one decision is shown step by step, unchanged steps included', () => {
    const [first] = rationaleGate().changes;
    if (first === undefined) throw new Error('the fixture has no change');
    expect(
      decisionDiffLines(
        diff,
        { ...first, actions: { onlyControl: ['letter.send a'], onlyCandidate: ['letter.send b'] } },
        plain(),
      ),
    ).toEqual([
      'dec_AGE  approve = approve  rationale-shift  drift 0.61  p 0.004',
      'recorded approve   control arm approve ×3   candidate approve ×1',
      '    baseline underwriter@4.2.0                               candidate underwriter@4.3.0',
      '    1 the amount is small                                    1 the amount is small',
      '  ≠ 2 [-the checking account holds 200 DM or more-]          2 the applicant is 23 {+years old+}',
      '                                                             ↑ forbidden: age',
      'Proposed actions',
      '  - letter.send a  only the baseline proposed it',
      '  + letter.send b  only the candidate proposed it',
      'because one reason dropped, one added',
      'next: tenet decision show dec_AGE',
    ]);
  });
});

describe('replay show', () => {
  test('says why re-runs did not come to an outcome', () => {
    const stopped = {
      ...run,
      status: 'not_available',
      note: 'no worker answered in 30 s',
      byStatus: { done: 280, refused: 12, timeout: 1 },
      yield: {
        lane: 'candidate',
        planned: 300,
        completed: 280,
        share: 280 / 300,
        reasons: [
          { code: 'replay.no_tape', count: 12 },
          { code: 'replay.missing', count: 7 },
        ],
      },
    } as const;
    expect(runLines(stopped, plain())).toEqual([
      'run_C  candidate lane  underwriter@1.0.2 ×1  code abab…ab',
      'Status        not available: no worker answered in 30 s',
      'Cohort        300 of 1,000 decisions loan.approve, seed 7, 1 stratum, baseline underwriter@1.0.0',
      'Re-runs       done 280 · refused 12 · timeout 1  of 300',
      'Yield         93.3 % completed without a refusal',
      'Refused       replay.no_tape 12',
      '              replay.missing 7',
      'Calls         served from tape 600 · run 0 · refused 0 · model, live 0',
      'Lane          model calls from the tape, live reads refused, time-out 10 s',
      'Manifest      ent_M, leaf 1,020',
      'Control arm   run_K',
    ]);
  });
});
