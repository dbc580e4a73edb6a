import { covers } from '../align/covers.js';
import { toUnitRange } from '../align/distance.js';
import { isBlank, type StepView } from '../text/readStep.js';
import type { Evidence } from '../types.js';
import type { Channel, Comparison } from './types.js';
import { atLeastOne, nearest } from './support.js';

/** What one dropped or added step counts: two of them make 0.75. */
const STEP = 0.5;

/**
 * Reasons dropped and reasons added, whatever their order. A step that any baseline run supports is not added, and one that another
 * step contains (two reasons in one sentence) is neither.
 */
export const structure: Channel = {
  name: 'structure',
  weight: 0.5,
  evidence: 'structure',
  score(comparison) {
    const parts: number[] = [];
    const evidence: Evidence[] = [];
    for (const { index, step } of addedSteps(comparison)) {
      const near = nearest(comparison, step);
      parts.push(STEP * (near?.distance ?? 1));
      evidence.push({ candidateStep: index, baselineStep: null, note: 'reason added' });
    }
    for (const dropped of droppedSteps(comparison)) {
      parts.push(STEP * dropped.distance);
      evidence.push({
        candidateStep: null,
        baselineStep: { run: dropped.run, step: dropped.step },
        note: 'reason dropped',
      });
    }
    return { channel: 'structure', value: toUnitRange(atLeastOne(parts)), evidence };
  },
};

function addedSteps({ steps, baseline, space }: Comparison): { index: number; step: StepView }[] {
  if (baseline.length === 0) return [];
  return steps.flatMap((step, index) => {
    if (isBlank(step)) return [];
    const alone = baseline.every(
      (side) => side.alignment.onlyA.includes(index) && !side.steps.some((view) => covers(view, step, space)),
    );
    return alone ? [{ index, step }] : [];
  });
}

/** The steps that are missing against the run that misses least: one run without the reason is enough for it to be optional. */
function droppedSteps({ steps, baseline, space }: Comparison): { run: number; step: number; distance: number }[] {
  let best: { run: number; step: number; distance: number }[] | null = null;
  baseline.forEach((side, run) => {
    const dropped = side.alignment.onlyB.flatMap((step) => {
      const view = side.steps[step];
      if (view === undefined || isBlank(view) || steps.some((candidate) => covers(candidate, view, space))) return [];
      return [{ run, step, distance: Math.min(1, ...steps.map((candidate) => space.distance(candidate, view))) }];
    });
    if (best === null || dropped.length < best.length) best = dropped;
  });
  return best ?? [];
}
