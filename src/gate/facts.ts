import { canonicalize } from '@tenet-ledger/record';
import type { CohortDrift, DecisionDrift, DecisionRuns, ReasoningRun } from '../drift/index.js';
import { AppError } from '../errors/index.js';
import type { DecisionFacts, GateFacts } from './types.js';

export interface FactsRequest {
  /** Decisions drawn, without pinned extras: `sampledSize(cohort)`. */
  readonly cohortSize: number;
  readonly outsideSample?: readonly string[];
  readonly runs: readonly DecisionRuns[];
  /** One for each of `runs`, in any order. */
  readonly drifts: readonly DecisionDrift[];
  readonly notReplayable: GateFacts['notReplayable'];
  readonly harnessMismatch: readonly string[];
  readonly spent: GateFacts['spent'];
  readonly budgetStopped: string | null;
  readonly cohortTests?: CohortDrift | null;
  /** Amount at stake of a decision, or null where the record does not say. */
  readonly stakeOf?: (decision: string) => number | null;
}

/** Joins runs and assessments. Refuses a decision that is there twice, assessed without runs, or more than were drawn. */
export function buildGateFacts(request: FactsRequest): GateFacts {
  const { runs, drifts, notReplayable, stakeOf = () => null } = request;
  const assessed = new Map(drifts.map((drift) => [drift.decision, drift]));
  const outside = new Set(request.outsideSample ?? []);
  const seen = new Set<string>();
  for (const { decision } of [...runs, ...notReplayable]) {
    if (seen.has(decision)) refuse(`${decision} is there twice`);
    seen.add(decision);
  }
  const sampled = [...seen].filter((decision) => !outside.has(decision)).length;
  if (sampled > request.cohortSize) refuse(`${sampled} decisions where ${request.cohortSize} were drawn`);
  if (assessed.size !== runs.length) refuse(`${runs.length} decisions and ${assessed.size} assessments`);
  return {
    cohortSize: request.cohortSize,
    outsideSample: [...outside],
    decisions: runs.map((own) => {
      const drift = assessed.get(own.decision) ?? refuse(`${own.decision} is not assessed`);
      return decisionFacts(own, drift, stakeOf(own.decision));
    }),
    notReplayable,
    harnessMismatch: request.harnessMismatch,
    spent: request.spent,
    budgetStopped: request.budgetStopped,
    ...(request.cohortTests == null ? {} : { cohortTests: request.cohortTests }),
  };
}

export function decisionFacts(runs: DecisionRuns, drift: DecisionDrift, stake: number | null): DecisionFacts {
  return {
    drift,
    candidateSteps: runs.candidate.map((run) => run.steps),
    baselineSteps: runs.baseline.map((run) => run.steps),
    candidateAnswers: runs.candidate.map(answerOf),
    baselineAnswers: runs.baseline.map(answerOf),
    candidateOutcomes: runs.candidate.map((run) => run.outcome),
    stake,
  };
}

const answerOf = ({ outcome, actions }: ReasoningRun): string => canonicalize([outcome, [...new Set(actions)].sort()]);

function refuse(why: string): never {
  throw new AppError('input.invalid', `the facts of a gate do not fit together: ${why}`, { field: '/decisions' });
}
