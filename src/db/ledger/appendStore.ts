import type {
  AppendStore,
  BatchPlan,
  BatchWriter,
  CheckpointRow,
  PlanBatch,
  TileRef,
  TileRow,
} from '../../ledger/index.js';
import { edgeTiles } from '../../ledger/index.js';
import { bytesArray, int4Array, int8Array, textArray } from '../arrays.js';
import { inTransaction, type Db, type Queryable } from '../database.js';
import {
  CHECKPOINT_AT,
  HALT,
  HAS_QUEUED,
  INDEX_RECORD_KEYS,
  INSERT_CHECKPOINT,
  LATEST_CHECKPOINT,
  LOCK_HEAD,
  MOVE_TO_LEAVES,
  SELECT_HEAD,
  SELECT_LEAVES,
  SELECT_QUEUE,
  SELECT_TILES,
  UPDATE_HEAD,
  UPSERT_TILES,
} from './appendSql.js';
import { COUNT_QUEUED } from './listSql.js';

export function createAppendStore(db: Db, tenant: string): AppendStore {
  return {
    withWriter: (work) => db.session((connection) => work(createWriter(connection, tenant))),
    hasQueued: async () => (await db.run(HAS_QUEUED, [tenant]))[0]?.queued === true,
    queued: async (most) => (await db.run(COUNT_QUEUED, [tenant, most]))[0]?.queued ?? 0,
    readHead: async () => (await db.run(SELECT_HEAD, [tenant]))[0] ?? null,
    async readLeaves(from, to) {
      const rows = await db.run(SELECT_LEAVES, [tenant, from, to]);
      return rows.map(({ idx, entry_id: id, leaf }) => ({ idx, id, leaf }));
    },
    readTiles: (refs) => readTiles(db, tenant, refs),
    async insertCheckpoint({ size, root, note }) {
      await db.run(INSERT_CHECKPOINT, [tenant, size, Buffer.from(root), note]);
    },
    latestCheckpoint: async () => toCheckpoint((await db.run(LATEST_CHECKPOINT, [tenant]))[0]),
    checkpointAt: async (size) => toCheckpoint((await db.run(CHECKPOINT_AT, [tenant, size]))[0]),
    async halt(reason) {
      await db.run(HALT, [tenant, reason]);
    },
  };
}

function createWriter(connection: Queryable, tenant: string): BatchWriter {
  return {
    appendBatch: (limit, plan) => inTransaction(connection, (tx) => appendBatch(tx, tenant, limit, plan)),
  };
}

async function appendBatch(tx: Queryable, tenant: string, limit: number, plan: PlanBatch): Promise<number> {
  const [head] = await tx.run(LOCK_HEAD, [tenant]);
  if (!head || head.halted !== null) return 0;
  const rows = await tx.run(SELECT_QUEUE, [tenant, limit]);
  if (rows.length === 0) return 0;
  const edge = await readTiles(tx, tenant, edgeTiles(head.size));
  const next = plan(
    head,
    edge,
    rows.map(({ leaf_hash: hash }) => hash),
  );
  const indexes = int8Array(rows.map((_, i) => head.size + i));
  await tx.run(MOVE_TO_LEAVES, [tenant, int8Array(rows.map(({ pos }) => pos)), indexes]);
  await tx.run(INDEX_RECORD_KEYS, [tenant, textArray(rows.map(({ entry_id: id }) => id)), indexes]);
  await writeTree(tx, tenant, next);
  return rows.length;
}

async function writeTree(tx: Queryable, tenant: string, { size, root, tiles }: BatchPlan): Promise<void> {
  await tx.run(UPSERT_TILES, [
    tenant,
    int4Array(tiles.map(({ level }) => level)),
    int8Array(tiles.map(({ n }) => n)),
    bytesArray(tiles.map(({ hashes }) => hashes)),
  ]);
  await tx.run(UPDATE_HEAD, [tenant, size, Buffer.from(root)]);
}

async function readTiles(on: Queryable, tenant: string, refs: readonly TileRef[]): Promise<TileRow[]> {
  if (refs.length === 0) return [];
  const levels = int4Array(refs.map(({ level }) => level));
  return on.run(SELECT_TILES, [tenant, levels, int8Array(refs.map(({ n }) => n))]);
}

interface CheckpointColumns {
  readonly size: number;
  readonly root: Buffer;
  readonly note: string;
  readonly created_at: Date;
}

export function toCheckpoint(row: CheckpointColumns | undefined): CheckpointRow | null {
  return row ? { size: row.size, root: row.root, note: row.note, createdAt: row.created_at } : null;
}
