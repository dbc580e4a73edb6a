import type { DecisionFacts, GateFacts } from './types.js';

/** The drawn part of the facts. Decisions that a policy pins but the draw left out are not in it. */
export interface Sample {
  readonly size: number;
  readonly decisions: readonly DecisionFacts[];
  readonly notReplayable: number;
  /** Neither compared nor refused: the run ended before them. */
  readonly missing: number;
}

export function sampleOf(facts: GateFacts): Sample {
  const outside = new Set(facts.outsideSample ?? []);
  const decisions = facts.decisions.filter(({ drift }) => !outside.has(drift.decision));
  const notReplayable = facts.notReplayable.filter(({ decision }) => !outside.has(decision)).length;
  return {
    size: facts.cohortSize,
    decisions,
    notReplayable,
    missing: Math.max(0, facts.cohortSize - decisions.length - notReplayable),
  };
}

/** If more of a cohort than this cannot be judged at all, the gate says so instead of judging the rest. */
export const MAX_UNJUDGED = 0.1;
