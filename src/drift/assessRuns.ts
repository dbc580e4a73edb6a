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
  /** Called now and then, at least every 100 decisions: a place for a heartbeat. */
  readonly onProgress?: (stage: 'embed' | 'assess', done: number, total: number) => void;
}

const PROGRESS_EVERY = 100;

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
      ...(onProgress === undefined ? {} : { onProgress: (done, total) => onProgress('embed', done, total) }),
    },
  );
  const profile = fitNoiseProfile(clipped, { agent, type, space, seed, ...(alpha === undefined ? {} : { alpha }) });
  return {
    profile,
    profileDigest: profileDigest(profile),
    decisions: clipped.map((entry, at) => {
      if (at % PROGRESS_EVERY === 0) onProgress?.('assess', at, clipped.length);
      return assessDecision(entry, profile, space);
    }),
    steps,
    texts,
  };
}
