import { statement } from './statement.js';

/** $2 producer, $3 session, $4 agent (name@version or a bare name), $6 also those that wrote no record of an agent. Newest first. */
export const LIST_PRODUCERS = statement(
  'list_producers',
  {
    producer: 'text',
    kid: 'text',
    entries: 'int8',
    decisions: 'int8',
    duplicates: 'int8',
    first_seq: 'int8',
    last_seq: 'int8',
    first_at: 'timestamptz',
    last_at: 'timestamptz',
    closed: 'bool',
    conflicts: 'int8',
    agent: 'text',
  },
  `with chain as not materialized (
     select producer, kid, kind, type, agent, seq, occurred_at, session, accepted_at, false as duplicate
     from entries where tenant = $1 and ($2::text is null or producer = $2)
     union all
     select producer, kid, kind, type, agent, seq, occurred_at, session, seen_at, true
     from duplicates where tenant = $1 and ($2::text is null or producer = $2))
   select e.producer, e.kid, count(*) filter (where not e.duplicate) as entries,
          count(*) filter (where e.kind = 'decision' and not e.duplicate) as decisions,
          count(*) filter (where e.duplicate) as duplicates,
          min(e.seq) as first_seq, max(e.seq) as last_seq, min(e.occurred_at) as first_at, max(e.occurred_at) as last_at,
          bool_or(e.type = 'capture.closed' and e.kind = 'capture') as closed,
          (select count(*) from conflicts c where c.tenant = $1 and c.kid = e.kid and c.producer = e.producer) as conflicts,
          coalesce(min(e.agent) filter (where e.kind = 'decision'), min(e.agent)) as agent
   from chain e
   where ($3::text is null or (e.kid, e.producer) in (select s.kid, s.producer from chain s where s.session = $3))
     and ($4::text is null
          or (e.kid, e.producer) in (select a.kid, a.producer from chain a
                                     where a.agent = $4 or starts_with(a.agent, $4 || '@')))
   group by e.kid, e.producer
   having $6::bool or bool_or(e.kind in ('decision', 'effect', 'override', 'correction', 'capture'))
   order by max(e.accepted_at) desc, e.producer limit $5::int`,
);

export const PRODUCER_CHAIN = statement(
  'producer_chain',
  {
    id: 'text',
    seq: 'int8',
    kind: 'text',
    type: 'text',
    agent: 'text',
    session: 'text?',
    occurred_at: 'timestamptz',
    s_hash: 'bytea',
    idx: 'int8?',
    leaf: 'text',
    duplicate: 'bool',
  },
  `select e.id, e.seq, e.kind, e.type, e.agent, e.session, e.occurred_at, e.s_hash,
          (select l.idx from leaves l where l.tenant = $1 and l.entry_id = e.id) as idx, t.leaf,
          false as duplicate
   from entries e join leaf_texts t on t.tenant = e.tenant and t.entry_id = e.id
   where e.tenant = $1 and e.kid = $2 and e.producer = $3 and e.seq > $4
   union all
   select d.id, d.seq, d.kind, d.type, d.agent, d.session, d.occurred_at, d.s_hash, null, d.leaf, true
   from duplicates d where d.tenant = $1 and d.kid = $2 and d.producer = $3 and d.seq > $4
   order by seq limit $5::int`,
);
