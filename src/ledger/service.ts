import type { Entry, EntryKind, Json, KeyRole, Link, Submission } from '@tenet-ledger/record';
import type { ErrorCode } from '../errors/index.js';
import type { FsckProgress, FsckReport } from './fsck/report.js';

/**
 * What the rest of the platform may ask of one tenant's ledger. Ids are entry ids; indexes are leaf indexes; roots are
 * 32 bytes. Every entry that is read back is checked against its leaf, and every disclosure against its digest.
 */
export interface LedgerService {
  /**
   * Verify, seal and store. Answers after commit, one result per item in order; a bad item never fails the batch. Items are asked
   * for as they are checked, all before anything is stored.
   */
  ingest(items: Iterable<Submission>, auth: IngestAuth): Promise<ItemResult[]>;
  /** The platform as producer. Idempotent for entries that carry an `id`: the stored submission is given back. */
  append(entries: readonly NewEntry[]): Promise<AppendedEntry[]>;
  /** One batch: tree, read-back, signature, checkpoint. Returns the number of entries that entered the tree. */
  sequenceOnce(): Promise<number>;
  startSequencer(options: SequencerOptions): Sequencer;
  /** Index per id once each is in the tree and under a checkpoint. Throws `not_found` or, after the time-out, `ledger.pending`. */
  waitLogged(ids: readonly string[], options: { readonly timeoutMs: number }): Promise<Map<string, number>>;
  latestCheckpoint(): Promise<Checkpoint | null>;
  checkpointAt(size: number): Promise<Checkpoint | null>;
  /** RFC 6962 §2.1.2 between two sizes of this tree. */
  consistency(from: number, to: number): Promise<Uint8Array[]>;
  /** C2SP tlog-proof text for a leaf, under the checkpoint at `size` (the latest when absent). */
  receipt(index: number, size?: number): Promise<string>;
  /** Appends `key.add` signed by the root key and waits until it is logged. The same key again is answered from the log. */
  enrolKey(key: { readonly publicKey: Uint8Array; readonly role: KeyRole }): Promise<{ kid: string; idx: number }>;
  /** Ends a key in the log. Entries before the end stay valid. */
  endKey(kid: string, how: 'retire' | 'revoke'): Promise<{ idx: number }>;
  /** In the order asked; unknown ids are left out. */
  readEntries(ids: readonly string[]): Promise<StoredEntry[]>;
  /** Every disclosure of each entry, checked against S. An erased entry is missing from the map. */
  openDisclosures(ids: readonly string[]): Promise<Map<string, OpenedDisclosures>>;
  /** In the order asked; unknown ids are left out. `fields` is empty for an erased one. */
  readDecisions(ids: readonly string[]): Promise<DecisionView[]>;
  listDecisions(query: ListQuery): Promise<ListPage>;
  /** Entries that link to this one, oldest first, for instance the verdict of a run. */
  linkedFrom(target: string, rel?: string): Promise<string[]>;
  /** A session, oldest first: its entries and what links to its decisions (effects, overrides, corrections). */
  timeline(session: string, page: Pick<ListQuery, 'limit' | 'cursor'>): Promise<ListPage>;
  /** What S says of these entries, in the order asked; unknown ids are left out. */
  readItems(ids: readonly string[]): Promise<ListItem[]>;
  /** null when no entry has this id or follows from it. */
  intentTree(id: string): Promise<IntentTree | null>;
  /** Entries that wait for their place in the tree, counted no further than `most`. */
  queued(most: number): Promise<number>;
  /** Appends an erasure entry, destroys the subject's key, then deletes the ciphertext. Leaves and proofs stay. */
  eraseSubject(request: EraseRequest): Promise<ErasedSubject>;
  /** Recomputes everything from stored bytes. Findings are data. */
  fsck(onProgress?: (progress: FsckProgress) => void): Promise<FsckReport>;
  /** An evidence bundle in packages/record's format. */
  exportBundle(request: BundleRequest): Promise<string>;
  status(): Promise<LedgerStatus>;
}

/** Record keys that the caller's API key may post under. */
export interface IngestAuth {
  readonly kids: readonly string[] | 'any';
}

/** `code` and `message` say why an item was refused or is a conflict. */
export interface ItemResult {
  readonly id: string;
  readonly status: 'accepted' | 'duplicate' | 'conflict' | 'refused';
  readonly code?: ErrorCode;
  readonly message?: string;
  /** JSON pointer into the submission or into S. */
  readonly field?: string;
}

export interface FieldValue {
  readonly path: string;
  readonly value: Json;
}

export interface NewEntry {
  readonly kind: EntryKind;
  readonly type: string;
  readonly fields: readonly FieldValue[];
  /** A ULID-based id of the platform's when absent. */
  readonly id?: string;
  /** Default "platform". */
  readonly agent?: string;
  readonly links?: readonly Link[];
  readonly subject?: string;
  /** RFC 3339 UTC with milliseconds; now when absent. */
  readonly occurredAt?: string;
}

export interface AppendedEntry {
  readonly id: string;
  readonly submission: Submission;
}

export interface SequencerOptions {
  readonly intervalMs: number;
  /** Told of every failed round. After an integrity violation the tree is halted and the loop has stopped. */
  readonly onError?: (error: unknown) => void;
}

export interface Sequencer {
  /** Resolves when the round under way is over. */
  stop(): Promise<void>;
}

export interface Checkpoint {
  readonly size: number;
  readonly root: Uint8Array;
  /** Signed note, C2SP tlog-checkpoint. */
  readonly note: string;
}

export interface StoredEntry {
  readonly id: string;
  /** null while queued. */
  readonly idx: number | null;
  /** The leaf's exact JSON text. */
  readonly leaf: string;
  readonly entry: Entry;
}

export interface OpenedDisclosures {
  readonly disclosures: readonly string[];
}

export interface DecisionView {
  readonly id: string;
  readonly idx: number | null;
  readonly entry: Entry;
  /** Path → value. Empty when the subject's key was destroyed. */
  readonly fields: ReadonlyMap<string, Json>;
  readonly erased: boolean;
}

export interface EraseRequest {
  /** The tag as it stands in S. */
  readonly subject: string;
  /** Legal basis or request number; it becomes a field of the erasure entry. */
  readonly basis: string;
}

export interface ErasedSubject {
  /** The erasure entries. */
  readonly erasures: readonly string[];
  readonly entries: readonly string[];
}

export interface ListQuery {
  /** Default "decision". */
  readonly kind?: EntryKind;
  readonly session?: string;
  /** The orchestrator's run, as the producer's lineage names it. */
  readonly run?: string;
  /** The tag as it stands in S. */
  readonly subject?: string;
  /** name@version, or a bare name for all its versions. */
  readonly agent?: string;
  readonly type?: string;
  /** Claimed time from this millisecond on. */
  readonly fromMs?: number;
  /** Claimed time before this millisecond. */
  readonly toMs?: number;
  readonly limit?: number;
  readonly cursor?: string;
}

export interface ListPage {
  readonly ids: readonly string[];
  readonly items: readonly ListItem[];
  /** null on the last page. */
  readonly cursor: string | null;
}

/** What S says of an entry; no disclosed value. */
export interface ListItem {
  readonly id: string;
  readonly kind: EntryKind;
  readonly type: string;
  readonly agent: string;
  readonly session: string | null;
  readonly run: string | null;
  readonly subject: string | null;
  readonly occurredAt: string;
}

export interface IntentNode {
  readonly item: ListItem;
  readonly children: readonly IntentNode[];
}

export interface IntentTree {
  readonly id: string;
  /** null when the intent itself is no entry of this log. */
  readonly item: ListItem | null;
  readonly children: readonly IntentNode[];
  /** There is more than one tree shows. */
  readonly truncated: boolean;
}

export interface BundleRequest {
  readonly entryId: string;
  /** Entries the bundle carries beside it: verdict, manifest, drift. */
  readonly related?: readonly string[];
  /** Result rows of `entryId`, with proofs. */
  readonly rows?: BundleRows;
  /** Fields to disclose of `entryId`. Default 'all'. */
  readonly disclose?: readonly string[] | 'all';
  /** Fields to disclose of related entries, by id; one that is not named is disclosed whole. */
  readonly discloseRelated?: ReadonlyMap<string, readonly string[]>;
  /** Under the checkpoint of this size; the newest when absent. */
  readonly size?: number;
  /** Older tree sizes that an auditor may have kept. */
  readonly consistencyFrom?: readonly number[];
}

export interface BundleRows {
  /** The entry that discloses the `/resultsRoot` of all these rows. */
  readonly verdictId: string;
  /** Leaf hash of every row, in the order of the root. An erased row keeps its hash: the root outlives what it covers. */
  readonly hashes: readonly Uint8Array[];
  /** Rows to carry, each about the bundle's entry: index in `hashes`, and the text that hashes to it. */
  readonly carried: readonly { readonly index: number; readonly text: string }[];
}

export interface LedgerStatus {
  readonly tenant: string;
  readonly origin: string;
  readonly size: number;
  readonly checkpointSize: number;
  /** Milliseconds since the newest checkpoint; null before the first. */
  readonly headAgeMs: number | null;
  readonly halted: string | null;
  readonly queued: number;
  readonly keys: { readonly active: number; readonly ended: number; readonly pending: number };
  readonly conflicts: number;
  /** What the checkpoints of this log are worth to an outsider. */
  readonly label: 'SELF-ATTESTED';
}
