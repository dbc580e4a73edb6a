import type { GatePolicy } from './types.js';

type Budget = GatePolicy['budget'];

/**
 * One budget for the whole gate, shared by re-runs: the control arm may spend its repeats' part, the candidate the rest. Both
 * parts are fixed before the first re-run, so that they can be signed, and together are never more than the whole.
 */
export function splitBudget(
  { maxCalls, maxCost }: Budget,
  repeats: GatePolicy['repeats'],
): { control: Budget; candidate: Budget } {
  const share = repeats.control / (repeats.control + repeats.candidate);
  const calls = maxCalls === null ? null : Math.floor(maxCalls * share);
  const cost = maxCost === null ? null : maxCost * share;
  return {
    control: { maxCalls: calls, maxCost: cost },
    candidate: {
      maxCalls: maxCalls === null || calls === null ? null : maxCalls - calls,
      maxCost: maxCost === null || cost === null ? null : maxCost - cost,
    },
  };
}
