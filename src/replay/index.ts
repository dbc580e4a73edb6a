/**
 * Deterministic replay, the pure part: drawing and freezing a cohort, manifests and identity of runs, seeds, shards, the
 * edge check of posted results, result rows and the tree that a verdict binds, yield, and the data of a diff.
 * It is not the runner: agents run in agent workers (packages/ghost, workers/), orchestration is in workflows/, storage in
 * src/db. It gives no verdict: drift does that for a decision, gate for a candidate.
 * Spec: rows are RFC 8785 text under an RFC 6962 §2.1 root; seeds are HMAC-SHA-256 (RFC 2104).
 */
export type * from './types.js';
export {
  cohortHash,
  PINNED_STRATUM,
  sampleCohort,
  sampledSize,
  type Cohort,
  type CohortRequest,
  type PopulationMember,
} from './cohort.js';
export { allocate, type StratumCount, type StratumShare } from './allocate.js';
export { contentId } from './ids.js';
export { buildRunManifest, controlKey, runEntry, type RunEntry, type RunRequest } from './manifest.js';
export { hmacSha256, laneSeed } from './seeds.js';
export { lanePolicy } from './lanePolicy.js';
export { createBasisReader, type RecordedBasis } from './recordedBasis.js';
export { modelUse, type ModelUse } from './modelUse.js';
export { readPopulation, type PopulationRequest, type RecordedDecision, type RecordedDecisions } from './population.js';
export { planShards, type ShardRange, type ShardRequest } from './planShards.js';
export { parseReplayResult, parseResultLine, unusableResult } from './parseResult.js';
export { RESULT_LIMITS, replayResultSchema } from './resultSchema.js';
export { rowHash, rowText, toResultRow } from './resultRow.js';
export {
  compareRows,
  resultsTree,
  type HashedRow,
  type ResultsTree,
  type RowKey,
  type RowProof,
} from './resultsTree.js';
export {
  isUsable,
  MIN_USABLE,
  MISSING,
  notReplayable,
  type LanePlan,
  type NotReplayable,
  type RunFate,
} from './usable.js';
export { laneYield, laneYieldOfRows, type FateCount, type LaneYield, type YieldReason } from './replayYield.js';
export { toControlRuns, toDecisionRuns, toReasoningRun } from './decisionRuns.js';
export { controlStatistics, harnessMismatches, modal, type ControlStatistics } from './controlArm.js';
export {
  diffDecision,
  triage,
  type DecisionDiff,
  type DiffRequest,
  type DiffStep,
  type OutcomeCount,
  type StepMark,
  type TriageLine,
} from './diff.js';
export { valueAt } from './valueAt.js';
