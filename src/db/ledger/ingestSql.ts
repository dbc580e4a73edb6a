import { statement } from '../statement.js';

export const CHAIN = { id: 'text', kid: 'text', producer: 'text', seq: 'int8', s_hash: 'bytea' } as const;

export const RECORD_KEY = {
  kid: 'text',
  public_key: 'bytea',
  role: 'text',
  status: 'text',
  entry_id: 'text',
  added_idx: 'int8?',
  end_entry_id: 'text?',
  ended_idx: 'int8?',
} as const;

export const SELECT_RECORD_KEYS = statement(
  'select_record_keys',
  RECORD_KEY,
  `select kid, public_key, role, status, entry_id, added_idx, end_entry_id, ended_idx
   from record_keys where tenant = $1 and kid = any($2::text[])`,
);

export const SELECT_CHAIN = statement(
  'select_chain',
  CHAIN,
  `select e.id, e.kid, e.producer, e.seq, e.s_hash
   from unnest($2::text[], $3::text[], $4::bigint[]) as p (kid, producer, seq)
   join entries e on e.tenant = $1 and e.kid = p.kid and e.producer = p.producer and e.seq = p.seq
   union all
   select d.id, d.kid, d.producer, d.seq, d.s_hash
   from unnest($2::text[], $3::text[], $4::bigint[]) as p (kid, producer, seq)
   join duplicates d on d.tenant = $1 and d.kid = p.kid and d.producer = p.producer and d.seq = p.seq`,
);

export const SELECT_ENTRY_IDS = statement(
  'select_entry_ids',
  CHAIN,
  `select id, kid, producer, seq, s_hash from entries where tenant = $1 and id = any($2::text[])`,
);

/** In id order, so that two batches with the same ids wait for each other instead of deadlocking. */
export const INSERT_ENTRIES = statement(
  'insert_entries',
  { id: 'text' },
  `insert into entries (tenant, id, kind, type, agent, producer, kid, seq, occurred_at, subject, session, run, s_hash)
   select $1, r.id, r.kind, r.type, r.agent, r.producer, r.kid, r.seq,
          timestamptz 'epoch' + r.occurred_ms * interval '1 millisecond', r.subject, r.session, r.run, r.s_hash
   from unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::bigint[], $9::bigint[],
               $10::text[], $11::text[], $12::text[], $13::bytea[])
     as r (id, kind, type, agent, producer, kid, seq, occurred_ms, subject, session, run, s_hash)
   where not exists (select from duplicates d
                     where d.tenant = $1 and d.kid = r.kid and d.producer = r.producer and d.seq = r.seq)
   order by r.id
   on conflict do nothing
   returning id`,
);

export const INSERT_LINKS = statement(
  'insert_links',
  {},
  `insert into entry_links (tenant, id, rel, target)
   select $1, l.id, l.rel, l.target from unnest($2::text[], $3::text[], $4::text[]) as l (id, rel, target)
   on conflict do nothing`,
);

export const INSERT_DISCLOSURES = statement(
  'insert_disclosures',
  {},
  `insert into disclosures (tenant, entry_id, key_id, sealed)
   select $1, d.id, d.key_id, d.sealed from unnest($2::text[], $3::text[], $4::bytea[]) as d (id, key_id, sealed)`,
);

export const INSERT_LEAF_TEXTS = statement(
  'insert_leaf_texts',
  {},
  `insert into leaf_texts (tenant, entry_id, leaf)
   select $1, t.id, t.leaf from unnest($2::text[], $3::text[]) as t (id, leaf)`,
);

/** Positions in the order of the batch. */
export const INSERT_QUEUE = statement(
  'insert_queue',
  {},
  `insert into queue (tenant, entry_id, leaf_hash)
   select $1, q.id, q.leaf_hash from unnest($2::text[], $3::bytea[]) with ordinality as q (id, leaf_hash, ord)
   order by q.ord`,
);

/** FOR SHARE: an end of one of these keys waits for our commit, or we see it. */
export const HOLD_RECORD_KEYS = statement(
  'hold_record_keys',
  { kid: 'text' },
  `select kid from record_keys
   where tenant = $1 and kid = any($2::text[]) and status = 'active' and end_entry_id is null
   order by kid for share`,
);

export const REPLACE_DISCLOSURES = statement(
  'replace_disclosures',
  {},
  `update disclosures d set key_id = r.key_id, sealed = r.sealed
   from unnest($2::text[], $3::text[], $4::bytea[]) as r (id, key_id, sealed)
   where d.tenant = $1 and d.entry_id = r.id`,
);

export const INSERT_RECORD_KEY = statement(
  'insert_record_key',
  {},
  `insert into record_keys (tenant, kid, public_key, role, status, entry_id) values ($1, $2, $3, $4, 'active', $5)
   on conflict do nothing`,
);

export const END_RECORD_KEY = statement(
  'end_record_key',
  {},
  `update record_keys set end_entry_id = $3, status = $4 where tenant = $1 and kid = $2 and end_entry_id is null`,
);

export const INSERT_DUPLICATES = statement(
  'insert_duplicates',
  {},
  `insert into duplicates (tenant, leaf_hash, id, kind, type, agent, producer, kid, seq, occurred_at, session, s_hash, leaf)
   select $1, d.leaf_hash, d.id, d.kind, d.type, d.agent, d.producer, d.kid, d.seq,
          timestamptz 'epoch' + d.occurred_ms * interval '1 millisecond', d.session, d.s_hash, d.leaf
   from unnest($2::bytea[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::bigint[],
               $10::bigint[], $11::text[], $12::bytea[], $13::text[])
     as d (leaf_hash, id, kind, type, agent, producer, kid, seq, occurred_ms, session, s_hash, leaf)
   order by d.leaf_hash
   on conflict do nothing`,
);

export const INSERT_CONFLICTS = statement(
  'insert_conflicts',
  {},
  `insert into conflicts (tenant, leaf_hash, kid, producer, seq, leaf)
   select $1, c.leaf_hash, c.kid, c.producer, c.seq, c.leaf
   from unnest($2::bytea[], $3::text[], $4::text[], $5::bigint[], $6::text[]) as c (leaf_hash, kid, producer, seq, leaf)
   on conflict do nothing`,
);
