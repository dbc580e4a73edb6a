import type { Json } from '@tenet-ledger/record';

/** Each role includes the ones before it. */
export const ROLES = ['viewer', 'engineer', 'approver', 'officer'] as const;
export type Role = (typeof ROLES)[number];

/** Somebody whom an issuer authenticated. Identity is issuer and subject: never a key, a name or an e-mail address. */
export interface Person {
  readonly issuer: string;
  readonly subject: string;
  readonly name: string | null;
  readonly email: string | null;
  readonly role: Role;
}

/** One rule of the configuration: who has `claim` with `value`, or is `subject`, has at least this role. */
export interface RoleRule {
  /** Name of a claim of the ID token, or a JSON pointer into it. */
  readonly claim?: string | undefined;
  readonly value?: string | undefined;
  readonly subject?: string | undefined;
  readonly role: Role;
}

/** What one person said about one thing, in one state of it. */
export interface Approval {
  readonly id: string;
  /** Id of the thing: a waiver, a gate, an inquiry. */
  readonly about: string;
  /** Digest of what was approved: another state of the thing is another digest, and its approvals start anew. */
  readonly digest: string;
  /** `personRef` of who said it. */
  readonly by: string;
  /** The role that the person had then. */
  readonly role: Role;
  readonly decision: 'approve' | 'refuse';
  readonly reason: string;
  /** RFC 3339 UTC. */
  readonly at: string;
  /** From then on it no longer counts. */
  readonly expiresAt: string | null;
}

/** How many different people of which role it takes. */
export interface ApprovalRule {
  readonly need: number;
  readonly role: Role;
  /** RFC 3339 UTC; approvals are taken before it. */
  readonly notAfter?: string;
}

export interface ProposedApproval {
  readonly person: Person;
  readonly about: string;
  /** Digest of what the person was shown. */
  readonly digest: string;
  /** `personRef` of who asked for it. */
  readonly requestedBy: string;
  readonly now: Date;
  /** What stands now, where the caller knows it: an approval of anything else is for another run. */
  readonly standing?: { readonly about: string; readonly digest: string };
}

/** An entry as the ledger's append takes it. */
export interface ApprovalEntry {
  readonly kind: 'approval';
  readonly type: string;
  readonly id: string;
  readonly links: readonly { readonly rel: string; readonly id: string }[];
  readonly fields: readonly { readonly path: string; readonly value: Json }[];
  readonly occurredAt: string;
}
