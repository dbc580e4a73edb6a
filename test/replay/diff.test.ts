import { describe, expect, it } from 'vitest';
import type { DecisionDrift, DecisionRuns } from '../../src/drift/index.js';
import { diffDecision, triage } from '../../src/replay/index.js';

const runs: DecisionRuns = {
  decision: 'dec_A',
  baseline: [
    { outcome: 'deny', steps: ['income below 3x', 'two late payments', 'rule R-12'], actions: ['letter.send a:deny'] },
    { outcome: 'deny', steps: ['rule R-12', 'income is under 3x'], actions: ['letter.send a:deny'] },
  ],
  candidate: [
    {
      outcome: 'approve',
      steps: ['income above 2x', 'rule R-12', 'long customer'],
      actions: ['letter.send a:approve'],
    },
  ],
};

const drift: DecisionDrift = {
  decision: 'dec_A',
  verdict: 'full-shift',
  flip: true,
  baselineOutcome: 'deny',
  candidateOutcome: 'approve',
  actionsChanged: true,
  driftIndex: 0.91,
  pValue: 0.004,
  pValues: null,
  channels: [
    {
      channel: 'number',
      value: 1,
      evidence: [{ candidateStep: 0, baselineStep: { run: 0, step: 0 }, note: 'number 3 → 2' }],
    },
    {
      channel: 'structure',
      value: 0.4,
      evidence: [{ candidateStep: null, baselineStep: { run: 0, step: 1 }, note: 'dropped' }],
    },
  ],
  because: ['number 3 → 2 in step 1'],
  candidateRun: 0,
  pairs: [
    { candidate: null, baseline: { run: 0, step: 1 }, distance: null },
    { candidate: 1, baseline: { run: 1, step: 0 }, distance: 0 },
    { candidate: 2, baseline: null, distance: null },
    { candidate: 0, baseline: { run: 0, step: 0 }, distance: 0.2 },
  ],
};

describe('a decision diff', () => {
  it('lines up steps in the order of the candidate and marks what happened to each', () => {
    const diff = diffDecision({ runs, drift, recordedOutcome: 'deny' });
    expect(
      diff.steps.map(({ mark, candidate, baseline, notes }) => [
        mark,
        candidate?.text ?? null,
        baseline?.text ?? null,
        notes,
      ]),
    ).toEqual([
      ['changed', 'income above 2x', 'income below 3x', ['number 3 → 2']],
      ['same', 'rule R-12', 'rule R-12', []],
      ['added', 'long customer', null, []],
      ['dropped', null, 'two late payments', ['dropped']],
    ]);
    expect(diff.control).toEqual([{ outcome: 'deny', runs: 2 }]);
    expect(diff.actions).toEqual({ onlyControl: ['letter.send a:deny'], onlyCandidate: ['letter.send a:approve'] });
  });

  it('calls other words without an edit reworded', () => {
    const pairs = [{ candidate: 0, baseline: { run: 1, step: 1 }, distance: 0.3 }];
    const diff = diffDecision({ runs, drift: { ...drift, pairs, channels: [] }, recordedOutcome: null });
    expect(diff.steps.map(({ mark }) => mark)).toEqual(['reworded']);
  });

  it('reads baseline steps from the re-run that the pair names', () => {
    const textOf = (run: number): string | undefined => {
      const pairs = [{ candidate: 1, baseline: { run, step: 0 }, distance: 0 }];
      return diffDecision({ runs, drift: { ...drift, pairs }, recordedOutcome: null }).steps[0]?.baseline?.text;
    };
    expect([textOf(0), textOf(1)]).toEqual(['income below 3x', 'rule R-12']);
  });

  it('leaves out a pair that points at a step which is not there', () => {
    const pairs = [{ candidate: 9, baseline: { run: 7, step: 0 }, distance: 0.3 }];
    expect(diffDecision({ runs, drift: { ...drift, pairs }, recordedOutcome: null }).steps).toEqual([]);
  });
});

describe('the triage list', () => {
  it('has flips first, then the largest drift, then the id', () => {
    const of = (decision: string, flip: boolean, driftIndex: number) => ({ ...drift, decision, flip, driftIndex });
    const list = triage([of('d', false, 0.9), of('b', true, 0.1), of('c', false, 0.2), of('a', false, 0.2)]);
    expect(list.map(({ decision }) => decision)).toEqual(['b', 'd', 'a', 'c']);
  });
});
