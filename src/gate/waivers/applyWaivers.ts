import type { DecisionFacts, GateFacts, GatePolicy, GateVerdict, RuleOutcome, WaivedFinding } from '../types.js';
import { brokenBy, highRisk } from './highRisk.js';
import { mayWaive, standingWaivers } from './state.js';
import type { Waiver } from './types.js';

export interface WaiverFacts {
  readonly facts: GateFacts;
  readonly policy: GatePolicy;
  readonly waivers: readonly Waiver[];
  /** When the gate was asked for. */
  readonly at: Date;
}

/**
 * The verdict with high-risk flips looked at, and with what two people let pass. A waiver covers one decision coming out as it did
 * when it was waived, until it ends; it changes no rate and no bound, and what it covers stays named in the verdict.
 */
export function applyWaivers(verdict: GateVerdict, { facts, policy, waivers, at }: WaiverFacts): GateVerdict {
  const stake = highRisk(facts, policy);
  const rules = stake === null ? verdict.rules : [...verdict.rules, stake];
  const standing = standingWaivers(waivers, policy, at).filter(({ decision }) => mayWaive(policy, decision));
  const byDecision = new Map(facts.decisions.map((own) => [own.drift.decision, own]));
  const covering = (decision: string): Waiver | undefined => {
    const own = byDecision.get(decision);
    return own && standing.find((waiver) => waiver.decision === decision && covers(waiver, own));
  };
  const after = rules.map((rule) => waiveRule(rule, covering));
  const waived = waivedFindings(rules, covering);
  return {
    ...verdict,
    rules: after,
    status: worst(after),
    ...(waived.length === 0 ? {} : { waived }),
  };
}

/** No run may answer what the waived run did not. */
const covers = ({ change }: Waiver, { candidateAnswers }: DecisionFacts): boolean =>
  candidateAnswers.length > 0 && candidateAnswers.every((answer) => change.answers.includes(answer));

type Covering = (decision: string) => Waiver | undefined;

function waiveRule(rule: RuleOutcome, covering: Covering): RuleOutcome {
  const broken = brokenBy(rule);
  const held = broken.flatMap((decision) => covering(decision) ?? []);
  if (held.length === 0) return rule;
  const isOpen = rule.decisions.length > broken.length;
  const names = held.map(({ decision, id, expiresAt }) => `${decision} (${id} until ${expiresAt.slice(0, 10)})`);
  return {
    ...rule,
    status: held.length < broken.length ? rule.status : isOpen ? 'inconclusive' : 'pass',
    line: `${rule.line}; waived: ${names.slice(0, 5).join(', ')}${names.length > 5 ? `, … ${names.length - 5} more` : ''}`,
    figures: { ...rule.figures, waived: held.length },
  };
}

function waivedFindings(rules: readonly RuleOutcome[], covering: Covering): WaivedFinding[] {
  const byWaiver = new Map<string, WaivedFinding>();
  for (const rule of rules) {
    for (const decision of brokenBy(rule)) {
      const waiver = covering(decision);
      if (waiver?.acceptance == null) continue;
      const before = byWaiver.get(waiver.id)?.rules ?? [];
      byWaiver.set(waiver.id, {
        waiver: waiver.id,
        decision,
        rules: [...before, rule.rule],
        requestedBy: waiver.request.by,
        acceptedBy: waiver.acceptance.by,
        expiresAt: waiver.expiresAt,
      });
    }
  }
  return [...byWaiver.values()];
}

const worst = (rules: readonly RuleOutcome[]): GateVerdict['status'] =>
  (['fail', 'inconclusive'] as const).find((status) => rules.some((rule) => rule.status === status)) ?? 'pass';
