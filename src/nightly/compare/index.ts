export { findKeyPointer, isKeyOf, type KeyedDecision } from './businessKey.js';
export { compareOutcomesOf, pairRuns, type OutcomeComparison, type PairedSide, type Pairing } from './compareRuns.js';
export {
  comparisonEntry,
  comparisonId,
  comparisonVerdict,
  readComparison,
  type CompareRequest,
  type ReasonChange,
  type RunComparison,
} from './comparison.js';
