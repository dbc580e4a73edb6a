import type { EntryKind, Json } from './types.js';

/**
 * INVALID: a check failed. SIGNED: signed by a valid key, not shown to be logged. SELF-ATTESTED: logged, and the operator alone
 * signed the checkpoint. LOGGED: also consistent with a checkpoint the verifier had kept. WITNESSED: the policy's quorum
 * of witnesses cosigned.
 */
export type BundleLabel = 'INVALID' | 'SIGNED' | 'SELF-ATTESTED' | 'LOGGED' | 'WITNESSED';

/** `info` states something without supporting the verdict. */
export interface BundleCheck {
  readonly name: string;
  readonly status: 'pass' | 'fail' | 'info';
  readonly detail: string;
}

export type FieldStatus = 'DISCLOSED' | 'WITHHELD' | 'ERASED' | 'MISMATCH';

export interface FieldVerdict {
  readonly path: string;
  readonly status: FieldStatus;
  /** Only when DISCLOSED and the bundle is not INVALID. */
  readonly value?: Json;
  /** Index of the erasure entry, when ERASED. */
  readonly erasedBy?: number;
}

export interface EntrySummary {
  readonly id: string;
  readonly kind: EntryKind;
  readonly type: string;
  readonly agent: string;
  readonly log: string;
  /** The producer's claim. */
  readonly occurredAt: string;
  readonly kid: string;
  /** null: not logged. */
  readonly index: number | null;
}

export interface RelatedVerdict {
  readonly entry: EntrySummary;
  readonly fields: readonly FieldVerdict[];
}

export interface RowVerdict {
  readonly verdict: string;
  readonly index: number;
  readonly row: Json;
}

export interface BundleVerdict {
  readonly label: BundleLabel;
  /** have: listed witnesses that cosigned; need: fewest that could meet the policy's quorum. */
  readonly witnesses: { readonly have: number; readonly need: number };
  readonly checks: readonly BundleCheck[];
  /** What no check covers, in sentences. Print it with every verdict. */
  readonly notChecked: readonly string[];
  /** null only when the bundle could not be read that far. On INVALID it is a claim, not a finding. */
  readonly entry: EntrySummary | null;
  readonly fields: readonly FieldVerdict[];
  readonly related: readonly RelatedVerdict[];
  readonly rows: readonly RowVerdict[];
  readonly checkpoint: {
    readonly origin: string;
    readonly size: number;
    /** base64. */
    readonly root: string;
  } | null;
  /** RFC 3339. From witnesses' cosignatures; null without any. */
  readonly notLaterThan: string | null;
  /** Size of the cited checkpoint, when the bundle proves that it is of this log. */
  readonly notEarlierThan: number | null;
  /** Why the label is INVALID; empty otherwise. */
  readonly reasons: readonly { readonly code: string; readonly message: string }[];
}
