import type { DecisionDrift, DecisionVerdict } from '../../src/drift/index.js';
import { checkPolicy, type DecisionFacts, type GateFacts, type GatePolicy } from '../../src/gate/index.js';

/** A complete policy file: every key, with what it means. */
export const SAMPLE_POLICY = `# Gate for a new version of the underwriter.
version: 1
name: pre-deploy
agent: underwriter            # without a version: baseline and candidate are given when the gate is run
type: loan.approve

cohort:
  size: 300                   # decisions drawn from the recorded ones
  seed: 7                     # the same seed draws the same decisions
  stratifyBy: [/context/inputs/purpose]
repeats:
  control: 3                  # re-runs of the baseline version: the noise floor
  candidate: 1

alpha: 5 %                    # chance to pass a candidate that is at the margin
maxFlipRate: 5 %              # proven to flip less often than this
maxNotReplayable: 5%
maxHarnessMismatch: 0.01

rationale:
  maxShift: 5 %               # share of decisions with the same outcome for other reasons
  forbidden:
    - id: age
      terms: [age, years old, young]
      why: age is a protected characteristic

pinned:                       # must not come out otherwise, whatever the rates
  - decision: dec_7Q2K
    outcome: approve
    note: the case of the 2025 complaint
  - decision: dec_9M1A

stake: { path: /context/inputs/amount, unit: DM }
lanes: { model: tape, liveReads: false, timeoutMs: 5000 }
budget: { maxCalls: 1000, maxCost: null }
`;

export function policy(over: Partial<GatePolicy> = {}): GatePolicy {
  const checked = checkPolicy('version: 1\nname: g\nagent: underwriter\ntype: loan.approve\n').policy;
  if (checked === null) throw new Error('the smallest policy is not valid');
  return { ...checked, ...over };
}

interface Spec {
  readonly verdict?: DecisionVerdict;
  readonly control?: readonly string[];
  readonly candidate?: readonly string[];
  readonly candidateSteps?: readonly (readonly string[])[];
  readonly baselineSteps?: readonly (readonly string[])[];
  readonly because?: readonly string[];
  readonly stake?: number | null;
}

/** A compared decision; flip and modal outcomes follow from the runs as drift has them: a tie is no outcome and no flip. */
export function compared(decision: string, spec: Spec = {}): DecisionFacts {
  const { control = ['a', 'a', 'a'], candidate = ['a'] } = spec;
  const [was, is] = [modal(control), modal(candidate)];
  const flip = was !== null && is !== null && was !== is;
  const stable = new Set(control).size === 1 && is !== null;
  const drift: DecisionDrift = {
    decision,
    verdict: spec.verdict ?? (!stable ? 'unstable-baseline' : flip ? 'full-shift' : 'stable'),
    flip,
    baselineOutcome: was,
    candidateOutcome: is,
    actionsChanged: false,
    driftIndex: flip ? 1 : 0,
    pValue: null,
    pValues: null,
    channels: [],
    because: spec.because ?? [],
    candidateRun: 0,
    pairs: [],
  };
  return {
    drift,
    candidateSteps: spec.candidateSteps ?? candidate.map(() => []),
    baselineSteps: spec.baselineSteps ?? control.map(() => []),
    candidateAnswers: candidate,
    baselineAnswers: control,
    candidateOutcomes: candidate,
    stake: spec.stake ?? null,
  };
}

function modal(values: readonly string[]): string | null {
  const counts = [...new Set(values)].map((value) => [value, values.filter((own) => own === value).length] as const);
  const most = Math.max(...counts.map(([, count]) => count));
  const top = counts.filter(([, count]) => count === most);
  return top.length === 1 ? (top[0]?.[0] ?? null) : null;
}

export const many = (count: number, prefix: string, spec: Spec = {}): DecisionFacts[] =>
  Array.from({ length: count }, (_, i) => compared(`dec_${prefix}${i}`, spec));

export function facts(decisions: readonly DecisionFacts[], over: Partial<GateFacts> = {}): GateFacts {
  const refused = over.notReplayable?.length ?? 0;
  return {
    cohortSize: decisions.length + refused,
    decisions,
    notReplayable: [],
    harnessMismatch: [],
    spent: { calls: 0, cost: 0 },
    budgetStopped: null,
    ...over,
  };
}

export const notReplayable = (count: number, code = 'replay.no_tape'): GateFacts['notReplayable'] =>
  Array.from({ length: count }, (_, i) => ({ decision: `dec_r${i}`, code, message: 'no such call' }));

/** A small seeded generator (mulberry32). */
export function generator(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 0x1_0000_0000;
  };
}
