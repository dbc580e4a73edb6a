import { setImmediate } from 'node:timers/promises';
import { cancellationSignal, heartbeat } from '@temporalio/activity';
import { assessRuns, type DecisionDrift, type DecisionRuns } from '../src/drift/index.js';
import type { ActivityDeps } from './deps.js';
import type { GateRunSummary } from './types.js';

export interface Scored {
  readonly drifts: readonly DecisionDrift[];
  readonly vectors: GateRunSummary['vectors'];
  readonly profile: GateRunSummary['profile'];
}

export interface ScoreRequest {
  readonly agent: string;
  readonly type: string;
  readonly alpha: number;
  readonly runs: readonly DecisionRuns[];
}

/** Noise profile from the control arm, then every decision against it. What is embedded is kept as it comes. */
export async function scoreDecisions(
  { embedder: open }: Pick<ActivityDeps, 'embedder'>,
  request: ScoreRequest,
): Promise<Scored> {
  const embedder = await open();
  const before = embedder.counts();
  const { profile, profileDigest, decisions } = await assessRuns(request.runs, {
    agent: request.agent,
    type: request.type,
    alpha: request.alpha,
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
    profile: { digest: profileDigest, mode: profile.mode, decisions: profile.decisions },
  };
}
