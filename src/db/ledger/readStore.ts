import type { EntryKind } from '@tenet-ledger/record';
import type { ListFilter, ListRow, ReadStore } from '../../ledger/index.js';
import { textArray } from '../arrays.js';
import type { RowOf } from '../columns.js';
import type { Db } from '../database.js';
import { CHECKPOINTS_FROM } from './appendSql.js';
import { toCheckpoint } from './appendStore.js';
import { lockErasure, SELECT_HOLDING } from '../holds.js';
import { toChainRow, toRecordKey } from './ingestStore.js';
import {
  LIST_ENTRIES,
  LIST_RUN,
  LIST_SESSION,
  LIST_SUBJECT,
  LIST_TIMELINE,
  SELECT_HEADS,
  SELECT_LINKS_TO,
  type LIST,
} from './listSql.js';
import {
  DELETE_SEALED,
  LEDGER_COUNTS,
  LIST_RECORD_KEYS,
  PAGE_DUPLICATES,
  PAGE_ENTRIES,
  SELECT_CHAIN_END,
  SELECT_ENTRY_LEAVES,
  SELECT_LINKED_FROM,
  SELECT_LOGGED,
  SELECT_SEALED,
  SELECT_SUBJECT_ENTRIES,
  SELECT_TENANT,
} from './readSql.js';

export function createReadStore(db: Db, tenant: string): ReadStore {
  let erasing: Promise<unknown> = Promise.resolve();
  return {
    async readTenant() {
      const [row] = await db.run(SELECT_TENANT, [tenant]);
      return row ? { log: row.log, origin: row.origin, rootKey: row.root_key } : null;
    },
    async readEntries(ids) {
      const rows = await db.run(SELECT_ENTRY_LEAVES, [tenant, textArray(ids)]);
      return rows.map(({ id, idx, leaf, in_tile: inTile }) => ({ id, idx, leaf, inTile }));
    },
    async readSealed(ids) {
      const rows = await db.run(SELECT_SEALED, [tenant, textArray(ids)]);
      return rows.map(({ id, key_id: keyId, sealed }) => ({ id, keyId, sealed }));
    },
    async deleteSealed(ids) {
      await db.run(DELETE_SEALED, [tenant, textArray(ids)]);
    },
    async heldBy(ids) {
      const rows = await db.run(SELECT_HOLDING, [tenant, textArray(ids)]);
      return rows.map(({ hold, inquiry }) => ({ hold, inquiry }));
    },
    // One after another within this process too: each holds a connection while its work needs others of the same pool.
    withErasureLock: (work) => {
      const turn = erasing.then(() =>
        db.transaction(async (tx) => {
          await lockErasure(tx, tenant);
          return work();
        }),
      );
      erasing = turn.catch(() => undefined);
      return turn;
    },
    readLogged: (ids) => db.run(SELECT_LOGGED, [tenant, textArray(ids)]),
    list: (filter) => list(db, tenant, filter),
    linkedFrom: async (target, rel) => (await db.run(SELECT_LINKED_FROM, [tenant, target, rel])).map(({ id }) => id),
    async timeline(session, after, limit) {
      const rows = await db.run(LIST_TIMELINE, [tenant, session, after?.occurredMs ?? null, after?.id ?? null, limit]);
      return rows.map(toListRow);
    },
    async linksTo(targets, rel, limit) {
      const rows = await db.run(SELECT_LINKS_TO, [tenant, textArray(targets), rel, limit]);
      return rows.map(({ id, target }) => ({ from: id, target }));
    },
    readHeads: async (ids) => (await db.run(SELECT_HEADS, [tenant, textArray(ids)])).map(toListRow),
    async ofSubject(subject) {
      const rows = await db.run(SELECT_SUBJECT_ENTRIES, [tenant, subject]);
      return rows.map(({ id, key_id: keyId }) => ({ id, keyId }));
    },
    async chainEnd(kid, producer) {
      const [row] = await db.run(SELECT_CHAIN_END, [tenant, kid, producer]);
      return row ? toChainRow(row) : null;
    },
    listKeys: async () => (await db.run(LIST_RECORD_KEYS, [tenant])).map(toRecordKey),
    async pageEntries(afterId, limit) {
      const rows = await db.run(PAGE_ENTRIES, [tenant, afterId, limit]);
      return rows.map((row) => ({ ...toChainRow(row), kind: row.kind, stored: row.stored }));
    },
    async pageDuplicates(afterHash, limit) {
      const rows = await db.run(PAGE_DUPLICATES, [tenant, Buffer.from(afterHash), limit]);
      return rows.map((row) => ({ ...toChainRow(row), leafHash: row.leaf_hash, leaf: row.leaf }));
    },
    async checkpointsFrom(size, limit) {
      const rows = await db.run(CHECKPOINTS_FROM, [tenant, size, limit]);
      return rows.flatMap((row) => toCheckpoint(row) ?? []);
    },
    async counts() {
      const [row] = await db.run(LEDGER_COUNTS, [tenant]);
      if (!row) throw new Error('a select without from gave no row');
      return {
        queued: row.queued,
        activeKeys: row.active_keys,
        endedKeys: row.ended_keys,
        pendingKeys: row.pending_keys,
        conflicts: row.conflicts,
        tiles: row.tiles,
      };
    },
  };
}

async function list(db: Db, tenant: string, filter: ListFilter): Promise<ListRow[]> {
  const { kind, agent, type, fromMs, toMs, after, session, run, subject, limit } = filter;
  const values = [tenant, kind, agent, type, fromMs, toMs, after?.occurredMs ?? null, after?.id ?? null];
  const rows = await db.run(listing(filter), [...values, session, run, subject, limit]);
  return rows.map(toListRow);
}

function listing({ session, run, subject }: ListFilter): typeof LIST_ENTRIES {
  if (session !== null) return LIST_SESSION;
  if (run !== null) return LIST_RUN;
  return subject !== null ? LIST_SUBJECT : LIST_ENTRIES;
}

const toListRow = ({ kind, occurred_at: occurredAt, ...row }: RowOf<typeof LIST>): ListRow => ({
  ...row,
  kind: kind as EntryKind,
  occurredAt,
});
