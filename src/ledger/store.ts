import type { EntryKind, KeyRole, Link } from '@tenet-ledger/record';

/** Bytes of one tenant's ledger. Implemented by db/ over Postgres; each call is one transaction unless it says otherwise. */
export interface LedgerStore extends IngestStore, AppendStore, ReadStore {
  readonly tenant: string;
}

export interface TenantRow {
  readonly log: string;
  readonly origin: string;
  readonly rootKey: Uint8Array;
}

export interface RecordKeyRow {
  readonly kid: string;
  readonly publicKey: Uint8Array;
  readonly role: KeyRole;
  readonly status: 'active' | 'retired' | 'revoked';
  readonly entryId: string;
  readonly addedIdx: number | null;
  readonly endEntryId: string | null;
  readonly endedIdx: number | null;
}

/** A place in a producer's chain. */
export interface ChainPosition {
  readonly kid: string;
  readonly producer: string;
  readonly seq: number;
}

export interface ChainRow extends ChainPosition {
  readonly id: string;
  readonly sHash: Uint8Array;
}

/** One verified record, its disclosures sealed. */
export interface NewRecord extends ChainPosition {
  readonly id: string;
  readonly kind: EntryKind;
  readonly type: string;
  readonly agent: string;
  readonly occurredAt: string;
  readonly subject: string | null;
  readonly session: string | null;
  readonly run: string | null;
  readonly sHash: Uint8Array;
  readonly links: readonly Link[];
  readonly leaf: Uint8Array;
  readonly leafHash: Uint8Array;
  readonly keyId: string;
  readonly sealed: Uint8Array;
  readonly keyChange: KeyChange | null;
}

/** What a key entry says, already checked. It takes effect when its leaf gets an index. */
export type KeyChange =
  | { readonly op: 'add'; readonly kid: string; readonly publicKey: Uint8Array; readonly role: KeyRole }
  | {
      readonly op: 'end';
      readonly kid: string;
      readonly publicKey: Uint8Array;
      readonly status: 'retired' | 'revoked';
    };

export interface ConflictRow extends ChainPosition {
  readonly leaf: Uint8Array;
  readonly leafHash: Uint8Array;
}

/** Another leaf for an id that the ledger has: not in the tree, kept for its place in its producer's chain. */
export interface DuplicateRow extends ConflictRow {
  /** Of the entry that was kept. */
  readonly id: string;
  readonly kind: EntryKind;
  readonly type: string;
  readonly agent: string;
  readonly occurredAt: string;
  readonly session: string | null;
  readonly sHash: Uint8Array;
}

/** A duplicate as it is stored, for fsck. */
export interface StoredDuplicate extends ChainRow {
  readonly leafHash: Uint8Array;
  readonly leaf: string;
}

export interface Inserted {
  readonly ids: ReadonlySet<string>;
  /** Of the given kids: ended since they were read. Nothing of theirs was inserted. */
  readonly endedKids: ReadonlySet<string>;
}

export interface IngestStore {
  readKeys(kids: readonly string[]): Promise<RecordKeyRow[]>;
  /** What stands at these places of their chains: entries, and what was answered as a duplicate. */
  readChain(positions: readonly ChainPosition[]): Promise<ChainRow[]>;
  readIds(ids: readonly string[]): Promise<ChainRow[]>;
  /**
   * Inserts what is new; a taken id or chain place is skipped, not an error. Durable on return. Holds the record keys named
   * in `kids` as they are until commit: what was verified under a key must not be queued behind the end of that key.
   */
  insertRecords(records: readonly NewRecord[], kids: readonly string[]): Promise<Inserted>;
  /** Another sealed body for entries that are there. */
  replaceSealed(rows: readonly SealedRow[]): Promise<void>;
  /** Durable on return; those that are there already are left as they are. */
  insertDuplicates(rows: readonly DuplicateRow[]): Promise<void>;
  insertConflicts(rows: readonly ConflictRow[]): Promise<void>;
}

export interface TreeHead {
  readonly size: number;
  readonly root: Uint8Array;
}

export interface Head extends TreeHead {
  readonly halted: string | null;
}

/** Node hashes of level 8·level, at most 256, of indexes from 256·n. */
export interface TileRow extends TileRef {
  readonly hashes: Uint8Array;
}

export interface TileRef {
  readonly level: number;
  readonly n: number;
}

/** The tree after a batch, with every tile the batch touched in its new state. */
export interface BatchPlan extends TreeHead {
  readonly tiles: readonly TileRow[];
}

export type PlanBatch = (head: TreeHead, edge: readonly TileRow[], leafHashes: readonly Uint8Array[]) => BatchPlan;

export interface LeafRow {
  readonly idx: number;
  readonly id: string;
  /** The leaf's text as it is stored. */
  readonly leaf: string;
}

export interface CheckpointRow extends TreeHead {
  readonly note: string;
  readonly createdAt: Date;
}

export interface AppendStore {
  /**
   * Holds one connection for the whole of `work`, so that every read of the other methods meanwhile comes over another
   * one: a batch is not read back through the connection that wrote it.
   */
  withWriter<T>(work: (writer: BatchWriter) => Promise<T>): Promise<T>;
  readHead(): Promise<Head | null>;
  hasQueued(): Promise<boolean>;
  /** How many are queued, counted no further than `most`. */
  queued(most: number): Promise<number>;
  /** Leaves with from ≤ idx < to, in order; holes are left out. */
  readLeaves(from: number, to: number): Promise<LeafRow[]>;
  readTiles(refs: readonly TileRef[]): Promise<TileRow[]>;
  insertCheckpoint(checkpoint: TreeHead & { readonly note: string }): Promise<void>;
  latestCheckpoint(): Promise<CheckpointRow | null>;
  checkpointAt(size: number): Promise<CheckpointRow | null>;
  halt(reason: string): Promise<void>;
}

export interface BatchWriter {
  /**
   * One transaction: lock the head, take up to `limit` queued rows in order, give them the next indexes, write leaves,
   * tiles, head and the indexes of key entries. Returns the number of leaves; 0 also when the tree is halted.
   */
  appendBatch(limit: number, plan: PlanBatch): Promise<number>;
}

export interface EntryRow {
  readonly id: string;
  readonly idx: number | null;
  /** The leaf's text as it is stored. */
  readonly leaf: string;
  /** The hash that the tree's tile holds at `idx`; null where there is none. */
  readonly inTile: Uint8Array | null;
}

export interface SealedRow {
  readonly id: string;
  readonly keyId: string;
  readonly sealed: Uint8Array;
}

export interface ListFilter {
  readonly kind: EntryKind;
  readonly session: string | null;
  readonly run: string | null;
  readonly subject: string | null;
  readonly agent: string | null;
  readonly type: string | null;
  /** from ≤ occurred_at < to */
  readonly fromMs: number | null;
  readonly toMs: number | null;
  readonly limit: number;
  /** Last row of the page before. */
  readonly after: ListPlace | null;
}

/** A place in the order of claimed time. */
export interface ListPlace {
  readonly occurredMs: number;
  readonly id: string;
}

/** What S says of an entry. */
export interface ListRow {
  readonly id: string;
  readonly kind: EntryKind;
  readonly type: string;
  readonly agent: string;
  readonly session: string | null;
  readonly run: string | null;
  readonly subject: string | null;
  readonly occurredAt: Date;
}

export interface LinkRow {
  /** The entry that links. */
  readonly from: string;
  readonly target: string;
}

/** A legal hold in force. */
export interface HoldRow {
  readonly hold: string;
  readonly inquiry: string;
}

/** A row of the look-up table, for fsck. `stored`: its leaf is in the tree or queued. */
export interface EntrySummary extends ChainRow {
  readonly kind: string;
  readonly stored: boolean;
}

export interface LedgerCounts {
  readonly queued: number;
  readonly activeKeys: number;
  readonly endedKeys: number;
  readonly pendingKeys: number;
  readonly conflicts: number;
  readonly tiles: number;
}

export interface ReadStore {
  readTenant(): Promise<TenantRow | null>;
  /** In the tree or still queued. */
  readEntries(ids: readonly string[]): Promise<EntryRow[]>;
  readSealed(ids: readonly string[]): Promise<SealedRow[]>;
  deleteSealed(ids: readonly string[]): Promise<void>;
  /** Holds in force over one of these entries, or over a decision that one of them links to. */
  heldBy(ids: readonly string[]): Promise<HoldRow[]>;
  /** No hold is placed while `work` runs, and no other erasure: what it was told of holds stays true. */
  withErasureLock<T>(work: () => Promise<T>): Promise<T>;
  /** Indexes of entries that a stored checkpoint covers. */
  readLogged(ids: readonly string[]): Promise<{ readonly id: string; readonly idx: number }[]>;
  list(filter: ListFilter): Promise<ListRow[]>;
  linkedFrom(target: string, rel: string | null): Promise<string[]>;
  /** Oldest first: entries of the session, and what links to one of its decisions. */
  timeline(session: string, after: ListPlace | null, limit: number): Promise<ListRow[]>;
  /** Links of this kind to any of the targets, the first `limit` by id. */
  linksTo(targets: readonly string[], rel: string, limit: number): Promise<LinkRow[]>;
  readHeads(ids: readonly string[]): Promise<ListRow[]>;
  /** Entries of a subject, with the key each is sealed under; null when its ciphertext is gone. */
  ofSubject(subject: string): Promise<{ readonly id: string; readonly keyId: string | null }[]>;
  /** Last number of a producer's chain. */
  chainEnd(kid: string, producer: string): Promise<ChainRow | null>;
  listKeys(): Promise<RecordKeyRow[]>;
  /** In id order, after `afterId`. */
  pageEntries(afterId: string, limit: number): Promise<EntrySummary[]>;
  /** In the order of their hashes, after `afterHash`. */
  pageDuplicates(afterHash: Uint8Array, limit: number): Promise<StoredDuplicate[]>;
  /** In size order, from this size on. */
  checkpointsFrom(size: number, limit: number): Promise<CheckpointRow[]>;
  counts(): Promise<LedgerCounts>;
}
