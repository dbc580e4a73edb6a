import type { Json } from '@tenet-ledger/record';
import type { Person } from '../../people/index.js';

/** Why a flip is high-risk. */
export type Risk = 'pinned' | 'stake';

/** How a decision came out of the waived run: what a later run must not go beyond. */
export interface WaivedChange {
  readonly from: string | null;
  readonly to: string | null;
  /** Every answer (outcome and actions) of the candidate's runs that no control run gave. */
  readonly answers: readonly string[];
}

/** What is asked for. Its digest is what an approver approves. */
export interface WaiverTerms {
  readonly gate: string;
  /** Entry of the signed verdict. */
  readonly verdict: string;
  readonly policy: string;
  readonly agent: string;
  readonly baseline: string;
  readonly candidate: string;
  readonly decision: string;
  readonly risks: readonly Risk[];
  readonly change: WaivedChange;
  readonly stake: number | null;
  /** RFC 3339 UTC. */
  readonly expiresAt: string;
}

export type WaiverState = 'requested' | 'accepted' | 'rejected' | 'revoked' | 'expired';

/** One person's word on a waiver. */
export interface WaiverWord {
  /** personRef */
  readonly by: string;
  readonly name: string | null;
  readonly role: Person['role'];
  readonly reason: string;
  readonly at: string;
  /** By the person's own key; null where the platform alone vouches for who it was. */
  readonly signature: PersonalSignature | null;
  /** Entry that says so. */
  readonly entry: string;
}

export interface Waiver extends WaiverTerms {
  readonly id: string;
  readonly digest: string;
  readonly request: WaiverWord;
  readonly acceptance: WaiverWord | null;
  readonly rejection: WaiverWord | null;
  readonly revocation: WaiverWord | null;
}

/** DSSE (payload type `application/vnd.tenet.statement+json`) over the canonical text of the statement. */
export interface PersonalSignature {
  readonly statement: string;
  /** Ed25519, standard base64. */
  readonly publicKey: string;
  readonly sig: string;
}

/** Signs the canonical statement with a key that the person brought. */
export type SignStatement = (statement: string) => PersonalSignature;

export interface WaiverEntry {
  readonly kind: 'waiver';
  readonly type: 'waiver.requested' | 'waiver.accepted' | 'waiver.rejected' | 'waiver.revoked';
  readonly id: string;
  readonly links: readonly { readonly rel: string; readonly id: string }[];
  readonly fields: readonly { readonly path: string; readonly value: Json }[];
  readonly occurredAt: string;
}
