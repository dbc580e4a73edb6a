export { binomialTest } from './exact.js';
export { countOutcomes, round6, testMix, type MixTest } from './mix.js';
export { testOverrides, type OverrideCounts, type OverrideTest } from './overrides.js';
export { coverageOf, isWhole, type CaptureEntry, type ChainCount, type Coverage } from './coverage.js';
export {
  fingerprintOf,
  judgeCanary,
  NOT_OBSERVED,
  PROBES,
  type CanaryObservation,
  type CanaryVerdict,
  type Probe,
  type ProbeAnswer,
} from './canary.js';
export { ksTest, testNoise, type NoiseTest } from './noise.js';
export { judgeSignals, type SignalFacts } from './judgeSignals.js';
