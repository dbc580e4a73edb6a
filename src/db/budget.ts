import type { Budget, RunManifest } from '../replay/index.js';

export interface Spent {
  readonly calls: number;
  readonly cost: number;
  /** Prompt and completion tokens of live calls. */
  readonly tokens: number;
}

export const NOTHING_SPENT: Spent = { calls: 0, cost: 0, tokens: 0 };

/** Whether there is any hard stop. */
export const isLimited = ({ maxCalls, maxCost, maxTokens = null }: Budget): boolean =>
  maxCalls !== null || maxCost !== null || maxTokens !== null;

/**
 * Why a run may spend nothing more, or null. A lane whose model calls come from the tape spends nothing, so a budget of 0
 * does not stop it; whatever it reports as spent all the same is held against the limit.
 */
export function budgetStop({ budget, lane }: Pick<RunManifest, 'budget' | 'lane'>, spent: Spent): string | null {
  const live = lane.policy.model === 'live';
  const over = (used: number, max: number | null): boolean => max !== null && (live ? used >= max : used > max);
  const { maxCalls, maxCost, maxTokens = null } = budget;
  if (over(spent.calls, maxCalls)) return `budget: ${spent.calls} of ${maxCalls} model calls used`;
  if (over(spent.tokens, maxTokens)) return `budget: ${spent.tokens} of ${maxTokens} tokens used`;
  if (over(spent.cost, maxCost)) return `budget: cost ${spent.cost} of ${maxCost} used`;
  return null;
}

/** Fewest calls worth handing out: a batch that can't finish one decision would come back for ever. */
const LEAST_GRANT = 16;

/** A call may take so much more than the mean of those before it. */
const MARGIN = 1.25;

/**
 * Live calls that the budget still pays for, those under way included; null without a limit. What a call takes in tokens and money
 * is known afterwards, so it is judged by the mean of the calls before it; before the first there is a small grant.
 */
export function affordableCalls({ maxCalls, maxCost, maxTokens = null }: Budget, spent: Spent): number | null {
  const byMean = (max: number | null, used: number): number[] => {
    if (max === null) return [];
    if (spent.calls === 0) return [LEAST_GRANT];
    return used === 0 ? [] : [Math.floor((max - used) / ((MARGIN * used) / spent.calls))];
  };
  const limits = [
    ...(maxCalls === null ? [] : [maxCalls - spent.calls]),
    ...byMean(maxTokens, spent.tokens),
    ...byMean(maxCost, spent.cost),
  ];
  return limits.length === 0 ? null : Math.min(...limits);
}

/** Share of what is left, by the decisions still to be run; never more than is left. */
export function leaseShare(left: number, batchDecisions: number, openDecisions: number): number {
  const share = Math.floor((left * batchDecisions) / Math.max(batchDecisions, openDecisions, 1));
  return Math.min(left, Math.max(share, LEAST_GRANT));
}
