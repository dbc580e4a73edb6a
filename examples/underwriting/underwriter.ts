import { ghost } from '@tenet-ledger/ghost';
import type { Applicant } from './applicants.js';
import { PHRASES, type PhraseBook } from './phrases.js';
import { conclusionOf, generator, reasonsOf, word, type Reason } from './rationale.js';
import { assess, POLICY, type Assessment, type Facts, type Outcome, type Policy } from './scorecard.js';
import { lookUp, sendLetter } from './tools.js';
import { writeRationale } from './model.js';

/** What a caller sends: the application form. Savings and checking account come from the credit bureau. */
export type Application = Omit<Applicant, 'savings' | 'checking'>;

export interface Decision {
  readonly status: Outcome;
  readonly confidence: number;
  readonly reasons: readonly string[];
  readonly score: number;
  readonly overTerm: boolean;
}

export interface VersionSettings {
  readonly version: string;
  readonly policy?: Policy;
  readonly book?: PhraseBook;
  /** Lets a version change its reasons, but never its outcome: the fault that success rates do not show. */
  readonly restate?: (
    reasons: readonly Reason[],
    applicant: Application,
    facts: Facts,
    assessment: Assessment,
  ) => readonly Reason[];
}

const OUTCOMES: readonly Outcome[] = ['approve', 'refer', 'decline'];

/** One version of the example agent: a scorecard with a policy, two tools, and a rationale in words of its own drawing. */
export function underwriter(settings: VersionSettings): (application: Application) => Promise<Decision> {
  const policy = settings.policy ?? POLICY;
  return ghost.agent(
    {
      name: 'underwriter',
      version: settings.version,
      type: 'loan.approve',
      goal: 'decide on a consumer credit application',
      key: (application: Application) => application.id,
      subject: (application: Application) => `applicant-${application.id}`,
      splitInputs: ['amount', 'purpose'],
      outcome: (decision: Decision) => decision.status,
      confidence: (decision: Decision) => decision.confidence,
      reasons: (decision: Decision) => [...decision.reasons],
      alternatives: (decision: Decision) => alternatives(decision, policy),
      rules: (decision: Decision) => [
        { id: 'R-01 score', fired: decision.score > policy.approveUpTo, detail: `score ${decision.score}` },
        { id: 'R-07 term', fired: decision.overTerm },
      ],
    },
    async (application: Application): Promise<Decision> => {
      const bureau = await lookUp({ applicant: application.id });
      const facts: Facts = { ...application, ...bureau };
      const assessment = assess(facts, policy);
      const stated = reasonsOf(facts, assessment, POLICY.term.limit);
      const reasons = settings.restate?.(stated, application, facts, assessment) ?? stated;
      const random = generator(ghost.current()?.random() ?? 0);
      const drawn = word(reasons, conclusionOf(assessment), settings.book ?? PHRASES, random);
      const rationale = await writeRationale(drawn);
      await sendLetter({ applicant: application.id, outcome: assessment.outcome, text: rationale.join(' ') });
      return {
        status: assessment.outcome,
        confidence: confidence(assessment, policy),
        reasons: rationale,
        score: assessment.score,
        overTerm: assessment.overTerm,
      };
    },
  );
}

function confidence(assessment: Assessment, policy: Policy): number {
  const margin = Math.min(
    Math.abs(assessment.score - policy.approveUpTo - 0.5),
    Math.abs(assessment.score - policy.declineFrom + 0.5),
  );
  return Math.min(0.99, 0.6 + 0.1 * margin);
}

function alternatives(decision: Decision, policy: Policy): { action: string; score: number; reason: string }[] {
  const distance = {
    approve: decision.score - policy.approveUpTo,
    refer: 0,
    decline: policy.declineFrom - decision.score,
  };
  return OUTCOMES.filter((action) => action !== decision.status).map((action) => ({
    action,
    score: Math.max(0, Math.round((1 - decision.confidence) * 100) / 100 - Math.max(0, distance[action]) / 100),
    reason: `${Math.abs(distance[action])} points away`,
  }));
}
