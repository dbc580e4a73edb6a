import { AppError } from '../../errors/index.js';
import { digestOf } from '../../people/index.js';
import { isFlip } from '../flips.js';
import type { DecisionFacts, GatePolicy, GateVerdict } from '../types.js';
import { risksOf } from './highRisk.js';
import { mayWaive } from './state.js';
import type { WaiverTerms } from './types.js';

const DEFAULT_MAX_DAYS = 90;
const DAY_MS = 86_400_000;

export interface TermsRequest {
  readonly gate: {
    readonly id: string;
    readonly baseline: string;
    readonly candidate: string;
    readonly verdictEntry: string | null;
  };
  readonly policy: GatePolicy;
  readonly verdict: GateVerdict;
  readonly decision: string;
  /** Of this decision in this gate; null where it was not compared. */
  readonly facts: DecisionFacts | null;
  readonly expiresAt: Date;
  readonly now: Date;
}

export const termsDigest = (terms: WaiverTerms): string => digestOf(terms);

/** What is asked for, or why it cannot be: the policy forbids it, it was no high-risk flip of this gate, or it would last too long. */
export function waiverTerms(request: TermsRequest): WaiverTerms {
  const { gate, policy, verdict, decision, facts, expiresAt } = request;
  assertTime(request);
  if (!mayWaive(policy, decision)) {
    throw new AppError('waiver.forbidden', `the policy ${policy.name} lets nobody waive ${decision}`, {
      field: 'DECISION',
      got: decision,
      fix: 'correct the candidate; or change the policy where it is reviewed, and run the gate again',
    });
  }
  const risks = risksOf(verdict, decision);
  if (risks.length === 0 || facts === null) throw nothingToWaive(request, facts);
  if (gate.verdictEntry === null) throw new Error(`gate ${gate.id} has a verdict that is not signed`);
  return {
    gate: gate.id,
    verdict: gate.verdictEntry,
    policy: policy.name,
    agent: policy.agent,
    baseline: gate.baseline,
    candidate: gate.candidate,
    decision,
    risks,
    change: {
      from: facts.drift.baselineOutcome,
      to: facts.drift.candidateOutcome,
      answers: [...new Set(facts.candidateAnswers)].sort(),
    },
    stake: facts.stake,
    expiresAt: expiresAt.toISOString(),
  };
}

function assertTime({ policy, expiresAt, now }: TermsRequest): void {
  const maxDays = policy.waivers?.maxDays ?? DEFAULT_MAX_DAYS;
  const last = new Date(now.getTime() + maxDays * DAY_MS);
  if (expiresAt > now && expiresAt <= last) return;
  throw new AppError('input.invalid', `a waiver under ${policy.name} lasts at most ${maxDays} days from now`, {
    field: '--expires',
    expected: `after ${now.toISOString()}, until ${last.toISOString()}`,
    got: expiresAt.toISOString(),
    fix: `give a nearer date, such as --expires ${maxDays}d`,
  });
}

function nothingToWaive({ gate, verdict, decision }: TermsRequest, facts: DecisionFacts | null): AppError {
  const broken = verdict.rules.flatMap(({ rule, decisions }) =>
    rule === 'pinned' || rule === 'highRisk' ? decisions : [],
  );
  const why =
    facts === null
      ? `${decision} was not compared in gate ${gate.id}`
      : isFlip(facts)
        ? `${decision} flipped in gate ${gate.id}, but is neither pinned nor of high stake: only rates count it`
        : `${decision} did not come out otherwise in gate ${gate.id}`;
  return new AppError('waiver.nothing', why, {
    field: 'DECISION',
    got: decision,
    expected: broken.length === 0 ? 'a high-risk flip; this gate has none' : `one of ${broken.slice(0, 10).join(' ')}`,
    fix: `tenet gate show ${gate.id}`,
  });
}
