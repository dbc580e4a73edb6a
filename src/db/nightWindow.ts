import type { NightStore } from '../nightly/index.js';
import { textArray } from './arrays.js';
import type { Db } from './database.js';
import { statement } from './statement.js';

/** The newest checkpoint that stood at that moment: what the log held then. */
export const CHECKPOINT_BEFORE = statement(
  'checkpoint_before',
  { size: 'int8', root: 'bytea' },
  `select size, root from checkpoints where tenant = $1 and created_at <= $2 order by size desc limit 1`,
);

const agentIs = (column: string, parameter: string): string =>
  `(${column} = ${parameter} or starts_with(${column}, ${parameter} || '@'))`;

/** Decisions with a place in [$2, $3) of the log, in that order. $4 agent: name@version or a bare name. */
export const NIGHT_DECISIONS = statement(
  'night_decisions',
  { id: 'text', agent: 'text', occurred_at: 'timestamptz' },
  `select e.id, e.agent, e.occurred_at from leaves l join entries e on e.tenant = l.tenant and e.id = l.entry_id
   where l.tenant = $1 and l.idx >= $2 and l.idx < $3 and e.kind = 'decision' and e.type = $5
     and ${agentIs('e.agent', '$4')}
   order by l.idx`,
);

/** Overrides with a place in [$2, $3) of the log, of decisions of this agent. */
export const NIGHT_OVERRIDES = statement(
  'night_overrides',
  { overridden: 'int8' },
  `select count(distinct d.id) as overridden
   from leaves l join entries o on o.tenant = l.tenant and o.id = l.entry_id and o.kind = 'override'
   join entry_links k on k.tenant = $1 and k.id = o.id and k.rel = 'decision'
   join entries d on d.tenant = $1 and d.id = k.target
   where l.tenant = $1 and l.idx >= $2 and l.idx < $3 and d.type = $5 and ${agentIs('d.agent', '$4')}`,
);

/**
 * Chains that wrote a decision of this agent in [$2, $3), as they stood at size $3: numbers used, and the highest. A number whose leaf
 * was a duplicate is no gap. `broken`: other bytes came for a number already used, until $6.
 */
export const NIGHT_CHAINS = statement(
  'night_chains',
  { producer: 'text', kid: 'text', entries: 'int8', duplicates: 'int8', last_seq: 'int8', broken: 'int8' },
  `with chains as (
     select distinct e.producer, e.kid from leaves l join entries e on e.tenant = l.tenant and e.id = l.entry_id
     where l.tenant = $1 and l.idx >= $2 and l.idx < $3 and e.kind = 'decision' and e.type = $5
       and ${agentIs('e.agent', '$4')}),
   seen as (
     select c.producer, c.kid, count(*) as entries, max(e.seq) as last_seq
     from chains c join entries e on e.tenant = $1 and e.kid = c.kid and e.producer = c.producer
     join leaves l on l.tenant = $1 and l.entry_id = e.id and l.idx < $3
     group by c.producer, c.kid)
   select s.producer, s.kid, s.entries,
          (select count(distinct d.seq) from duplicates d where d.tenant = $1 and d.kid = s.kid and d.producer = s.producer
             and d.seq < s.last_seq) as duplicates,
          s.last_seq,
          (select count(*) from conflicts f where f.tenant = $1 and f.kid = s.kid and f.producer = s.producer
             and f.seen_at <= $6) as broken
   from seen s order by s.producer, s.kid`,
);

/** What those chains say of their own capture, as of size $2. */
export const NIGHT_CAPTURE = statement(
  'night_capture',
  { id: 'text', type: 'text' },
  `select e.id, e.type from unnest($3::text[], $4::text[]) as c (producer, kid)
   join entries e on e.tenant = $1 and e.kind = 'capture' and e.kid = c.kid and e.producer = c.producer
   join leaves l on l.tenant = $1 and l.entry_id = e.id and l.idx < $2
   order by l.idx`,
);

export const RUN_DECISIONS = statement(
  'run_decisions',
  { id: 'text', agent: 'text', type: 'text', session: 'text?', subject: 'text?' },
  `select e.id, e.agent, e.type, e.session, e.subject
   from entries e join leaves l on l.tenant = e.tenant and l.entry_id = e.id
   where e.tenant = $1 and e.run = $2 and e.kind = 'decision'
     and ($3::text is null or ${agentIs('e.agent', '$3')}) and ($4::text is null or e.type = $4)
   order by l.idx limit $5::int`,
);

export function createNightStore(db: Db, tenant: string): NightStore {
  return {
    async checkpointBefore(at) {
      const [row] = await db.run(CHECKPOINT_BEFORE, [tenant, at]);
      return row === undefined ? null : { size: row.size, root: row.root.toString('base64') };
    },
    async decisions({ from, until, agent, type }) {
      const rows = await db.run(NIGHT_DECISIONS, [tenant, from, until, agent, type]);
      return rows.map((row) => ({ id: row.id, agent: row.agent, occurredAt: row.occurred_at }));
    },
    async overridden({ from, until, agent, type }) {
      return (await db.run(NIGHT_OVERRIDES, [tenant, from, until, agent, type]))[0]?.overridden ?? 0;
    },
    async chains({ from, until, agent, type }, at) {
      const rows = await db.run(NIGHT_CHAINS, [tenant, from, until, agent, type, at]);
      return rows.map(({ last_seq: lastSeq, ...row }) => ({ ...row, lastSeq }));
    },
    async capture(until, chains) {
      if (chains.length === 0) return [];
      return db.run(NIGHT_CAPTURE, [
        tenant,
        until,
        textArray(chains.map(({ producer }) => producer)),
        textArray(chains.map(({ kid }) => kid)),
      ]);
    },
    async ofRun(run, { agent, type, limit }) {
      return db.run(RUN_DECISIONS, [tenant, run, agent, type, limit]);
    },
  };
}
