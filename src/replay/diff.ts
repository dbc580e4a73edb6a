import type { DecisionDrift, DecisionRuns, Evidence, ReasoningRun, StepPair } from '../drift/index.js';
import { groupBy } from './groupBy.js';
import { compareText } from './order.js';

export interface OutcomeCount {
  readonly outcome: string;
  readonly runs: number;
}

/** `same`: character for character. `changed`: a channel points at the pair. `reworded`: other words, no edit seen. */
export type StepMark = 'same' | 'reworded' | 'changed' | 'added' | 'dropped';

export interface DiffStep {
  readonly mark: StepMark;
  readonly baseline: { readonly run: number; readonly step: number; readonly text: string } | null;
  readonly candidate: { readonly step: number; readonly text: string } | null;
  readonly distance: number | null;
  readonly notes: readonly string[];
}

/** Baseline, control arm and candidate of one decision side by side: data for `replay diff`, text left as recorded. */
export interface DecisionDiff {
  readonly decision: string;
  readonly verdict: DecisionDrift['verdict'];
  readonly flip: boolean;
  readonly driftIndex: number;
  readonly pValue: number | null;
  readonly recordedOutcome: string | null;
  /** Most frequent first. */
  readonly control: readonly OutcomeCount[];
  readonly candidate: readonly OutcomeCount[];
  /** In the candidate's order; dropped baseline steps last. */
  readonly steps: readonly DiffStep[];
  readonly actions: { readonly onlyControl: readonly string[]; readonly onlyCandidate: readonly string[] };
  readonly because: readonly string[];
}

export interface DiffRequest {
  readonly runs: DecisionRuns;
  readonly drift: DecisionDrift;
  readonly recordedOutcome: string | null;
}

export function diffDecision(request: DiffRequest): DecisionDiff {
  const { runs, drift, recordedOutcome } = request;
  const evidence = drift.channels.flatMap((channel) => channel.evidence);
  const candidate = runs.candidate[drift.candidateRun];
  const steps = drift.pairs.flatMap((pair) => diffStep(pair, runs.baseline, candidate, evidence));
  return {
    decision: drift.decision,
    verdict: drift.verdict,
    flip: drift.flip,
    driftIndex: drift.driftIndex,
    pValue: drift.pValue,
    recordedOutcome,
    control: countOutcomes(runs.baseline),
    candidate: countOutcomes(runs.candidate),
    steps: steps.sort(compareSteps),
    actions: compareActions(runs),
    because: drift.because,
  };
}

export interface TriageLine {
  readonly decision: string;
  readonly flip: boolean;
  readonly verdict: DecisionDrift['verdict'];
  readonly baselineOutcome: string | null;
  readonly candidateOutcome: string | null;
  readonly driftIndex: number;
  readonly pValue: number | null;
  readonly because: readonly string[];
}

/** The list to look through: flips first, then by size. A sort, not a claim about any one decision. */
export function triage(drifts: readonly DecisionDrift[]): TriageLine[] {
  return [...drifts]
    .sort(
      (a, b) => Number(b.flip) - Number(a.flip) || b.driftIndex - a.driftIndex || compareText(a.decision, b.decision),
    )
    .map(({ decision, flip, verdict, baselineOutcome, candidateOutcome, driftIndex, pValue, because }) => ({
      decision,
      flip,
      verdict,
      baselineOutcome,
      candidateOutcome,
      driftIndex,
      pValue,
      because,
    }));
}

function diffStep(
  pair: StepPair,
  baselineRuns: readonly ReasoningRun[],
  candidateRun: ReasoningRun | undefined,
  evidence: readonly Evidence[],
): DiffStep[] {
  const before = pair.baseline ? baselineRuns[pair.baseline.run]?.steps[pair.baseline.step] : undefined;
  const after = pair.candidate === null ? undefined : candidateRun?.steps[pair.candidate];
  const baseline = pair.baseline && before !== undefined ? { ...pair.baseline, text: before } : null;
  const candidate = pair.candidate !== null && after !== undefined ? { step: pair.candidate, text: after } : null;
  if (baseline === null && candidate === null) return [];
  const notes = evidence.filter((item) => pointsAt(item, pair)).map((item) => item.note);
  return [{ mark: markOf(baseline, candidate, notes), baseline, candidate, distance: pair.distance, notes }];
}

function pointsAt(item: Evidence, pair: StepPair): boolean {
  if (item.candidateStep !== null) return item.candidateStep === pair.candidate;
  const { baselineStep: at } = item;
  return at !== null && pair.candidate === null && at.run === pair.baseline?.run && at.step === pair.baseline?.step;
}

function markOf(baseline: DiffStep['baseline'], candidate: DiffStep['candidate'], notes: readonly string[]): StepMark {
  if (candidate === null) return 'dropped';
  if (baseline === null) return 'added';
  if (baseline.text === candidate.text) return 'same';
  return notes.length > 0 ? 'changed' : 'reworded';
}

function compareSteps(a: DiffStep, b: DiffStep): number {
  if (a.candidate && b.candidate) return a.candidate.step - b.candidate.step;
  if (a.candidate || b.candidate) return a.candidate ? -1 : 1;
  return (a.baseline?.run ?? 0) - (b.baseline?.run ?? 0) || (a.baseline?.step ?? 0) - (b.baseline?.step ?? 0);
}

function countOutcomes(runs: readonly ReasoningRun[]): OutcomeCount[] {
  return [...groupBy(runs, (run) => run.outcome)]
    .map(([outcome, own]) => ({ outcome, runs: own.length }))
    .sort((a, b) => b.runs - a.runs || compareText(a.outcome, b.outcome));
}

function compareActions({ baseline, candidate }: DecisionRuns): DecisionDiff['actions'] {
  const control = new Set(baseline.flatMap((run) => run.actions));
  const other = new Set(candidate.flatMap((run) => run.actions));
  return {
    onlyControl: [...control].filter((action) => !other.has(action)).sort(compareText),
    onlyCandidate: [...other].filter((action) => !control.has(action)).sort(compareText),
  };
}
