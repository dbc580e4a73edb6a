import type { HoldStore } from '../inquiry/index.js';
import type { Db, Queryable } from './database.js';
import { statement } from './statement.js';

/**
 * Erasing and holding exclude each other, per tenant: a hold placed while keys are being destroyed would hold nothing and
 * say it did. A lock of the transaction, so that a crash gives it back.
 */
export const LOCK_ERASURE = statement(
  'lock_erasure',
  { locked: 'text' },
  `select pg_advisory_xact_lock(hashtextextended('tenet erasure ' || $1::text, 0))::text as locked`,
);

export const INSERT_HOLD = statement(
  'insert_hold',
  {},
  `insert into holds (tenant, id, inquiry, subject, agent, type, session, from_at, to_at, decisions, reason, placed_by, placed_at)
   values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13) on conflict do nothing`,
);

export const RELEASE_HOLD = statement(
  'release_hold',
  { id: 'text' },
  `update holds set released_by = $3, released_at = $4, released_entry = $5
   where tenant = $1 and id = $2 and released_at is null returning id`,
);

/** Whether the entry `e` is in the hold `h`: itself, or as what links to a decision that is. */
const HELD = `(h.subject is null or e.subject = h.subject)
     and (h.agent is null or e.agent = h.agent or starts_with(e.agent, h.agent || '@'))
     and (h.type is null or e.type = h.type)
     and (h.session is null or e.session = h.session)
     and (h.from_at is null or e.occurred_at >= h.from_at)
     and (h.to_at is null or e.occurred_at < h.to_at)
     and (h.decisions is null or e.id = any(h.decisions))`;

/** How many entries a hold covers, and how many of these had been erased. */
export const COUNT_HELD = statement(
  'count_held',
  { entries: 'int8', erased: 'int8' },
  `select count(*) as entries, count(*) filter (where d.entry_id is null) as erased
   from holds h join entries e on e.tenant = h.tenant and e.kind in ('decision', 'effect', 'override', 'correction')
     and ${HELD}
   left join disclosures d on d.tenant = e.tenant and d.entry_id = e.id
   where h.tenant = $1 and h.id = $2`,
);

/** Holds in force over any of these entries, or over a decision that one of them links to. */
export const SELECT_HOLDING = statement(
  'select_holding',
  { hold: 'text', inquiry: 'text', entries: 'int8' },
  `select h.id as hold, h.inquiry, count(distinct e.id) as entries
   from holds h join entries e on e.tenant = h.tenant and ${HELD}
   where h.tenant = $1 and h.released_at is null
     and (e.id = any($2::text[])
          or e.id in (select l.target from entry_links l where l.tenant = $1 and l.id = any($2::text[])))
   group by h.id, h.inquiry order by h.id`,
);

export function createHoldStore(db: Db, tenant: string): HoldStore {
  return {
    async place({ id, inquiry, query, reason, by, at }) {
      const { subject, agent, type, session, from, to, decisions } = query;
      const values = [id, inquiry, subject, agent, type, session, from, to, decisions, reason, by, at];
      return db.transaction(async (tx) => {
        await lockErasure(tx, tenant);
        await tx.run(INSERT_HOLD, [tenant, ...values]);
        const [row] = await tx.run(COUNT_HELD, [tenant, id]);
        return { entries: row?.entries ?? 0, erased: row?.erased ?? 0 };
      });
    },
    async release(id, by, at, entry) {
      return (await db.run(RELEASE_HOLD, [tenant, id, by, at, entry])).length === 1;
    },
  };
}

export const lockErasure = async (tx: Queryable, tenant: string): Promise<void> =>
  void (await tx.run(LOCK_ERASURE, [tenant]));
