import type { GateBudget, GatePolicy } from './types.js';

/**
 * One budget for the whole gate, shared by re-runs: the control arm may spend its repeats' part, the candidate the rest. Both
 * parts are fixed before the first re-run, so that they can be signed, and together are never more than the whole.
 */
export function splitBudget(
  { maxCalls, maxCost, maxTokens }: GateBudget,
  repeats: GatePolicy['repeats'],
): { control: GateBudget; candidate: GateBudget } {
  const share = repeats.control / (repeats.control + repeats.candidate);
  const calls = parts(maxCalls, (whole) => Math.floor(whole * share));
  const cost = parts(maxCost, (whole) => whole * share);
  const tokens = parts(maxTokens ?? null, (whole) => Math.floor(whole * share));
  const budget = (lane: 'control' | 'candidate'): GateBudget => ({
    maxCalls: calls[lane],
    maxCost: cost[lane],
    ...(maxTokens === undefined ? {} : { maxTokens: tokens[lane] }),
  });
  return { control: budget('control'), candidate: budget('candidate') };
}

function parts(
  whole: number | null,
  first: (whole: number) => number,
): { control: number | null; candidate: number | null } {
  if (whole === null) return { control: null, candidate: null };
  return { control: first(whole), candidate: whole - first(whole) };
}
