import { setImmediate } from 'node:timers/promises';
import { cancellationSignal, heartbeat } from '@temporalio/activity';
import {
  assessRuns,
  type AssessOptions,
  type CohortDrift,
  type DecisionDrift,
  type DecisionRuns,
  type NoiseProfile,
} from '../src/drift/index.js';
import type { ActivityDeps } from './deps.js';
import type { GateRunSummary } from './types.js';

export interface Scored {
  readonly drifts: readonly DecisionDrift[];
  readonly vectors: GateRunSummary['vectors'];
  readonly profile: NoiseProfile;
  /** It is one of those that were handed in. */
  readonly profileKept: boolean;
  readonly cohort: CohortDrift | null;
}

export interface ScoreRequest extends Pick<AssessOptions, 'control' | 'profiles' | 'cohort'> {
  readonly agent: string;
  readonly type: string;
  readonly alpha: number;
  readonly runs: readonly DecisionRuns[];
}

/** Noise profile from the control arm, then every decision against it, then the cohort. What is embedded is kept as it comes. */
export async function scoreDecisions(
  { embedder: open }: Pick<ActivityDeps, 'embedder'>,
  { runs, ...request }: ScoreRequest,
): Promise<Scored> {
  const embedder = await open();
  const before = embedder.counts();
  const { profile, profileKept, decisions, cohort } = await assessRuns(runs, {
    ...request,
    embedder,
    seed: request.agent,
    signal: cancellationSignal(),
    // A heartbeat leaves, and a cancellation arrives, only when the event loop turns.
    onProgress: async (stage, done) => {
      heartbeat({ stage, done });
      await setImmediate();
    },
  });
  const after = embedder.counts();
  return {
    drifts: decisions,
    vectors: { embedder: embedder.id, computed: after.computed - before.computed, cached: after.hits - before.hits },
    profile,
    profileKept,
    cohort,
  };
}
