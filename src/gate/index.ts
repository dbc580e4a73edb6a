/**
 * The pre-deployment gate, the pure part: the policy file with its line numbers, exact bounds, rules, verdict as data,
 * the verdict's ledger entry, reporters for CI.
 * It is not the run (src/replay, workflows/) and not the assessment of one decision (src/drift), whose results it
 * takes as facts. It renders for machines only: what people see on a terminal is the CLI's.
 * Spec: one-sided Clopper–Pearson bounds; "too little data" is inconclusive, which blocks, and never a pass.
 */
export type * from './types.js';
export { checkPolicy, parsePolicy, type PolicyCheck, type PolicyProblem } from './policy/checkPolicy.js';
export { problemLine } from '../yaml/index.js';
export { CALIBRATED_FROM, MIN_CONTROL_REPEATS, POLICY_DEFAULTS } from './policy/defaults.js';
export { policyDigest } from './policy/policyDigest.js';
export {
  bettingUpperBound,
  binomialCdf,
  decisionsNeeded,
  lowerBound,
  planGate,
  upperBound,
  type GatePlanRequest,
  type PlannedGate,
} from './stats/index.js';
export { buildGateFacts, decisionFacts, type FactsRequest } from './facts.js';
export { countFlips, isFlip, type FlipCount } from './flips.js';
export { forbiddenHits, termMatchers, type ForbiddenHit, type TermMatcher } from './forbidden.js';
export { COHORT_CLAIM_AT_MOST, cohortLines } from './cohortClaim.js';
export { reuseLine, type ControlReuse } from './controlReuse.js';
export { MAX_UNJUDGED } from './sample.js';
export { GATE_RULES } from './rules/index.js';
export type { GateRule } from './rules/rule.js';
export { splitBudget } from './splitBudget.js';
export { inconclusiveVerdict, judge } from './judge.js';
export { summarise, type GateSummary } from './summary.js';
export { verdictEntry, type RunRef, type VerdictEntry, type VerdictRequest } from './verdictEntry.js';
export {
  githubOutputs,
  reportNotes,
  REPORTERS,
  type GateReport,
  type ReporterName,
  type ReportNote,
} from './reporters/index.js';
export * from './plan/index.js';
export * from './profiles/index.js';
export * from './waivers/index.js';
export * from './promotions/index.js';
