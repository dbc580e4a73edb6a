/**
 * People and what they may decide: identity by issuer and subject, four roles, and the rules of an approval: two approvals
 * are two people, nobody decides what they asked for, and an approval binds to the digest of what was shown.
 * Pure. It is not where somebody is authenticated (src/login), nor where an approval is kept (src/db).
 */
export { ROLES } from './types.js';
export type * from './types.js';
export {
  hasRole,
  includesRole,
  personJson,
  personLabel,
  personRef,
  requireRole,
  roleMissing,
  roleOf,
} from './roles.js';
export { checkApproval, isApproved } from './approvals.js';
export { approvalEntry, approvalFields, approvalId, digestOf, idBy } from './approvalEntry.js';
export {
  giveApproval,
  type ApprovalDeps,
  type ApprovalRequest,
  type ApprovalStore,
  type SaidEntry,
} from './giveApproval.js';
