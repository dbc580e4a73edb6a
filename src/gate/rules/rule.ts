import type { GateFacts, GatePolicy, RuleOutcome } from '../types.js';

/**
 * One rule of a gate: data and one pure function. `line` of the outcome carries counts, bounds and ids only; what an
 * agent said stays in `findings`.
 */
export interface GateRule {
  readonly name: string;
  /** What it asks, one sentence. */
  readonly about: string;
  judge(facts: GateFacts, policy: GatePolicy): RuleOutcome;
}
