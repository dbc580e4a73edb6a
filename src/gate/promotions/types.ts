import type { Entry, Json } from '@tenet-ledger/record';
import type { Role } from '../../people/index.js';

/** What somebody wants to put to work, and what shows that it may. Its digest is what an approver approves. */
export interface PromotionTerms {
  /** name@version */
  readonly version: string;
  /** Digest of its code as it was judged. */
  readonly code: string;
  readonly gate: string;
  /** Entry of the signed verdict. */
  readonly verdict: string;
  /** Name of the gate's policy. */
  readonly suite: string;
  readonly status: 'pass';
  /** Waivers that the verdict rests on. */
  readonly waivers: readonly string[];
  /** Change id: a pull request, a ticket, a commit. */
  readonly change: string;
}

/** One person's word. */
export interface PromotionWord {
  /** personRef */
  readonly by: string;
  readonly name: string | null;
  readonly role: Role;
  readonly reason: string;
  readonly at: string;
  readonly entry: string;
}

export interface Promotion extends PromotionTerms {
  readonly id: string;
  readonly digest: string;
  readonly request: PromotionWord;
  readonly approval: PromotionWord | null;
  readonly refusal: PromotionWord | null;
}

/** A version put to work without a gate, said so by one person. */
export interface Bypass {
  readonly version: string;
  readonly change: string;
  readonly word: PromotionWord;
}

export interface Blessing {
  readonly version: string;
  readonly gate: string | null;
  readonly word: PromotionWord;
}

export interface PromotionRecords {
  readonly promotions: readonly Promotion[];
  readonly bypasses: readonly Bypass[];
  /** Oldest first. */
  readonly blessings: readonly Blessing[];
}

/** A version that decided something in the ledger. */
export interface DecidingVersion {
  readonly version: string;
  readonly decisions: number;
  /** Claimed by the producer. */
  readonly firstAt: Date;
  readonly lastAt: Date;
  /** When the platform first had one. */
  readonly firstAcceptedAt: Date;
}

/** Implemented by db/. */
export interface DeploymentStore {
  /** Of one agent, or of all; oldest first. */
  versions(agent: string | null): Promise<DecidingVersion[]>;
}

export interface PromotionEntry {
  readonly kind: 'approval';
  readonly type: 'promotion.requested' | 'promotion.made' | 'promotion.bypass' | 'baseline.blessed';
  readonly id: string;
  readonly links: readonly { readonly rel: string; readonly id: string }[];
  readonly fields: readonly { readonly path: string; readonly value: Json }[];
  readonly occurredAt: string;
}

/** What promotions need of a tenant's ledger: they are kept nowhere else. */
export interface PromotionLedger {
  listDecisions(query: {
    readonly kind: 'approval';
    readonly type: string;
    readonly limit: number;
    readonly cursor?: string;
  }): Promise<{ readonly ids: readonly string[]; readonly cursor: string | null }>;
  readDecisions(ids: readonly string[]): Promise<readonly PromotionView[]>;
  append(entries: readonly PromotionEntry[]): Promise<unknown>;
}

export interface PromotionView {
  readonly id: string;
  readonly entry: Pick<Entry, 'kind' | 'type' | 'links'>;
  readonly fields: ReadonlyMap<string, Json>;
}
