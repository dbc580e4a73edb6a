import type { DecisionRuns, ReasoningRun } from '../drift/index.js';
import { compareText } from './order.js';
import type { ResultRow } from './types.js';
import { isUsable, MIN_USABLE } from './usable.js';

/** A usable row as the scorer sees it. Actions are a set of "name key": arguments outside the key are not compared. */
export function toReasoningRun(row: ResultRow & { readonly outcome: string }): ReasoningRun {
  const actions = new Set(row.proposedActions.map(({ name, key }) => `${name} ${key}`));
  return { outcome: row.outcome, steps: row.reasoning, actions: [...actions].sort(compareText) };
}

/**
 * The usable re-runs of each decision, both lanes by repeat, decisions sorted. Decisions that lack the re-runs a comparison
 * needs are left out here and are in `notReplayable` instead; together the two cover the cohort.
 */
export function toDecisionRuns(controlRows: readonly ResultRow[], candidateRows: readonly ResultRow[]): DecisionRuns[] {
  const control = runsByDecision(controlRows);
  const candidate = runsByDecision(candidateRows);
  return [...control.keys()].sort(compareText).flatMap((decision) => {
    const baseline = control.get(decision) ?? [];
    const runs = candidate.get(decision) ?? [];
    if (baseline.length < MIN_USABLE.control || runs.length < MIN_USABLE.candidate) return [];
    return [{ decision, baseline, candidate: runs }];
  });
}

/** The control arm alone, decisions sorted: what it says is measured on it whatever a candidate did. */
export function toControlRuns(controlRows: readonly ResultRow[]): Pick<DecisionRuns, 'decision' | 'baseline'>[] {
  const control = runsByDecision(controlRows);
  return [...control.keys()].sort(compareText).flatMap((decision) => {
    const baseline = control.get(decision) ?? [];
    return baseline.length < MIN_USABLE.control ? [] : [{ decision, baseline }];
  });
}

function runsByDecision(rows: readonly ResultRow[]): Map<string, ReasoningRun[]> {
  const out = new Map<string, ReasoningRun[]>();
  for (const row of [...rows].sort((a, b) => a.repeat - b.repeat)) {
    if (!hasOutcome(row)) continue;
    const runs = out.get(row.decision);
    if (runs) runs.push(toReasoningRun(row));
    else out.set(row.decision, [toReasoningRun(row)]);
  }
  return out;
}

const hasOutcome = (row: ResultRow): row is ResultRow & { outcome: string } => isUsable(row);
