import { randomUUID } from 'node:crypto';
import { open, seal, type KeyStore } from '../ledger/index.js';
import type { HeldSpanStore, Span } from '../otel/index.js';
import { bytesArray, textArray } from './arrays.js';
import type { Db } from './database.js';
import { keysOf, tenantKey } from './sealKeys.js';
import { statement } from './statement.js';

export const HOLD_SPANS = statement(
  'hold_spans',
  {},
  `insert into otlp_held (tenant, owner, trace, span, key_id, sealed)
   select $1, $2, h.trace, h.span, $5, h.sealed from unnest($3::text[], $4::text[], $6::bytea[]) as h (trace, span, sealed)
   order by h.trace, h.span
   on conflict do nothing`,
);

export const RELEASE_SPANS = statement(
  'release_spans',
  {},
  `delete from otlp_held where tenant = $1 and owner = $2 and trace = any($3::text[])`,
);

export const BEAT_RECEIVER = statement(
  'beat_receiver',
  {},
  `insert into otlp_receivers (tenant, owner, alive_until) values ($1, $2, now() + $3::int * interval '1 millisecond')
   on conflict (tenant, owner) do update set alive_until = excluded.alive_until`,
);

export const ADOPT_SPANS = statement(
  'adopt_spans',
  { trace: 'text', span: 'text', key_id: 'text', sealed: 'bytea' },
  `update otlp_held h set owner = $2
   where h.tenant = $1 and h.owner <> $2
     and not exists (select from otlp_receivers r
                     where r.tenant = $1 and r.owner = h.owner and r.alive_until >= now())
   returning h.trace, h.span, h.key_id, h.sealed`,
);

export const HELD_BY_OTHERS = statement(
  'held_by_others',
  { there: 'bool' },
  `select exists (select from otlp_held where tenant = $1 and owner <> $2) as there`,
);

export const END_RECEIVERS = statement(
  'end_receivers',
  {},
  `delete from otlp_receivers where tenant = $1 and (owner = $2 or alive_until < now() - interval '1 day')`,
);

export interface HeldSpanOptions {
  /** A receiver that says nothing for so long is gone, and its spans are another's. @default 10_000 */
  readonly aliveMs?: number;
}

/** One receiver's spans in Postgres, sealed under the tenant's own key: they quote people and nobody knows yet whom. */
export function createHeldSpanStore(
  db: Db,
  tenant: string,
  keyStore: KeyStore,
  { aliveMs = 10_000 }: HeldSpanOptions = {},
): HeldSpanStore {
  const owner = randomUUID();
  return {
    aliveMs,
    async hold(spans) {
      const { keyId, key } = await tenantKey(keyStore, tenant);
      const sealed = spans.map((span) =>
        seal(key, placeOf(tenant, span.traceId, span.spanId, keyId), Buffer.from(JSON.stringify(span))),
      );
      const [traces, ids] = [spans.map(({ traceId }) => traceId), spans.map(({ spanId }) => spanId)];
      await db.run(HOLD_SPANS, [tenant, owner, textArray(traces), textArray(ids), keyId, bytesArray(sealed)]);
    },
    async release(traceIds) {
      await db.run(RELEASE_SPANS, [tenant, owner, textArray(traceIds)]);
    },
    async adopt() {
      // First, so that nobody adopts what is adopted here.
      await db.run(BEAT_RECEIVER, [tenant, owner, aliveMs]);
      const rows = await db.run(ADOPT_SPANS, [tenant, owner]);
      const keys = await keysOf(
        keyStore,
        rows.map((row) => row.key_id),
      );
      const spans = rows.flatMap((row) => {
        const key = keys.get(row.key_id);
        if (key === undefined) return [];
        const text = open(key, placeOf(tenant, row.trace, row.span, row.key_id), row.sealed).toString('utf8');
        return [JSON.parse(text) as Span];
      });
      const [others] = await db.run(HELD_BY_OTHERS, [tenant, owner]);
      return { spans, others: others?.there ?? false };
    },
    async leave() {
      await db.run(END_RECEIVERS, [tenant, owner]);
    },
  };
}

const placeOf = (tenant: string, trace: string, span: string, keyId: string): string[] => [
  tenant,
  'otlp',
  trace,
  span,
  keyId,
];
