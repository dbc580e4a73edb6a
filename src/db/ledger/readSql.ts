import { statement } from '../statement.js';
import { RECORD_KEY } from './ingestSql.js';

export const SELECT_TENANT = statement(
  'select_tenant',
  { log: 'text', origin: 'text', root_key: 'bytea' },
  `select log, origin, root_key from tenants where tenant = $1`,
);

export const INSERT_TENANT = statement(
  'insert_tenant',
  {},
  `insert into tenants (tenant, log, origin, root_key) values ($1, $2, $3, $4) on conflict do nothing`,
);

export const INSERT_HEAD = statement(
  'insert_head',
  {},
  `insert into heads (tenant, size, root) values ($1, 0, $2) on conflict do nothing`,
);

/**
 * `idx` is null for what is still queued. `in_tile` is the hash at that place of the tree: one of the 256 of its tile, since
 * entries that are asked for together seldom share one.
 */
export const SELECT_ENTRY_LEAVES = statement(
  'select_entry_leaves',
  { id: 'text', idx: 'int8?', leaf: 'text', in_tile: 'bytea?' },
  `select e.id, e.idx, e.leaf,
          (select substring(t.hashes from (e.idx % 256)::int * 32 + 1 for 32) from tiles t
           where t.tenant = $1 and t.level = 0 and t.n = e.idx / 256) as in_tile
   from (select l.entry_id as id, l.leaf,
                (select o.idx from leaves o where o.tenant = $1 and o.entry_id = l.entry_id) as idx
         from leaf_texts l where l.tenant = $1 and l.entry_id = any($2::text[]) offset 0) as e`,
);

export const SELECT_SEALED = statement(
  'select_sealed',
  { id: 'text', key_id: 'text', sealed: 'bytea' },
  `select entry_id as id, key_id, sealed from disclosures where tenant = $1 and entry_id = any($2::text[])`,
);

export const DELETE_SEALED = statement(
  'delete_sealed',
  {},
  `delete from disclosures where tenant = $1 and entry_id = any($2::text[])`,
);

export const SELECT_LOGGED = statement(
  'select_logged',
  { id: 'text', idx: 'int8' },
  `select l.entry_id as id, l.idx from leaves l
   where l.tenant = $1 and l.entry_id = any($2::text[])
     and l.idx < (select coalesce(max(c.size), 0) from checkpoints c where c.tenant = $1)`,
);

export const SELECT_LINKED_FROM = statement(
  'select_linked_from',
  { id: 'text' },
  `select l.id from entry_links l join entries e on e.tenant = l.tenant and e.id = l.id
   where l.tenant = $1 and l.target = $2 and ($3::text is null or l.rel = $3)
   order by e.accepted_at, l.id`,
);

export const SELECT_SUBJECT_ENTRIES = statement(
  'select_subject_entries',
  { id: 'text', key_id: 'text?' },
  `select e.id, d.key_id from entries e
   left join disclosures d on d.tenant = e.tenant and d.entry_id = e.id
   where e.tenant = $1 and e.subject = $2 order by e.id`,
);

export const SELECT_CHAIN_END = statement(
  'select_chain_end',
  { id: 'text', kid: 'text', producer: 'text', seq: 'int8', s_hash: 'bytea' },
  `select id, kid, producer, seq, s_hash from entries where tenant = $1 and kid = $2 and producer = $3
   union all
   select id, kid, producer, seq, s_hash from duplicates where tenant = $1 and kid = $2 and producer = $3
   order by seq desc limit 1`,
);

export const PAGE_DUPLICATES = statement(
  'page_duplicates',
  { id: 'text', kid: 'text', producer: 'text', seq: 'int8', s_hash: 'bytea', leaf_hash: 'bytea', leaf: 'text' },
  `select id, kid, producer, seq, s_hash, leaf_hash, leaf from duplicates
   where tenant = $1 and leaf_hash > $2 order by leaf_hash limit $3::int`,
);

export const LIST_RECORD_KEYS = statement(
  'list_record_keys',
  RECORD_KEY,
  `select kid, public_key, role, status, entry_id, added_idx, end_entry_id, ended_idx
   from record_keys where tenant = $1 order by kid`,
);

/** `stored`: its leaf is there, in the tree or still queued. */
export const PAGE_ENTRIES = statement(
  'page_entries',
  { id: 'text', kid: 'text', producer: 'text', seq: 'int8', s_hash: 'bytea', kind: 'text', stored: 'bool' },
  `select e.id, e.kid, e.producer, e.seq, e.s_hash, e.kind,
          exists (select from leaf_texts t where t.tenant = e.tenant and t.entry_id = e.id)
          and (exists (select from leaves l where l.tenant = e.tenant and l.entry_id = e.id)
               or e.id in (select q.entry_id from queue q where q.tenant = $1)) as stored
   from entries e where e.tenant = $1 and e.id > $2 order by e.id limit $3::int`,
);

export const LEDGER_COUNTS = statement(
  'ledger_counts',
  {
    queued: 'int8',
    active_keys: 'int8',
    ended_keys: 'int8',
    pending_keys: 'int8',
    conflicts: 'int8',
    tiles: 'int8',
  },
  `select (select count(*) from queue where tenant = $1) as queued,
          (select count(*) from record_keys where tenant = $1 and status = 'active' and added_idx is not null) as active_keys,
          (select count(*) from record_keys where tenant = $1 and status <> 'active') as ended_keys,
          (select count(*) from record_keys where tenant = $1 and status = 'active' and added_idx is null) as pending_keys,
          (select count(*) from conflicts where tenant = $1) as conflicts,
          (select count(*) from tiles where tenant = $1) as tiles`,
);
