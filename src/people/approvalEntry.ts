import { canonicalize, sha256, toBase32, toBase64Url, utf8, type Json } from '@tenet-ledger/record';
import { personRef } from './roles.js';
import type { Approval, ApprovalEntry, Person } from './types.js';

const DIGITS = 26;

/** base64url SHA-256 of the canonical JSON: what an approval binds to. */
export const digestOf = (value: unknown): string => toBase64Url(sha256(utf8(canonicalize(value))));

/** Prefix and digits by content: the same step done twice is one entry. */
export const idBy = (prefix: string, content: unknown): string =>
  prefix + toBase32(sha256(utf8(canonicalize(content))), DIGITS);

/** `attempt` is how often this person has decided this digest before: an approval that expired may be given again. */
export const approvalId = (approval: Pick<Approval, 'about' | 'digest' | 'by'>, attempt: number): string =>
  idBy('apr_', [approval.about, approval.digest, approval.by, attempt]);

/** The fields of an approval in any entry that carries one. */
export function approvalFields(
  approval: Approval,
  person: Pick<Person, 'issuer' | 'subject' | 'name'>,
): ApprovalEntry['fields'] {
  const fields: Readonly<Record<string, Json>> = {
    about: approval.about,
    digest: approval.digest,
    decision: approval.decision,
    by: personRef(person),
    issuer: person.issuer,
    name: person.name,
    role: approval.role,
    reason: approval.reason,
    at: approval.at,
    expires: approval.expiresAt,
  };
  return Object.entries(fields).map(([name, value]) => ({ path: `/approval/${name}`, value }));
}

/** `approval.given` or `approval.refused`, linked to what it is about. */
export function approvalEntry(
  approval: Approval,
  person: Pick<Person, 'issuer' | 'subject' | 'name'>,
  links: ApprovalEntry['links'] = [],
): ApprovalEntry {
  return {
    kind: 'approval',
    type: approval.decision === 'approve' ? 'approval.given' : 'approval.refused',
    id: approval.id,
    links: [{ rel: 'about', id: approval.about }, ...links],
    fields: approvalFields(approval, person),
    occurredAt: approval.at,
  };
}
