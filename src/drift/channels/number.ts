import type { Evidence } from '../types.js';
import type { StepView } from '../text/readStep.js';
import type { Channel, Comparison } from './types.js';
import { atLeastOne, supporters, type StepRef } from './support.js';

export const REPLACED = 1;
export const MISSING = 0.25;

/**
 * Numbers that were replaced (1) and numbers only one side states (0.25). A number found in any baseline run is
 * no change, nor is one that merely moved to another step.
 */
export const number: Channel = {
  name: 'number',
  weight: 0.8,
  evidence: 'edit',
  score(comparison) {
    const found = [...replacedInPairs(comparison), ...acrossRuns(comparison)];
    return {
      channel: 'number',
      value: atLeastOne(found.map((finding) => finding.value)),
      evidence: found.map((finding) => finding.evidence),
    };
  },
};

interface Finding {
  readonly value: number;
  readonly evidence: Evidence;
}

/** Step pairs that agree but for a number. The pair that differs least, over the runs, speaks for the step. */
function replacedInPairs(comparison: Comparison): Finding[] {
  const out: Finding[] = [];
  comparison.steps.forEach((step, index) => {
    const swaps = supporters(comparison, index).map((partner) => ({
      partner,
      swap: swapOf(comparison, step, index, partner),
    }));
    if (swaps.length === 0 || swaps.some(({ swap }) => swap === null)) return;
    const first = swaps[0];
    if (first?.swap === undefined || first.swap === null) return;
    const { from, to } = first.swap;
    out.push({
      value: REPLACED,
      evidence: {
        candidateStep: index,
        baselineStep: { run: first.partner.run, step: first.partner.step },
        note: `number ${from} → ${to}`,
      },
    });
  });
  return out;
}

function swapOf(
  comparison: Comparison,
  step: StepView,
  index: number,
  partner: StepRef,
): { from: string; to: string } | null {
  const gained = without(valuesOf(step), valuesOf(partner.view)).filter((value) => !partner.view.implied.has(value));
  const lost = without(valuesOf(partner.view), valuesOf(step)).filter((value) => !step.implied.has(value));
  const others = comparison.steps.filter((_, i) => i !== index);
  const elsewhere = comparison.baseline[partner.run]?.steps.filter((_, i) => i !== partner.step) ?? [];
  const to = gained.find((value) => !elsewhere.some((view) => states(view, value)));
  const from = lost.find((value) => !others.some((view) => states(view, value)));
  if (gained.length === 0 || lost.length === 0) return null;
  if (from === undefined && to === undefined) return null;
  return { from: textOf(partner.view, from ?? (lost[0] as string)), to: textOf(step, to ?? (gained[0] as string)) };
}

/** Numbers of no baseline run, and numbers of every baseline run that the candidate lacks, where no pair explains them. */
function acrossRuns(comparison: Comparison): Finding[] {
  const { steps, baseline } = comparison;
  if (baseline.length === 0) return [];
  const out: Finding[] = [];
  steps.forEach((step, index) => {
    if (supporters(comparison, index).some((partner) => swapOf(comparison, step, index, partner) !== null)) return;
    for (const value of stated(step)) {
      if (baseline.some((side) => side.steps.some((view) => states(view, value)))) continue;
      const note = `number ${textOf(step, value)} added`;
      out.push({ value: MISSING, evidence: { candidateStep: index, baselineStep: null, note } });
    }
  });
  const first = baseline[0];
  first?.steps.forEach((view, stepIndex) => {
    if (isSwapped(comparison, stepIndex)) return;
    for (const value of stated(view)) {
      if (steps.some((step) => states(step, value))) continue;
      if (!baseline.every((side) => side.steps.some((other) => states(other, value)))) continue;
      const note = `number ${textOf(view, value)} missing`;
      out.push({ value: MISSING, evidence: { candidateStep: null, baselineStep: { run: 0, step: stepIndex }, note } });
    }
  });
  return out;
}

function isSwapped(comparison: Comparison, baselineStep: number): boolean {
  const side = comparison.baseline[0];
  const pair = side?.alignment.pairs.find((entry) => entry.b === baselineStep);
  const step = pair === undefined ? undefined : comparison.steps[pair.a];
  const view = side?.steps[baselineStep];
  if (pair === undefined || step === undefined || view === undefined) return false;
  return swapOf(comparison, step, pair.a, { run: 0, step: baselineStep, view }) !== null;
}

function valuesOf(step: StepView): string[] {
  return step.numbers.map((entry) => entry.value);
}

/** Distinct numbers that are no idiom. */
function stated(step: StepView): Set<string> {
  return new Set(step.numbers.flatMap((entry) => (entry.idiom ? [] : [entry.value])));
}

function states(step: StepView, value: string): boolean {
  return step.implied.has(value) || step.numbers.some((entry) => entry.value === value);
}

function textOf(step: StepView, value: string): string {
  return step.numbers.find((entry) => entry.value === value)?.text ?? value;
}

/** Multiset difference. */
function without(from: readonly string[], taken: readonly string[]): string[] {
  const left = [...taken];
  return from.filter((value) => {
    const at = left.indexOf(value);
    if (at >= 0) left.splice(at, 1);
    return at < 0;
  });
}
