import type { ApprovalRule, Role } from '../people/index.js';
import type { StepKind } from './stages.js';

/** Nothing leaves without two people; the system cannot release anything by itself. */
export const APPROVAL_RULE: ApprovalRule = { need: 2, role: 'officer' };

/** Who may ask for a step: what binds the operator to the outside takes an officer. */
export const ROLE_OF: Readonly<Record<StepKind | 'open', Role>> = {
  open: 'engineer',
  hold: 'officer',
  release: 'officer',
  extend: 'officer',
  scope: 'engineer',
  collect: 'engineer',
  review: 'engineer',
  approve: 'officer',
  package: 'engineer',
  deliver: 'officer',
  close: 'officer',
  reopen: 'officer',
  withdraw: 'officer',
};
