import type { StepView } from '../text/readStep.js';
import type { Comparison } from './types.js';

export interface StepRef {
  readonly run: number;
  readonly step: number;
  readonly view: StepView;
}

/** Partners that cost at most this much more than the best one support a step as well. */
const AS_GOOD = 0.05;

/**
 * The baseline steps that support a candidate step best, over all runs. A step of another run that is merely nearer than nothing
 * supports no claim: it must not excuse a number or a negation that the best one contradicts.
 */
export function supporters(comparison: Comparison, candidate: number): StepRef[] {
  const all = partners(comparison, candidate);
  const least = Math.min(...all.map((partner) => partner.cost));
  return all.filter((partner) => partner.cost <= least + AS_GOOD);
}

/** The baseline steps a candidate step was paired with, at most one a run. */
export function partners(comparison: Comparison, candidate: number): (StepRef & { readonly cost: number })[] {
  const out: (StepRef & { cost: number })[] = [];
  comparison.baseline.forEach(({ alignment, steps }, run) => {
    const pair = alignment.pairs.find((entry) => entry.a === candidate);
    const view = pair === undefined ? undefined : steps[pair.b];
    if (pair !== undefined && view !== undefined) out.push({ run, step: pair.b, view, cost: pair.cost });
  });
  return out;
}

/** The nearest baseline step over all runs, paired or not. */
export function nearest(comparison: Comparison, step: StepView): (StepRef & { readonly distance: number }) | null {
  let best: (StepRef & { distance: number }) | null = null;
  comparison.baseline.forEach(({ steps }, run) => {
    steps.forEach((view, index) => {
      const distance = comparison.space.distance(step, view);
      if (best === null || distance < best.distance) best = { run, step: index, view, distance };
    });
  });
  return best;
}

/** 1 − Π(1 − x): grows with each finding and never passes 1. */
export function atLeastOne(parts: readonly number[]): number {
  return 1 - parts.reduce((rest, part) => rest * (1 - part), 1);
}
