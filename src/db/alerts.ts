import { canonicalize, sha256, toBase32, utf8 } from '@tenet-ledger/record';
import type {
  Alert,
  AlertChannel,
  AlertStatus,
  AlertStore,
  Delivery,
  DeliveryStatus,
  Disposition,
} from '../alerts/index.js';
import type { RowOf } from './columns.js';
import type { Db } from './database.js';
import { AppError } from '../errors/index.js';
import { statement } from './statement.js';

const ALERT = {
  id: 'text',
  key: 'text',
  severity: 'text',
  title: 'text',
  body: 'jsonb',
  owner: 'text?',
  status: 'text',
  opened_at: 'timestamptz',
  seen_at: 'timestamptz',
  acked_at: 'timestamptz?',
  acked_by: 'text?',
  resolved_at: 'timestamptz?',
  resolved_by: 'text?',
  disposition: 'text?',
  reason: 'text?',
  causes: 'int8',
} as const;
const OWN = Object.keys(ALERT).slice(0, -1).join(', ');
const CAUSES = `(select count(*) from alert_causes c where c.tenant = $1 and c.alert = a.id) as causes`;

const DELIVERY = {
  id: 'text',
  alert: 'text',
  channel: 'text',
  status: 'text',
  attempts: 'int4',
  error: 'text?',
  updated_at: 'timestamptz',
} as const;
const DELIVERY_LIST = Object.keys(DELIVERY).join(', ');

/** No conflict target: the same alert again and another one of its key both leave what is there. */
export const INSERT_ALERT = statement(
  'insert_alert',
  { id: 'text' },
  `insert into alerts (tenant, id, key, severity, title, body, owner, status)
   values ($1, $2, $3, $4, $5, $6, $7, 'open') on conflict do nothing returning id`,
);

export const SELECT_ALERT = statement(
  'select_alert',
  ALERT,
  `select ${OWN}, ${CAUSES} from alerts a where tenant = $1 and id = $2`,
);

/** The alert that this cause went to, else the one of the key that is not resolved. */
export const SELECT_ALERT_OF = statement(
  'select_alert_of',
  ALERT,
  `select ${OWN}, ${CAUSES} from alerts a
   where tenant = $1 and key = $2
     and (status <> 'resolved' or exists (select from alert_causes o where o.tenant = $1 and o.alert = a.id and o.cause = $3))
   order by exists (select from alert_causes o where o.tenant = $1 and o.alert = a.id and o.cause = $3) desc limit 1`,
);

export const INSERT_CAUSE = statement(
  'insert_alert_cause',
  { alert: 'text' },
  `insert into alert_causes (tenant, alert, cause) values ($1, $2, $3) on conflict do nothing returning alert`,
);

export const SEE_ALERT = statement('see_alert', {}, `update alerts set seen_at = now() where tenant = $1 and id = $2`);

export const LIST_ALERTS = statement(
  'list_alerts',
  ALERT,
  `select ${OWN}, ${CAUSES} from alerts a where tenant = $1 and ($2::bool or status <> 'resolved')
   order by status = 'resolved', opened_at desc, id limit $3::int`,
);

export const ACK_ALERT = statement(
  'ack_alert',
  { id: 'text' },
  `update alerts set status = 'acknowledged', acked_by = $3, owner = $4, acked_at = $5
   where tenant = $1 and id = $2 and status = 'open' returning id`,
);

export const RESOLVE_ALERT = statement(
  'resolve_alert',
  { id: 'text' },
  `update alerts set status = 'resolved', resolved_by = $3, disposition = $4, reason = $5, resolved_at = $6
   where tenant = $1 and id = $2 and status <> 'resolved' returning id`,
);

export const INSERT_DELIVERY = statement(
  'insert_alert_delivery',
  {},
  `insert into alert_deliveries (tenant, id, alert, channel, status) values ($1, $2, $3, $4, 'pending')
   on conflict do nothing`,
);

export const SELECT_DELIVERY = statement(
  'select_alert_delivery',
  DELIVERY,
  `select ${DELIVERY_LIST} from alert_deliveries where tenant = $1 and id = $2`,
);

export const LIST_DELIVERIES = statement(
  'list_alert_deliveries',
  DELIVERY,
  `select ${DELIVERY_LIST} from alert_deliveries
   where tenant = $1 and ($2::text is null or alert = $2) and (not $3::bool or status = 'dead')
   order by updated_at desc, id limit $4::int`,
);

export const TRY_DELIVERY = statement(
  'try_alert_delivery',
  DELIVERY,
  `update alert_deliveries set
     attempts = attempts + case when $3 = 'dead' then 0 else 1 end, error = $4, updated_at = now(),
     status = case when status = 'delivered' then status else $3 end
   where tenant = $1 and id = $2 returning ${DELIVERY_LIST}`,
);

const named = (prefix: string, of: readonly string[]): string =>
  prefix + toBase32(sha256(utf8(canonicalize([...of]))), 26);

export function createAlertStore(db: Db, tenant: string): AlertStore {
  const get = async (id: string): Promise<Alert | null> => one(await db.run(SELECT_ALERT, [tenant, id]));
  return {
    get,

    async raise({ key, severity, title, facts, owner, cause }) {
      const known = one(await db.run(SELECT_ALERT_OF, [tenant, key, cause]));
      const id = known?.id ?? named('alr_', [tenant, key, cause]);
      const made =
        known === null
          ? await db.run(INSERT_ALERT, [tenant, id, key, severity, title, JSON.stringify(facts), owner])
          : [];
      const alert = known ?? (await get(id)) ?? one(await db.run(SELECT_ALERT_OF, [tenant, key, cause]));
      if (alert === null) throw new AppError('internal', `alert ${id} was resolved while it was raised`);
      const fresh = (await db.run(INSERT_CAUSE, [tenant, alert.id, cause])).length === 1;
      if (fresh) await db.run(SEE_ALERT, [tenant, alert.id]);
      const opened = made.length === 1 || alert.id === named('alr_', [tenant, key, cause]);
      return { alert, opened, repeated: fresh && !opened };
    },

    async list({ all, limit }) {
      return (await db.run(LIST_ALERTS, [tenant, all, limit])).map(alertOf);
    },

    async acknowledge(id, by, owner, at) {
      return (await db.run(ACK_ALERT, [tenant, id, by, owner, at])).length === 0 ? null : get(id);
    },

    async resolve(id, { by, disposition, reason, at }) {
      return (await db.run(RESOLVE_ALERT, [tenant, id, by, disposition, reason, at])).length === 0 ? null : get(id);
    },

    async addDeliveries(alert: string, channels: readonly AlertChannel[]) {
      for (const channel of channels)
        await db.run(INSERT_DELIVERY, [tenant, named('dlv_', [tenant, alert, channel]), alert, channel]);
      return (await db.run(LIST_DELIVERIES, [tenant, alert, false, channels.length + 1])).map(deliveryOf);
    },

    async delivery(id) {
      const [row] = await db.run(SELECT_DELIVERY, [tenant, id]);
      return row === undefined ? null : deliveryOf(row);
    },

    async deliveries({ alert, dead, limit }) {
      return (await db.run(LIST_DELIVERIES, [tenant, alert, dead, limit])).map(deliveryOf);
    },

    async tried(id, status, error) {
      const [row] = await db.run(TRY_DELIVERY, [tenant, id, status, error]);
      return row === undefined ? null : deliveryOf(row);
    },
  };
}

const one = ([row]: RowOf<typeof ALERT>[]): Alert | null => (row === undefined ? null : alertOf(row));

const alertOf = (row: RowOf<typeof ALERT>): Alert => ({
  id: row.id,
  key: row.key,
  severity: row.severity as Alert['severity'],
  title: row.title,
  facts: row.body as Alert['facts'],
  owner: row.owner,
  status: row.status as AlertStatus,
  openedAt: row.opened_at,
  seenAt: row.seen_at,
  ackedAt: row.acked_at,
  ackedBy: row.acked_by,
  resolvedAt: row.resolved_at,
  resolvedBy: row.resolved_by,
  disposition: row.disposition as Disposition | null,
  reason: row.reason,
  causes: row.causes,
});

const deliveryOf = (row: RowOf<typeof DELIVERY>): Delivery => ({
  id: row.id,
  alert: row.alert,
  channel: row.channel as AlertChannel,
  status: row.status as DeliveryStatus,
  attempts: row.attempts,
  error: row.error,
  updatedAt: row.updated_at,
});
