import { areAlternatives } from '../align/facts.js';
import type { Evidence } from '../types.js';
import type { StepView } from '../text/readStep.js';
import { MISSING, REPLACED } from './number.js';
import type { Channel, Comparison } from './types.js';
import { atLeastOne, supporters } from './support.js';

/**
 * Names, codes and ids, and value words ("little", "skilled"). Replaced: the candidate states one that no baseline run has, and
 * the step it stands for stated another that the candidate lacks. Value words count only when both belong to one slot of the
 * agent's own sentences, so an ordinary word of a rewording is never evidence.
 */
export const entity: Channel = {
  name: 'entity',
  weight: 0.8,
  evidence: 'edit',
  score(comparison) {
    const found = [
      ...comparison.steps.flatMap((step, index) => inStep(comparison, step, index)),
      ...missing(comparison),
    ];
    return {
      channel: 'entity',
      value: atLeastOne(found.map((finding) => finding.value)),
      evidence: found.map((finding) => finding.evidence),
    };
  },
};

interface Finding {
  readonly value: number;
  readonly evidence: Evidence;
}

function inStep(comparison: Comparison, step: StepView, index: number): Finding[] {
  const { baseline, space } = comparison;
  const anywhere = (text: string): boolean => baseline.some((side) => side.steps.some((view) => holds(view, text)));
  const kept = (text: string): boolean => comparison.steps.some((view) => holds(view, text));
  const pairs = supporters(comparison, index);
  const out: Finding[] = [];
  const add = (value: number, note: string, at: { run: number; step: number } | null): void => {
    out.push({ value, evidence: { candidateStep: index, baselineStep: at, note } });
  };
  for (const fact of step.entities) {
    if (anywhere(fact.value)) continue;
    const partner = pairs.find(({ view }) => view.entities.some((other) => !kept(other.value)));
    const was = partner?.view.entities.find((other) => !kept(other.value));
    const at = partner === undefined ? null : { run: partner.run, step: partner.step };
    if (was !== undefined) add(REPLACED, `"${was.text}" → "${fact.text}"`, at);
    else if (!fact.capitalOnly) add(MISSING, `"${fact.text}" added`, null);
  }
  for (const value of space.values(step)) {
    if (anywhere(value) || pairs.length === 0) continue;
    const rivals = pairs.map((partner) => ({
      partner,
      was: [...space.values(partner.view)].find(
        (other) => !kept(other) && areAlternatives(value, other, space.lexicon),
      ),
    }));
    const first = rivals[0];
    if (first?.was === undefined || rivals.some(({ was }) => was === undefined)) continue;
    add(REPLACED, `"${first.was}" → "${value}"`, { run: first.partner.run, step: first.partner.step });
  }
  return out;
}

/** Names that every baseline run states and the candidate nowhere, where no other name took their place. */
function missing(comparison: Comparison): Finding[] {
  const { steps, baseline } = comparison;
  const introduced = steps.some((step) =>
    step.entities.some((fact) => !baseline.some((side) => side.steps.some((view) => holds(view, fact.value)))),
  );
  const first = baseline[0];
  if (first === undefined || introduced) return [];
  const out = new Map<string, Finding>();
  first.steps.forEach((view, step) => {
    for (const fact of view.entities) {
      if (steps.some((candidate) => holds(candidate, fact.value))) continue;
      if (!baseline.every((side) => side.steps.some((other) => holds(other, fact.value)))) continue;
      const evidence = { candidateStep: null, baselineStep: { run: 0, step }, note: `"${fact.text}" missing` };
      out.set(fact.value, { value: MISSING, evidence });
    }
  });
  return [...out.values()];
}

/** Whole words, whatever the case: a rewording may write a name in lower case. */
function holds(view: StepView, text: string): boolean {
  return ` ${view.words.join(' ')} `.includes(` ${text} `) || view.entities.some((fact) => fact.value === text);
}
