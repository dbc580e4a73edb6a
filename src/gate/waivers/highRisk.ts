import { named } from '../figures.js';
import { isFlip } from '../flips.js';
import type { GateFacts, GatePolicy, GateVerdict, RuleOutcome } from '../types.js';
import type { Risk } from './types.js';

export const HIGH_RISK = 'highRisk';

/**
 * Flips with at least `waivers.stakeFrom` at stake: each fails the gate unless two people let it pass. One whose record does not
 * say the amount counts as one. null where the policy sets no such limit.
 */
export function highRisk(facts: GateFacts, policy: GatePolicy): RuleOutcome | null {
  const from = policy.waivers?.stakeFrom;
  if (from === undefined) return null;
  const flips = facts.decisions.filter((own) => isFlip(own) && (own.stake === null || own.stake >= from));
  const decisions = flips.map(({ drift }) => drift.decision);
  const count = `${decisions.length} high-risk ${decisions.length === 1 ? 'flip' : 'flips'} (limit 0)`;
  return {
    rule: HIGH_RISK,
    status: decisions.length > 0 ? 'fail' : 'pass',
    line: decisions.length > 0 ? `${count}: ${named(decisions)}` : count,
    decisions,
    figures: { highRisk: decisions.length },
    findings: flips.map(({ drift, stake }) => ({
      decision: drift.decision,
      note: stake === null ? 'the amount at stake is not recorded' : 'much is at stake',
    })),
  };
}

/** Why this decision of this verdict is high-risk; empty where it is not. */
export function risksOf(verdict: GateVerdict, decision: string): Risk[] {
  const breaks = (rule: string): boolean =>
    verdict.rules.some((own) => own.rule === rule && brokenBy(own).includes(decision));
  return [...(breaks('pinned') ? (['pinned'] as const) : []), ...(breaks(HIGH_RISK) ? (['stake'] as const) : [])];
}

/** Decisions that made a rule fail. What could not be judged is not among them: there is nothing to waive in it. */
export function brokenBy({ rule, decisions, figures }: RuleOutcome): readonly string[] {
  return rule === 'pinned' ? decisions.slice(0, figures['broken'] ?? 0) : rule === HIGH_RISK ? decisions : [];
}
