/**
 * What may decide: a promotion is a signed record that names the gate run, asked for by one person and approved by another; a baseline
 * is blessed by name; and the history sets both beside what did decide, so that a deployment without one is seen.
 * Kept in the ledger alone. It deploys nothing.
 */
export type * from './types.js';
export { promotionTerms, promotionDigest, type PromotionRequest } from './terms.js';
export { blessedBaseline, foldPromotions, readPromotions } from './readPromotions.js';
export {
  blessBaseline,
  decidePromotion,
  recordBypass,
  requestPromotion,
  type PromotionDeps,
  type Promoting,
} from './promote.js';
export { deploymentHistory, type Deployment, type DeploymentStatus } from './history.js';
