import type { RunManifest } from '../replay/index.js';

export interface Spent {
  readonly calls: number;
  readonly cost: number;
}

/**
 * Why a run may spend nothing more, or null. A lane whose model calls come from the tape spends nothing, so a budget of 0
 * does not stop it; whatever it reports as spent all the same is held against the limit.
 */
export function budgetStop({ budget, lane }: RunManifest, spent: Spent): string | null {
  const live = lane.policy.model === 'live';
  const over = (used: number, max: number | null): boolean => max !== null && (live ? used >= max : used > max);
  if (over(spent.calls, budget.maxCalls)) return `budget: ${spent.calls} of ${budget.maxCalls} model calls used`;
  if (over(spent.cost, budget.maxCost)) return `budget: cost ${spent.cost} of ${budget.maxCost} used`;
  return null;
}

/** Fewest calls worth handing out: a batch that can't finish one decision would come back for ever. */
const LEAST_GRANT = 16;

/** Share of what is left, by the decisions still to be run; never more than is left. */
export function leaseShare(left: number, batchDecisions: number, openDecisions: number): number {
  const share = Math.floor((left * batchDecisions) / Math.max(batchDecisions, openDecisions, 1));
  return Math.min(left, Math.max(share, LEAST_GRANT));
}
