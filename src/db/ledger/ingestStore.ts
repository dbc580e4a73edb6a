import type { KeyRole } from '@tenet-ledger/record';
import type { ChainRow, DuplicateRow, IngestStore, Inserted, NewRecord, RecordKeyRow } from '../../ledger/index.js';
import { bytesArray, encodedTextArray, int8Array, textArray } from '../arrays.js';
import type { RowOf } from '../columns.js';
import type { Db, Queryable } from '../database.js';
import {
  END_RECORD_KEY,
  HOLD_RECORD_KEYS,
  INSERT_CONFLICTS,
  INSERT_DISCLOSURES,
  INSERT_DUPLICATES,
  INSERT_ENTRIES,
  INSERT_LEAF_TEXTS,
  INSERT_LINKS,
  INSERT_QUEUE,
  INSERT_RECORD_KEY,
  REPLACE_DISCLOSURES,
  SELECT_CHAIN,
  SELECT_ENTRY_IDS,
  SELECT_RECORD_KEYS,
  type CHAIN,
  type RECORD_KEY,
} from './ingestSql.js';

const DEADLOCK = '40P01';
const ATTEMPTS = 3;

export function createIngestStore(db: Db, tenant: string): IngestStore {
  return {
    readKeys: async (kids) => (await db.run(SELECT_RECORD_KEYS, [tenant, textArray(kids)])).map(toRecordKey),
    async readChain(positions) {
      const rows = await db.run(SELECT_CHAIN, [
        tenant,
        textArray(positions.map(({ kid }) => kid)),
        textArray(positions.map(({ producer }) => producer)),
        int8Array(positions.map(({ seq }) => seq)),
      ]);
      return rows.map(toChainRow);
    },
    readIds: async (ids) => (await db.run(SELECT_ENTRY_IDS, [tenant, textArray(ids)])).map(toChainRow),
    insertRecords: (records, kids) => retried(() => db.transaction((tx) => insertRecords(tx, tenant, records, kids))),
    async replaceSealed(rows) {
      await db.run(REPLACE_DISCLOSURES, [
        tenant,
        textArray(rows.map(({ id }) => id)),
        textArray(rows.map(({ keyId }) => keyId)),
        bytesArray(rows.map(({ sealed }) => sealed)),
      ]);
    },
    async insertDuplicates(rows) {
      const text = (pick: (row: DuplicateRow) => string | null): Buffer => textArray(rows.map(pick));
      await db.run(INSERT_DUPLICATES, [
        tenant,
        bytesArray(rows.map(({ leafHash }) => leafHash)),
        text(({ id }) => id),
        text(({ kind }) => kind),
        text(({ type }) => type),
        text(({ agent }) => agent),
        text(({ producer }) => producer),
        text(({ kid }) => kid),
        int8Array(rows.map(({ seq }) => seq)),
        int8Array(rows.map(({ occurredAt }) => Date.parse(occurredAt))),
        text(({ session }) => session),
        bytesArray(rows.map(({ sHash }) => sHash)),
        encodedTextArray(rows.map(({ leaf }) => leaf)),
      ]);
    },
    async insertConflicts(rows) {
      await db.run(INSERT_CONFLICTS, [
        tenant,
        bytesArray(rows.map(({ leafHash }) => leafHash)),
        textArray(rows.map(({ kid }) => kid)),
        textArray(rows.map(({ producer }) => producer)),
        int8Array(rows.map(({ seq }) => seq)),
        encodedTextArray(rows.map(({ leaf }) => leaf)),
      ]);
    },
  };
}

async function insertRecords(
  tx: Queryable,
  tenant: string,
  records: readonly NewRecord[],
  kids: readonly string[],
): Promise<Inserted> {
  const held = new Set(
    kids.length > 0 ? (await tx.run(HOLD_RECORD_KEYS, [tenant, textArray(kids)])).map(({ kid }) => kid) : [],
  );
  const endedKids = new Set(kids.filter((kid) => !held.has(kid)));
  const ids = await insertEntries(
    tx,
    tenant,
    records.filter(({ kid }) => !endedKids.has(kid)),
  );
  const fresh = records.filter(({ id, kid }) => ids.has(id) && !endedKids.has(kid));
  // Before the queue: an end gets its place there only once everything verified under the key has got one.
  await applyKeyChanges(tx, tenant, fresh);
  await insertBodies(tx, tenant, fresh);
  return { ids, endedKids };
}

async function insertEntries(
  tx: Queryable,
  tenant: string,
  records: readonly NewRecord[],
): Promise<ReadonlySet<string>> {
  const text = (pick: (record: NewRecord) => string | null): Buffer => textArray(records.map(pick));
  const rows = await tx.run(INSERT_ENTRIES, [
    tenant,
    text(({ id }) => id),
    text(({ kind }) => kind),
    text(({ type }) => type),
    text(({ agent }) => agent),
    text(({ producer }) => producer),
    text(({ kid }) => kid),
    int8Array(records.map(({ seq }) => seq)),
    int8Array(records.map(({ occurredAt }) => Date.parse(occurredAt))),
    text(({ subject }) => subject),
    text(({ session }) => session),
    text(({ run }) => run),
    bytesArray(records.map(({ sHash }) => sHash)),
  ]);
  return new Set(rows.map(({ id }) => id));
}

async function insertBodies(tx: Queryable, tenant: string, records: readonly NewRecord[]): Promise<void> {
  if (records.length === 0) return;
  const ids = textArray(records.map(({ id }) => id));
  const links = records.flatMap((record) => record.links.map(({ rel, id }) => ({ from: record.id, rel, target: id })));
  if (links.length > 0) {
    await tx.run(INSERT_LINKS, [
      tenant,
      textArray(links.map(({ from }) => from)),
      textArray(links.map(({ rel }) => rel)),
      textArray(links.map(({ target }) => target)),
    ]);
  }
  await tx.run(INSERT_DISCLOSURES, [
    tenant,
    ids,
    textArray(records.map(({ keyId }) => keyId)),
    bytesArray(records.map(({ sealed }) => sealed)),
  ]);
  await tx.run(INSERT_LEAF_TEXTS, [tenant, ids, encodedTextArray(records.map(({ leaf }) => leaf))]);
  await tx.run(INSERT_QUEUE, [tenant, ids, bytesArray(records.map(({ leafHash }) => leafHash))]);
}

async function applyKeyChanges(tx: Queryable, tenant: string, records: readonly NewRecord[]): Promise<void> {
  for (const { id, keyChange } of records) {
    if (keyChange?.op === 'add') {
      await tx.run(INSERT_RECORD_KEY, [tenant, keyChange.kid, Buffer.from(keyChange.publicKey), keyChange.role, id]);
    } else if (keyChange?.op === 'end') {
      await tx.run(END_RECORD_KEY, [tenant, keyChange.kid, id, keyChange.status]);
    }
  }
}

/** Two batches that share ids and chain places in different order may still deadlock: Postgres ends one of them. */
async function retried<T>(work: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await work();
    } catch (error) {
      if ((error as { code?: unknown }).code !== DEADLOCK || attempt === ATTEMPTS) throw error;
    }
  }
}

export const toChainRow = (row: RowOf<typeof CHAIN>): ChainRow => ({
  id: row.id,
  kid: row.kid,
  producer: row.producer,
  seq: row.seq,
  sHash: row.s_hash,
});

export const toRecordKey = (row: RowOf<typeof RECORD_KEY>): RecordKeyRow => ({
  kid: row.kid,
  publicKey: row.public_key,
  role: row.role as KeyRole,
  status: row.status as RecordKeyRow['status'],
  entryId: row.entry_id,
  addedIdx: row.added_idx,
  endEntryId: row.end_entry_id,
  endedIdx: row.ended_idx,
});
