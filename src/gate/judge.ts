import { isFlip } from './flips.js';
import { GATE_RULES } from './rules/index.js';
import type { GateRule } from './rules/rule.js';
import type { GateFacts, GatePolicy, GateVerdict, RuleOutcome, RuleStatus } from './types.js';

/** The verdict of a gate: data, pure in facts and policy. fail outweighs inconclusive outweighs pass. */
export function judge(facts: GateFacts, policy: GatePolicy, rules: readonly GateRule[] = GATE_RULES): GateVerdict {
  const outcomes = rules.map((rule) => rule.judge(facts, policy));
  const flipped = facts.decisions.filter(isFlip);
  return {
    status: worst(outcomes),
    rules: outcomes,
    stakeAtRisk: policy.stake === null ? null : flipped.reduce((sum, { stake }) => sum + (stake ?? 0), 0),
    flips: flipped.map(({ drift }) => drift.decision),
    shifted: facts.decisions
      .filter(({ drift }) => drift.verdict === 'rationale-shift')
      .map(({ drift }) => drift.decision),
    ...(facts.cohortTests == null ? {} : { cohortTests: facts.cohortTests }),
  };
}

/** The verdict where nothing could be judged: agent not available, a run that failed, a plan that could not be made. */
export function inconclusiveVerdict(code: string, reason: string): GateVerdict {
  const outcome: RuleOutcome = {
    rule: 'run',
    status: 'inconclusive',
    line: `not judged: ${code}`,
    decisions: [],
    figures: {},
    findings: [{ decision: '', note: reason }],
  };
  return { status: 'inconclusive', rules: [outcome], stakeAtRisk: null, flips: [], shifted: [] };
}

function worst(outcomes: readonly RuleOutcome[]): RuleStatus {
  for (const status of ['fail', 'inconclusive'] as const) {
    if (outcomes.some((outcome) => outcome.status === status)) return status;
  }
  return 'pass';
}
