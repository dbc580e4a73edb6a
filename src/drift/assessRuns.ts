import { assessCohort, type CohortDrift } from './cohort/index.js';
import { assessDecision } from './assessDecision.js';
import type { StepSpace } from './align/stepSpace.js';
import { prepareSpace } from './prepareSpace.js';
import { SCORER_VERSION } from './constants.js';
import { fitNoiseProfile, profileDigest } from './profile/noiseProfile.js';
import { clipRun } from './text/splitSteps.js';
import type { DecisionDrift, DecisionRuns, Embedder, NoiseProfile } from './types.js';

type Stage = 'embed' | 'profile' | 'assess' | 'cohort';
type ControlRuns = Pick<DecisionRuns, 'decision' | 'baseline'>;

export interface AssessOptions {
  readonly agent: string;
  readonly type: string;
  readonly embedder: Embedder;
  /** Draws the run left out of each decision. The same seed and runs give the same bytes. */
  readonly seed: string;
  /** Level of the per-decision verdict. Default 0.05. */
  readonly alpha?: number;
  /**
   * The whole control arm, in the order of its decisions: words are counted and the noise is measured on it whatever the candidate
   * did. The baselines of `decisions` without it.
   */
  readonly control?: readonly ControlRuns[];
  /** Fitted before from the same control arm: used where it fits, else the noise is measured again. */
  readonly profiles?: readonly NoiseProfile[];
  /** Seed of the permutations of the claim about the cohort, and the decisions it is about, in order; no claim without it. */
  readonly cohort?: { readonly seed: string; readonly decisions: readonly string[] };
  readonly signal?: AbortSignal;
  /**
   * Called now and then, at least every 50 decisions: a place for a heartbeat. Past embedding it is awaited, so
   * that a caller who gives up a turn of the event loop there keeps timers and sockets alive.
   */
  readonly onProgress?: (stage: Stage, done: number, total: number) => unknown;
}

const PROGRESS_EVERY = 50;

export interface Assessment {
  readonly profile: NoiseProfile;
  readonly profileDigest: string;
  /** The profile is one of those that were handed in. */
  readonly profileKept: boolean;
  readonly decisions: readonly DecisionDrift[];
  readonly cohort: CohortDrift | null;
  readonly steps: number;
  readonly texts: number;
}

/** A candidate lane against its control arm, in one call: noise profile, then each decision in the order given, then the cohort. */
export async function assessRuns(decisions: readonly DecisionRuns[], options: AssessOptions): Promise<Assessment> {
  const { embedder, signal, onProgress, cohort } = options;
  const clipped = decisions.map(({ candidate, ...own }) => ({
    ...clipControl(own),
    candidate: candidate.map(clipRun),
  }));
  const control = options.control?.map(clipControl) ?? clipped;
  const { space, steps, texts } = await prepareSpace(
    control.map((entry) => entry.baseline),
    clipped.flatMap((entry) => entry.candidate),
    {
      embedder,
      ...(signal === undefined ? {} : { signal }),
      ...(onProgress === undefined ? {} : { onProgress: (done, total) => void onProgress('embed', done, total) }),
    },
  );
  const progress = async (stage: Exclude<Stage, 'embed'>, done: number): Promise<void> => {
    signal?.throwIfAborted();
    await onProgress?.(stage, done, clipped.length);
  };
  const kept = fitting(options, space);
  const profile = kept ?? (await fit(control, options, space, progress));
  const assessed: DecisionDrift[] = [];
  for (const entry of clipped) {
    if (assessed.length % PROGRESS_EVERY === 0) await progress('assess', assessed.length);
    assessed.push(assessDecision(entry, profile, space));
  }
  const claim =
    cohort === undefined
      ? null
      : await assessCohort(chosen(clipped, cohort.decisions), {
          space,
          seed: cohort.seed,
          ...level(options),
          pause: (done) => progress('cohort', done),
        });
  return {
    profile,
    profileDigest: profileDigest(profile),
    profileKept: kept !== undefined,
    decisions: assessed,
    cohort: claim,
    steps,
    texts,
  };
}

function chosen(runs: readonly DecisionRuns[], decisions: readonly string[]): DecisionRuns[] {
  const byId = new Map(runs.map((own) => [own.decision, own]));
  return decisions.flatMap((decision) => byId.get(decision) ?? []);
}

const clipControl = ({ decision, baseline }: ControlRuns): ControlRuns => ({
  decision,
  baseline: baseline.map(clipRun),
});

const level = ({ alpha }: AssessOptions): { alpha?: number } => (alpha === undefined ? {} : { alpha });

const fit = (
  control: readonly ControlRuns[],
  options: AssessOptions,
  space: StepSpace,
  progress: (stage: 'profile', done: number) => Promise<void>,
): Promise<NoiseProfile> => {
  const { agent, type, seed } = options;
  return fitNoiseProfile(control, {
    agent,
    type,
    space,
    seed,
    pause: (done) => progress('profile', done),
    ...level(options),
  });
};

/** One whose scores are on the scale of this space, drawn by this seed, at this level. */
function fitting({ agent, type, seed, alpha = 0.05, profiles = [] }: AssessOptions, space: StepSpace) {
  return profiles.find(
    (profile) =>
      profile.agent === agent &&
      profile.type === type &&
      profile.seed === seed &&
      profile.alpha === alpha &&
      profile.embedderId === space.embedderId &&
      profile.scorerVersion === SCORER_VERSION &&
      profile.idfDigest === space.lexicon.digest,
  );
}
