/**
 * Semantic drift: did a candidate's reasons change beyond what the agent's own re-runs change. Steps are aligned, channels score the
 * differences, a noise profile from the control arm turns scores into p-values, and each decision gets one verdict.
 *
 * It is not a similarity score with a threshold, it does not run agents, and it does not decide a gate. Size (`driftIndex`) sorts;
 * evidence (`pValue`) decides. Specification: "Semantic drift", sections 5.1 to 5.8.
 */
export * from './types.js';
export { SCORER_VERSION } from './constants.js';
export { clipRun, splitSteps, normaliseStep } from './text/splitSteps.js';
export { maskNumbers } from './text/numbers.js';
export { alignSteps, type Alignment, type AlignedPair } from './align/alignSteps.js';
export type { StepSpace } from './align/stepSpace.js';
export { prepareSpace, type PreparedSpace, type SpaceOptions } from './prepareSpace.js';
export { compareReasoning } from './compareReasoning.js';
export {
  DEFAULT_SEMANTIC_FLOOR,
  fitNoiseProfile,
  profileDigest,
  decisionsNeeded,
  type NoiseProfileOptions,
} from './profile/noiseProfile.js';
export { assessDecision } from './assessDecision.js';
export { assessRuns, type AssessOptions, type Assessment } from './assessRuns.js';
export * from './cohort/index.js';
export { conformalP, mergeRepeats } from './profile/conformal.js';
export { driftIndex } from './driftIndex.js';
export { CHANNELS } from './channels/index.js';
export type { Channel, Comparison } from './channels/types.js';
export * from './embed/index.js';
