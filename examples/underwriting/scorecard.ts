/** The credit policy of the example: a points scorecard (more points, more risk) and one term rule. */

export interface Facts {
  readonly amount: number;
  readonly duration: number;
  readonly purpose: string;
  readonly housing: string;
  readonly job: number;
  readonly savings: string;
  readonly checking: string;
}

export type Outcome = 'approve' | 'refer' | 'decline';
export type FactorName = 'checking' | 'savings' | 'amount' | 'duration' | 'housing' | 'job';

export interface Factor {
  readonly name: FactorName;
  readonly points: number;
}

/** Rule R-07: a longer term is never approved without a person. A segment may have a limit of its own. */
export interface TermRule {
  readonly limit: number;
  readonly segment?: { readonly purpose: string; readonly limit: number };
}

export interface Policy {
  readonly term: TermRule;
  /** At most this many points are approved. */
  readonly approveUpTo: number;
  /** From this many points on the request is declined. */
  readonly declineFrom: number;
}

export const POLICY: Policy = { term: { limit: 24 }, approveUpTo: 5, declineFrom: 8 };

const POINTS = {
  checking: { little: 3, moderate: 2 } as Readonly<Record<string, number>>,
  savings: { little: 2, moderate: 1, NA: 1 } as Readonly<Record<string, number>>,
  housing: { rent: 1, free: 1 } as Readonly<Record<string, number>>,
  job: [2, 1, 0, 0] as readonly number[],
};

const above = (value: number, ...bounds: readonly number[]): number => bounds.filter((bound) => value > bound).length;

export function factors(facts: Facts): readonly Factor[] {
  const all: Factor[] = [
    { name: 'checking', points: POINTS.checking[facts.checking] ?? 0 },
    { name: 'savings', points: POINTS.savings[facts.savings] ?? 0 },
    { name: 'amount', points: above(facts.amount, 2500, 5000, 10_000) },
    { name: 'duration', points: above(facts.duration, 18, 36) },
    { name: 'housing', points: POINTS.housing[facts.housing] ?? 0 },
    { name: 'job', points: POINTS.job[facts.job] ?? 0 },
  ];
  return all.filter((factor) => factor.points > 0).sort((a, b) => b.points - a.points);
}

export function termLimit(facts: Facts, policy: Policy): number {
  const { limit, segment } = policy.term;
  return segment !== undefined && segment.purpose === facts.purpose ? segment.limit : limit;
}

export interface Assessment {
  readonly outcome: Outcome;
  readonly score: number;
  readonly factors: readonly Factor[];
  readonly limit: number;
  readonly overTerm: boolean;
}

export function assess(facts: Facts, policy: Policy): Assessment {
  const contributing = factors(facts);
  const score = contributing.reduce((sum, factor) => sum + factor.points, 0);
  const limit = termLimit(facts, policy);
  const overTerm = facts.duration > limit;
  return { outcome: outcomeOf(score, overTerm, policy), score, factors: contributing, limit, overTerm };
}

function outcomeOf(score: number, overTerm: boolean, policy: Policy): Outcome {
  if (score >= policy.declineFrom) return 'decline';
  if (score <= policy.approveUpTo) return overTerm ? 'refer' : 'approve';
  return overTerm ? 'decline' : 'refer';
}
