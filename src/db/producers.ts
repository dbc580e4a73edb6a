import type { Entry } from '@tenet-ledger/record';
import type { ProducerStore } from '../producers/index.js';
import type { Db } from './database.js';
import { LIST_PRODUCERS, PRODUCER_CHAIN } from './producerSql.js';

export function createProducerStore(db: Db, tenant: string): ProducerStore {
  return {
    async list({ producer, session, agent, limit, all = false }) {
      const rows = await db.run(LIST_PRODUCERS, [tenant, producer, session, agent, limit, all || producer !== null]);
      return rows.map((row) => ({
        producer: row.producer,
        kid: row.kid,
        entries: row.entries,
        decisions: row.decisions,
        duplicates: row.duplicates,
        firstSeq: row.first_seq,
        lastSeq: row.last_seq,
        firstAt: row.first_at,
        lastAt: row.last_at,
        closed: row.closed,
        conflicts: row.conflicts,
        agent: row.agent,
      }));
    },
    async chain(kid, producer, afterSeq, limit) {
      const rows = await db.run(PRODUCER_CHAIN, [tenant, kid, producer, afterSeq, limit]);
      return rows.map(({ s_hash: sHash, occurred_at: occurredAt, idx, ...row }) => ({
        ...row,
        index: idx,
        occurredAt: occurredAt.toISOString(),
        sHash: sHash.toString('base64url'),
        prev: prevOf(row.leaf),
      }));
    },
  };
}

/** From the leaf, which the signature covers; no column repeats it. */
function prevOf(leaf: string): string | null {
  const { payload } = JSON.parse(leaf) as { payload: string };
  const { producer } = JSON.parse(Buffer.from(payload, 'base64').toString('utf8')) as Entry;
  return producer.prev ?? null;
}
