import { alignSteps } from './align/alignSteps.js';
import type { StepSpace } from './align/stepSpace.js';
import { CHANNELS } from './channels/index.js';
import type { Comparison } from './channels/types.js';
import { isBlank } from './text/readStep.js';
import type { ReasoningDelta, ReasoningRun, StepPair } from './types.js';

/**
 * How one run's reasons differ from those of the baseline runs: every candidate step is held against its best support over
 * all of them. Symmetric in nothing: the order of arguments matters, the order of steps and runs does not.
 */
export function compareReasoning(
  baselineRuns: readonly ReasoningRun[],
  candidate: ReasoningRun,
  space: StepSpace,
  options: { readonly gap?: number } = {},
): ReasoningDelta {
  const gap = options.gap ?? space.gap;
  const steps = candidate.steps.map(space.read);
  const baseline = baselineRuns.map((run) => {
    const views = run.steps.map(space.read);
    const cost = (a: number, b: number): number => {
      const [x, y] = [steps[a], views[b]];
      return x === undefined || y === undefined || isBlank(x) || isBlank(y) ? Infinity : space.cost(x, y);
    };
    return { run, steps: views, alignment: alignSteps(steps.length, views.length, cost, gap) };
  });
  const comparison: Comparison = { candidate, steps, baseline, space };
  return { channels: CHANNELS.map((channel) => channel.score(comparison)), pairs: pairsOf(comparison) };
}

/** The pairing shown to people: best partner of each candidate step, then the steps nothing stands for. */
function pairsOf({ steps, baseline, space }: Comparison): StepPair[] {
  const out: StepPair[] = steps.map((view, candidate) => {
    let best: StepPair = { candidate, baseline: null, distance: null };
    baseline.forEach((side, run) => {
      const pair = side.alignment.pairs.find((entry) => entry.a === candidate);
      const partner = pair === undefined ? undefined : side.steps[pair.b];
      if (pair === undefined || partner === undefined) return;
      const distance = space.distance(view, partner);
      if (best.distance === null || distance < best.distance)
        best = { candidate, baseline: { run, step: pair.b }, distance };
    });
    return best;
  });
  const closest = baseline.reduce<number>(
    (at, side, run) => (side.alignment.onlyB.length < (baseline[at]?.alignment.onlyB.length ?? 0) ? run : at),
    0,
  );
  for (const step of baseline[closest]?.alignment.onlyB ?? []) {
    out.push({ candidate: null, baseline: { run: closest, step }, distance: null });
  }
  return out;
}
