import { named } from '../figures.js';
import type { DecisionFacts, GateFacts, GatePolicy } from '../types.js';
import type { GateRule } from './rule.js';

type Pin = GatePolicy['pinned'][number];

/**
 * Pinned decisions come out as the policy says: with `outcome`, every candidate run gives it; without, the decision does
 * not flip. The limit is zero, no statistics. One that could not be re-run or compared leaves the rule inconclusive.
 */
export const pinned: GateRule = {
  name: 'pinned',
  about: 'no pinned decision comes out otherwise',
  judge(facts, policy) {
    const broken: { decision: string; note: string }[] = [];
    const open: { decision: string; note: string }[] = [];
    for (const pin of policy.pinned) {
      const { kept, note } = look(pin, facts);
      if (kept === false) broken.push({ decision: pin.decision, note });
      if (kept === null) open.push({ decision: pin.decision, note });
    }
    const total = policy.pinned.length;
    return {
      rule: 'pinned',
      status: broken.length > 0 ? 'fail' : open.length > 0 ? 'inconclusive' : 'pass',
      line: lineOf(total, broken, open),
      decisions: [...broken, ...open].map(({ decision }) => decision),
      figures: { pinned: total, broken: broken.length, notJudged: open.length },
      findings: [...broken, ...open],
    };
  },
};

function lineOf(total: number, broken: readonly { decision: string }[], open: readonly { decision: string }[]): string {
  if (total === 0) return 'no pinned decisions';
  const names = (of: readonly { decision: string }[]): string => named(of.map(({ decision }) => decision));
  return [
    `${broken.length} of ${total} pinned decisions came out otherwise (limit 0)${broken.length > 0 ? `: ${names(broken)}` : ''}`,
    ...(open.length > 0 ? [`${open.length} could not be judged: ${names(open)}`] : []),
  ].join('; ');
}

function look(pin: Pin, facts: GateFacts): { kept: boolean | null; note: string } {
  const found = facts.decisions.find(({ drift }) => drift.decision === pin.decision);
  if (found === undefined) {
    const refused = facts.notReplayable.find(({ decision }) => decision === pin.decision);
    return { kept: null, note: refused ? `not replayable: ${refused.code}` : 'it was not re-run' };
  }
  return pin.outcome === undefined ? unflipped(found) : expected(found, pin.outcome);
}

function expected({ candidateOutcomes }: DecisionFacts, outcome: string): { kept: boolean; note: string } {
  const other = candidateOutcomes.filter((own) => own !== outcome);
  const [first] = other;
  return { kept: other.length === 0, note: first === undefined ? '' : `expected ${outcome}, candidate ${first}` };
}

function unflipped({ drift, baselineAnswers, candidateAnswers }: DecisionFacts): {
  kept: boolean | null;
  note: string;
} {
  if (drift.flip)
    return { kept: false, note: `${drift.baselineOutcome ?? 'tied'} → ${drift.candidateOutcome ?? 'tied'}` };
  const baseline = new Set(baselineAnswers);
  const kept = candidateAnswers.every((answer) => baseline.has(answer));
  if (!kept) return { kept: false, note: 'a candidate run came out as no control run did' };
  const tied = drift.baselineOutcome === null || drift.candidateOutcome === null;
  return { kept: tied ? null : true, note: tied ? 'the runs of an arm are tied: pin an outcome' : '' };
}
