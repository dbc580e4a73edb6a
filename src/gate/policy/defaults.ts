/** Defaults of a gate policy. Everything else in the file must be written. */
export const POLICY_DEFAULTS = {
  /** Decisions drawn. 300 pass a 5 % margin with up to 8 flips, and are enough to calibrate the noise profile (160). */
  cohortSize: 300,
  cohortSeed: 1,
  /** Re-runs of the baseline version: with fewer than three, noise and change are hard to tell apart. */
  controlRepeats: 3,
  candidateRepeats: 1,
  /** Probability to pass a candidate that is at the margin. */
  alpha: 0.05,
  maxFlipRate: 0.05,
  maxNotReplayable: 0.05,
  maxHarnessMismatch: 0.01,
  maxShift: 0.05,
  model: 'tape',
  liveReads: false,
  timeoutMs: 5_000,
} as const;

/** Below this many decisions the noise profile of five text channels is uncalibrated at 5 %. */
export const CALIBRATED_FROM = 160;

/** A comparison needs two re-runs of the baseline version. */
export const MIN_CONTROL_REPEATS = 2;
