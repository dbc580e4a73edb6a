import { assessDecision } from './assessDecision.js';
import { prepareSpace } from './prepareSpace.js';
import { fitNoiseProfile, profileDigest } from './profile/noiseProfile.js';
import { clipRun } from './text/splitSteps.js';
import type { DecisionDrift, DecisionRuns, Embedder, NoiseProfile } from './types.js';

export interface AssessOptions {
  readonly agent: string;
  readonly type: string;
  readonly embedder: Embedder;
  /** Draws the run left out of each decision. The same seed and runs give the same bytes. */
  readonly seed: string;
  /** Level of the per-decision verdict. Default 0.05. */
  readonly alpha?: number;
  readonly signal?: AbortSignal;
  /**
   * Called now and then, at least every 50 decisions: a place for a heartbeat. Past embedding it is awaited, so
   * that a caller who gives up a turn of the event loop there keeps timers and sockets alive.
   */
  readonly onProgress?: (stage: 'embed' | 'profile' | 'assess', done: number, total: number) => unknown;
}

const PROGRESS_EVERY = 50;

export interface Assessment {
  readonly profile: NoiseProfile;
  readonly profileDigest: string;
  readonly decisions: readonly DecisionDrift[];
  readonly steps: number;
  readonly texts: number;
}

/** A candidate lane against its control arm, in one call: noise profile, then each decision in the order given. */
export async function assessRuns(decisions: readonly DecisionRuns[], options: AssessOptions): Promise<Assessment> {
  const { agent, type, embedder, seed, alpha, signal, onProgress } = options;
  const clipped = decisions.map(({ decision, baseline, candidate }) => ({
    decision,
    baseline: baseline.map(clipRun),
    candidate: candidate.map(clipRun),
  }));
  const { space, steps, texts } = await prepareSpace(
    clipped.map((entry) => entry.baseline),
    clipped.flatMap((entry) => entry.candidate),
    {
      embedder,
      ...(signal === undefined ? {} : { signal }),
      ...(onProgress === undefined ? {} : { onProgress: (done, total) => void onProgress('embed', done, total) }),
    },
  );
  const progress = async (stage: 'profile' | 'assess', done: number): Promise<void> => {
    signal?.throwIfAborted();
    await onProgress?.(stage, done, clipped.length);
  };
  const profile = await fitNoiseProfile(clipped, {
    agent,
    type,
    space,
    seed,
    pause: (done) => progress('profile', done),
    ...(alpha === undefined ? {} : { alpha }),
  });
  const assessed: DecisionDrift[] = [];
  for (const entry of clipped) {
    if (assessed.length % PROGRESS_EVERY === 0) await progress('assess', assessed.length);
    assessed.push(assessDecision(entry, profile, space));
  }
  return { profile, profileDigest: profileDigest(profile), decisions: assessed, steps, texts };
}
