import type { Screen } from '../../src/cli/output.js';
import type { DecisionChange, GateView } from '../../src/cli/views/gate.js';
import type { RunView } from '../../src/cli/views/run.js';
import type { GatePolicy } from '../../src/gate/index.js';
import type { DiffStep } from '../../src/replay/index.js';

/** A pipe: no colour. */
export const plain = (width = 120): Screen => ({ width, paint: (_style, text) => text });

export const policy: GatePolicy = {
  version: 1,
  name: 'pre-deploy',
  agent: 'underwriter',
  type: 'loan.approve',
  cohort: { size: 300, seed: 7, stratifyBy: [] },
  repeats: { control: 3, candidate: 1 },
  alpha: 0.05,
  maxFlipRate: 0.05,
  maxNotReplayable: 0.05,
  maxHarnessMismatch: 0.05,
  rationale: { maxShift: 0.05, forbidden: [{ id: 'age', terms: ['years old'], why: 'the law forbids it' }] },
  pinned: [],
  stake: { path: '/context/inputs/amount', unit: 'DM' },
  lanes: { model: 'tape', liveReads: false, timeoutMs: 10_000 },
  budget: { maxCalls: null, maxCost: null },
};

export const run: RunView = {
  run: 'run_C',
  lane: 'candidate',
  agent: 'underwriter@1.0.2',
  digest: 'ab'.repeat(32),
  status: 'done',
  note: null,
  repeats: 1,
  model: 'tape',
  liveReads: false,
  timeoutMs: 10_000,
  cohort: {
    id: 'coh_1',
    hash: 'h',
    size: 300,
    population: 1000,
    seed: 7,
    baseline: 'underwriter@1.0.0',
    type: 'loan.approve',
    session: null,
    strata: [{ stratum: 'all', population: 1000, drawn: 300 }],
  },
  runSeed: '00'.repeat(32),
  controlRun: 'run_K',
  entry: { id: 'ent_M', index: 1020 },
  createdAt: '2026-11-24T09:00:00.000Z',
  finishedAt: '2026-11-24T09:00:09.000Z',
  byStatus: { done: 300 },
  yield: { lane: 'candidate', planned: 300, completed: 300, share: 1, reasons: [] },
  calls: { served: 600, ran: 0, refused: 0, model: 0 },
  tokens: 0,
  cost: 0,
};

export const step = (
  mark: DiffStep['mark'],
  baseline: [number, string] | null,
  candidate: [number, string] | null,
  ...notes: string[]
): DiffStep => ({
  mark,
  baseline: baseline && { run: 0, step: baseline[0], text: baseline[1] },
  candidate: candidate && { step: candidate[0], text: candidate[1] },
  distance: null,
  notes,
});

export const change = (decision: string, more: Partial<DecisionChange> = {}): DecisionChange => ({
  decision,
  verdict: 'rationale-shift',
  flip: false,
  driftIndex: 0.61,
  pValue: 0.004,
  recordedOutcome: 'approve',
  control: [{ outcome: 'approve', runs: 3 }],
  candidate: [{ outcome: 'approve', runs: 1 }],
  steps: [],
  actions: { onlyControl: [], onlyCandidate: [] },
  because: [],
  baselineOutcome: 'approve',
  candidateOutcome: 'approve',
  stake: null,
  forbidden: [],
  ...more,
});

export const gate = (more: Partial<GateView> = {}): GateView => ({
  id: 'gate_R',
  name: 'rationale',
  status: 'fail',
  attempt: 1,
  baseline: 'underwriter@1.0.0',
  candidate: 'underwriter@1.0.2',
  session: null,
  policy,
  control: { ...run, run: 'run_K', lane: 'control', agent: 'underwriter@1.0.0', repeats: 3, controlRun: null },
  candidateRun: run,
  verdict: null,
  signed: { entry: 'ent_V', index: 51_240 },
  workflow: 'local:gate_R',
  changes: [],
  ...more,
});

export const rationaleGate = (): GateView => {
  const age = 'the applicant is 23 years old';
  return gate({
    verdict: {
      status: 'fail',
      rules: [
        {
          rule: 'flipRate',
          status: 'pass',
          line: 'observed 0/300 flips, upper bound 1 %; margin 5 %',
          decisions: [],
          figures: {},
          findings: [],
        },
        {
          rule: 'rationale',
          status: 'fail',
          line: '62/300 with the same outcome and other reasons, lower bound 16.9 %, limit 5 %; forbidden reason (age) in 1 decision: dec_AGE',
          decisions: ['dec_AGE', 'dec_SWAP'],
          figures: {},
          findings: [],
        },
      ],
      stakeAtRisk: null,
      flips: [],
      shifted: ['dec_AGE', 'dec_SWAP'],
    },
    changes: [
      change('dec_AGE', {
        steps: [
          step('same', [0, 'the amount is small'], [0, 'the amount is small']),
          step('added', null, [1, age]),
          step('dropped', [1, 'the checking account holds 200 DM or more'], null),
        ],
        because: ['one reason dropped, one added'],
        forbidden: [{ step: 1, reason: 'age', from: 20, to: 29 }],
      }),
      change('dec_SWAP', {
        driftIndex: 0.44,
        steps: [
          step(
            'changed',
            [0, 'a term of 24 months is within the limit'],
            [0, 'a term of 36 months is within the limit'],
            'number 24 → 36',
          ),
        ],
        because: ['number 24 → 36 in step 1'],
      }),
    ],
  });
};
