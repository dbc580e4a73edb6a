/**
 * Waivers: two different people let a high-risk flip pass for a time, each with a reason. They live in the ledger alone, so a row
 * of a database makes none; a later run reads them back, names them in its verdict, and fails again once they end.
 */
export type * from './types.js';
export { applyWaivers, type WaiverFacts } from './applyWaivers.js';
export { waivedLines } from './waivedLines.js';
export { HIGH_RISK, risksOf } from './highRisk.js';
export { mayWaive, standingWaivers, waiverState } from './state.js';
export { termsDigest, waiverTerms, type TermsRequest } from './terms.js';
export { statementBytes, STATEMENT_TYPE, statementText, verifyStatement, type Statement } from './statement.js';
export { foldWaivers, type WaiverView } from './foldWaivers.js';
export { readWaivers, type WaiverLedger } from './waiverLedger.js';
export {
  adjudicateWaiver,
  findWaiver,
  requestWaiver,
  revokeWaiver,
  type Speaking,
  type WaiverDeps,
} from './adjudicate.js';
