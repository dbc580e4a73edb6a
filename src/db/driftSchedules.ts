import type { DriftSchedule, ScheduleRow, ScheduleStatus, ScheduleStore } from '../nightly/index.js';
import type { RowOf } from './columns.js';
import type { Db } from './database.js';
import { statement } from './statement.js';

const COLUMNS = {
  id: 'text',
  name: 'text',
  spec: 'jsonb',
  status: 'text',
  entry_id: 'text',
  created_at: 'timestamptz',
} as const;
const LIST = Object.keys(COLUMNS).join(', ');

/** A schedule that was removed comes back as it was: findings are named by it. */
export const UPSERT_SCHEDULE = statement(
  'upsert_drift_schedule',
  COLUMNS,
  `insert into drift_schedules (tenant, id, name, spec, status, entry_id) values ($1, $2, $3, $4, 'active', $5)
   on conflict (tenant, id) do update set status = 'active', entry_id = $5
   returning ${LIST}`,
);

export const SELECT_SCHEDULE = statement(
  'select_drift_schedule',
  COLUMNS,
  `select ${LIST} from drift_schedules where tenant = $1 and (id = $2 or (name = $2 and status <> 'removed'))`,
);

export const LIST_SCHEDULES = statement(
  'list_drift_schedules',
  COLUMNS,
  `select ${LIST} from drift_schedules where tenant = $1 and status <> 'removed' order by name`,
);

export const UPDATE_SCHEDULE = statement(
  'update_drift_schedule',
  {},
  `update drift_schedules set status = $3 where tenant = $1 and id = $2`,
);

export function createScheduleStore(db: Db, tenant: string): ScheduleStore {
  return {
    async save(id, spec, entryId) {
      const [row] = await db.run(UPSERT_SCHEDULE, [tenant, id, spec.name, JSON.stringify(spec), entryId]);
      return scheduleOf(row as RowOf<typeof COLUMNS>);
    },
    async get(idOrName) {
      const [row] = await db.run(SELECT_SCHEDULE, [tenant, idOrName]);
      return row === undefined ? null : scheduleOf(row);
    },
    async list() {
      return (await db.run(LIST_SCHEDULES, [tenant])).map(scheduleOf);
    },
    async setStatus(id, status) {
      await db.run(UPDATE_SCHEDULE, [tenant, id, status]);
    },
  };
}

const scheduleOf = (row: RowOf<typeof COLUMNS>): ScheduleRow => ({
  id: row.id,
  name: row.name,
  spec: row.spec as DriftSchedule,
  status: row.status as ScheduleStatus,
  entryId: row.entry_id,
  createdAt: row.created_at,
});
