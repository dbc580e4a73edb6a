import { AppError } from '../errors/index.js';
import { includesRole, personLabel, personRef, roleMissing, hasRole } from './roles.js';
import type { Approval, ApprovalRule, ProposedApproval } from './types.js';

/**
 * Whether this person may say yes or no now: null, or why not. Two approvals are two subjects of the issuer, so a second
 * key or a second role of the same person changes nothing.
 */
export function checkApproval(
  existing: readonly Approval[],
  next: ProposedApproval,
  rule: ApprovalRule,
): AppError | null {
  const { person, about, digest, requestedBy, now, standing } = next;
  const ref = personRef(person);
  if (standing !== undefined && (standing.about !== about || standing.digest !== digest))
    return another(standing, next);
  if (existing.some((approval) => approval.about !== about)) return another({ about, digest }, next);
  if (!hasRole(person, rule.role)) return roleMissing(person, rule.role);
  if (ref === requestedBy) {
    return new AppError('approval.own_request', `${personLabel(person)} asked for ${about} and cannot decide it`, {
      field: 'person',
      got: ref,
      expected: `somebody else with role ${rule.role}`,
      fix: `have another person run: tenet login, then the same command`,
    });
  }
  if (rule.notAfter !== undefined && now.toISOString() >= rule.notAfter) {
    return new AppError('approval.late', `${about} could be decided until ${rule.notAfter}`, {
      field: 'at',
      expected: `before ${rule.notAfter}`,
      got: now.toISOString(),
      fix: 'ask for it again',
    });
  }
  const before = existing.find(
    (approval) => approval.by === ref && approval.digest === digest && counts(approval, now),
  );
  if (before === undefined) return null;
  const verb = before.decision === 'approve' ? 'approved' : 'refused';
  return new AppError('approval.same_person', `${personLabel(person)} has ${verb} ${about} on ${before.at}`, {
    field: 'person',
    got: ref,
    expected: 'a person who has not decided yet',
    fix: `${rule.need} different people with role ${rule.role} are needed: have another one run the same command`,
  });
}

/** Enough different people approved exactly this digest, and nobody who counts refused it. */
export function isApproved(existing: readonly Approval[], rule: ApprovalRule, digest: string, now: Date): boolean {
  const standing = existing.filter(
    (approval) => approval.digest === digest && includesRole(approval.role, rule.role) && counts(approval, now),
  );
  if (standing.some(({ decision }) => decision === 'refuse')) return false;
  return new Set(standing.map(({ by }) => by)).size >= rule.need;
}

const counts = ({ expiresAt }: Approval, now: Date): boolean => expiresAt === null || now.toISOString() < expiresAt;

function another(standing: { readonly about: string; readonly digest: string }, next: ProposedApproval): AppError {
  const changed = standing.about === next.about;
  return new AppError(
    'approval.other',
    changed
      ? `${next.about} has changed since it was shown`
      : `this approval is about ${next.about}, not ${standing.about}`,
    {
      field: changed ? 'digest' : 'about',
      expected: changed ? standing.digest : standing.about,
      got: changed ? next.digest : next.about,
      fix: 'look at it as it stands now, then approve that',
    },
  );
}
