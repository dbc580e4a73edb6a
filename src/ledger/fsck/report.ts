/** What a check of the whole ledger found. Data, never thrown: a broken ledger is what fsck is for. */
export interface FsckReport {
  readonly ok: boolean;
  readonly size: number;
  /** Root recomputed from the leaves' bytes, base64. */
  readonly root: string;
  readonly checked: FsckCounts;
  /** The first {@link MAX_FINDINGS}, by kind of check and then by index; `found` counts all of them. */
  readonly findings: readonly FsckFinding[];
  readonly found: number;
  /** Numbers a producer skipped. Not a finding: it shows entries that never arrived, which no log can hold. */
  readonly gaps: readonly ProducerGap[];
}

export const MAX_FINDINGS = 1_000;

export interface FsckCounts {
  readonly leaves: number;
  readonly tiles: number;
  readonly checkpoints: number;
  readonly signatures: number;
  readonly disclosures: number;
  /** Entries whose key was destroyed: their disclosures are gone and their proofs hold. */
  readonly erased: number;
  /** Leaves outside the tree: each was answered as a duplicate of an entry and keeps its place in its producer's chain. */
  readonly duplicates: number;
}

export type FsckReason =
  | 'leaf.missing'
  | 'leaf.edited'
  | 'leaf.format'
  | 'leaf.id'
  | 'tile.mismatch'
  | 'head.mismatch'
  | 'checkpoint.root'
  | 'checkpoint.note'
  | 'signer.mismatch'
  | 'signature.invalid'
  | 'key.not_valid'
  | 'key.history'
  | 'producer.prev'
  | 'producer.repeat'
  | 'disclosure.missing'
  | 'disclosure.mismatch'
  | 'entry.missing'
  | 'entry.mismatch'
  | 'entry.orphan'
  | 'duplicate.edited'
  | 'duplicate.orphan';

export interface FsckFinding {
  readonly reason: FsckReason;
  /** Leaf index, or null where the finding is not about one leaf. */
  readonly index: number | null;
  readonly id: string | null;
  readonly message: string;
}

export interface ProducerGap {
  readonly producer: string;
  readonly kid: string;
  /** First and last missing number. */
  readonly from: number;
  readonly to: number;
}

export interface FsckProgress {
  readonly done: number;
  readonly total: number;
}
