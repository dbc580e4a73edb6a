import { statement } from '../statement.js';

const HEAD = { size: 'int8', root: 'bytea', halted: 'text?' } as const;
const CHECKPOINT = { size: 'int8', root: 'bytea', note: 'text', created_at: 'timestamptz' } as const;

export const SELECT_HEAD = statement('select_head', HEAD, `select size, root, halted from heads where tenant = $1`);

/** Sequencers of one tree queue up here: indexes are computed from `size`, never from a Postgres sequence. */
export const LOCK_HEAD = statement(
  'lock_head',
  HEAD,
  `select size, root, halted from heads where tenant = $1 for update`,
);

export const SELECT_QUEUE = statement(
  'select_queue',
  { pos: 'int8', entry_id: 'text', leaf_hash: 'bytea' },
  `select pos, entry_id, leaf_hash from queue where tenant = $1 order by pos limit $2::int`,
);

export const HAS_QUEUED = statement(
  'has_queued',
  { queued: 'bool' },
  `select exists (select from queue where tenant = $1) as queued`,
);

/** The leaves' texts stay where they are; they are read back and hashed after the commit. */
export const MOVE_TO_LEAVES = statement(
  'move_to_leaves',
  {},
  `with moved as (
     delete from queue q using unnest($2::bigint[], $3::bigint[]) as p (pos, idx)
     where q.tenant = $1 and q.pos = p.pos
     returning p.idx, q.entry_id)
   insert into leaves (tenant, idx, entry_id) select $1, idx, entry_id from moved order by idx`,
);

export const UPSERT_TILES = statement(
  'upsert_tiles',
  {},
  `insert into tiles (tenant, level, n, hashes)
   select $1, t.level, t.n, t.hashes from unnest($2::int[], $3::bigint[], $4::bytea[]) as t (level, n, hashes)
   on conflict (tenant, level, n) do update set hashes = excluded.hashes`,
);

/** Key entries take effect where their leaf stands. */
export const INDEX_RECORD_KEYS = statement(
  'index_record_keys',
  {},
  `update record_keys k set
     added_idx = case when k.entry_id = p.id then p.idx else k.added_idx end,
     ended_idx = case when k.end_entry_id = p.id then p.idx else k.ended_idx end
   from unnest($2::text[], $3::bigint[]) as p (id, idx)
   where k.tenant = $1 and ((k.entry_id = p.id and k.added_idx is null)
                         or (k.end_entry_id = p.id and k.ended_idx is null))`,
);

export const UPDATE_HEAD = statement('update_head', {}, `update heads set size = $2, root = $3 where tenant = $1`);

/** The first reason stays. */
export const HALT = statement('halt', {}, `update heads set halted = $2 where tenant = $1 and halted is null`);

export const SELECT_LEAVES = statement(
  'select_leaves',
  { idx: 'int8', entry_id: 'text', leaf: 'text' },
  `select o.idx, o.entry_id, l.leaf from leaves o
   cross join lateral (
     select leaf from leaf_texts where tenant = $1 and entry_id = o.entry_id offset 0
   ) as l
   where o.tenant = $1 and o.idx >= $2 and o.idx < $3 order by o.idx`,
);

export const SELECT_TILES = statement(
  'select_tiles',
  { level: 'int4', n: 'int8', hashes: 'bytea' },
  `select t.level, t.n, t.hashes
   from unnest($2::int[], $3::bigint[]) as p (level, n)
   join tiles t on t.tenant = $1 and t.level = p.level and t.n = p.n`,
);

export const INSERT_CHECKPOINT = statement(
  'insert_checkpoint',
  {},
  `insert into checkpoints (tenant, size, root, note) values ($1, $2, $3, $4) on conflict do nothing`,
);

export const LATEST_CHECKPOINT = statement(
  'latest_checkpoint',
  CHECKPOINT,
  `select size, root, note, created_at from checkpoints where tenant = $1 order by size desc limit 1`,
);

export const CHECKPOINT_AT = statement(
  'checkpoint_at',
  CHECKPOINT,
  `select size, root, note, created_at from checkpoints where tenant = $1 and size = $2`,
);

export const CHECKPOINTS_FROM = statement(
  'checkpoints_from',
  CHECKPOINT,
  `select size, root, note, created_at from checkpoints where tenant = $1 and size >= $2 order by size limit $3::int`,
);
