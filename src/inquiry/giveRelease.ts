import {
  checkApproval,
  giveApproval,
  personRef,
  type Approval,
  type ApprovalDeps,
  type Person,
} from '../people/index.js';
import { APPROVAL_RULE } from './roles.js';
import type { InquiryCase } from './types.js';

export interface ReleaseWord {
  readonly person: Person;
  readonly decision: Approval['decision'];
  readonly reason: string;
  /** Of the review that the person looked at; the one that stands when absent. */
  readonly digest?: string;
  readonly expiresAt?: string | null;
  readonly now: Date;
}

/**
 * One person's word on the review as it stands: checked, signed, stored. The case hears of it by a step of its own; a word that it
 * never heard of, since the command was cut off in between, is given again by the same call.
 */
export async function giveRelease(deps: ApprovalDeps, inquiry: InquiryCase, word: ReleaseWord): Promise<Approval> {
  const { person, decision, reason, now, expiresAt = null } = word;
  const standing = { about: inquiry.id, digest: inquiry.review?.digest ?? '' };
  const asked = { person, now, standing, about: inquiry.id, digest: word.digest ?? standing.digest };
  // Two had a hand in it: whoever collected is as little free to judge it as whoever reviewed.
  const refused = checkApproval([], { ...asked, requestedBy: inquiry.collection?.by ?? '' }, APPROVAL_RULE);
  if (refused !== null) throw refused;
  const before = await unheard(deps, inquiry, word, asked.digest);
  if (before !== undefined) return before;
  return giveApproval(deps, {
    ...asked,
    requestedBy: inquiry.review?.by ?? '',
    decision,
    reason,
    expiresAt,
    rule: APPROVAL_RULE,
    links: [{ rel: 'review', id: inquiry.review?.entry ?? inquiry.id }],
  });
}

async function unheard(
  { approvals }: ApprovalDeps,
  { id, approvals: heard }: InquiryCase,
  { person, decision, now }: ReleaseWord,
  digest: string,
): Promise<Approval | undefined> {
  return (await approvals.list(id)).find(
    (one) =>
      one.by === personRef(person) &&
      one.digest === digest &&
      one.decision === decision &&
      (one.expiresAt === null || now.toISOString() < one.expiresAt) &&
      !heard.some((given) => given.id === one.id),
  );
}
