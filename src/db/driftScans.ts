import { AppError } from '../errors/index.js';
import type { CanaryObservation, NewScan, ScanPatch, ScanRow, ScanStatus, ScanStore } from '../nightly/index.js';
import type { RowOf } from './columns.js';
import type { Db } from './database.js';
import { statement } from './statement.js';

const COLUMNS = {
  id: 'text',
  schedule: 'text',
  at: 'timestamptz',
  attempt: 'int4',
  status: 'text',
  agent: 'text?',
  from_idx: 'int8?',
  until_idx: 'int8?',
  control_run: 'text?',
  canary: 'jsonb?',
  digest: 'text?',
  entry_id: 'text?',
  summary: 'jsonb?',
  created_at: 'timestamptz',
  finished_at: 'timestamptz?',
} as const;
const LIST = Object.keys(COLUMNS).join(', ');

export const INSERT_SCAN = statement(
  'insert_drift_scan',
  {},
  `insert into drift_scans (tenant, id, schedule, at, attempt, status) values ($1, $2, $3, $4, $5, 'running')
   on conflict do nothing`,
);

export const SELECT_SCAN = statement(
  'select_drift_scan',
  COLUMNS,
  `select ${LIST} from drift_scans where tenant = $1 and id = $2`,
);

/** $2 schedule, or null for all. */
export const LIST_SCANS = statement(
  'list_drift_scans',
  COLUMNS,
  `select ${LIST} from drift_scans where tenant = $1 and ($2::text is null or schedule = $2)
   order by at desc, attempt desc, id limit $3::int`,
);

/** What the live model answered on earlier nights of this schedule, newest first. */
export const SELECT_CANARIES = statement(
  'select_canaries',
  { canary: 'jsonb' },
  `select canary from drift_scans
   where tenant = $1 and schedule = $2 and at < $3 and canary is not null order by at desc, attempt desc limit $4::int`,
);

/** A finding that is signed stays; the first canary of a night stays too. */
export const UPDATE_SCAN = statement(
  'update_drift_scan',
  COLUMNS,
  `update drift_scans set
     status = case when entry_id is null then coalesce($3, status) else status end,
     agent = coalesce($4, agent), from_idx = coalesce($5::bigint, from_idx), until_idx = coalesce($6::bigint, until_idx),
     control_run = coalesce($7, control_run), canary = coalesce(canary, $8::jsonb),
     digest = coalesce(digest, $9), summary = coalesce(summary, $10::jsonb),
     finished_at = case when $11::text is not null then coalesce(finished_at, now()) else finished_at end,
     entry_id = coalesce(entry_id, $11)
   where tenant = $1 and id = $2
   returning ${LIST}`,
);

export function createScanStore(db: Db, tenant: string): ScanStore {
  const get = async (id: string): Promise<ScanRow | null> => {
    const [row] = await db.run(SELECT_SCAN, [tenant, id]);
    return row === undefined ? null : scanOf(row);
  };
  const must = (row: ScanRow | null, id: string): ScanRow => {
    if (row === null) throw new AppError('not_found', `scan ${id} does not exist`, { field: 'scan' });
    return row;
  };
  return {
    get,
    async save({ id, schedule, at, attempt }: NewScan) {
      await db.run(INSERT_SCAN, [tenant, id, schedule, at, attempt]);
      return must(await get(id), id);
    },
    async list(schedule, limit) {
      return (await db.run(LIST_SCANS, [tenant, schedule, limit])).map(scanOf);
    },
    async canariesBefore(schedule, at, limit) {
      return (await db.run(SELECT_CANARIES, [tenant, schedule, at, limit])).map(
        ({ canary }) => canary as CanaryObservation,
      );
    },
    async update(id: string, patch: ScanPatch) {
      const [row] = await db.run(UPDATE_SCAN, [
        tenant,
        id,
        patch.status ?? null,
        patch.agent ?? null,
        patch.fromIdx ?? null,
        patch.untilIdx ?? null,
        patch.controlRun ?? null,
        json(patch.canary),
        patch.digest ?? null,
        json(patch.summary),
        patch.entryId ?? null,
      ]);
      return must(row === undefined ? null : scanOf(row), id);
    },
  };
}

const json = (value: unknown): string | null => (value === undefined ? null : JSON.stringify(value));

const scanOf = (row: RowOf<typeof COLUMNS>): ScanRow => ({
  id: row.id,
  schedule: row.schedule,
  at: row.at,
  attempt: row.attempt,
  status: row.status as ScanStatus,
  agent: row.agent,
  fromIdx: row.from_idx,
  untilIdx: row.until_idx,
  controlRun: row.control_run,
  canary: row.canary as CanaryObservation | null,
  digest: row.digest,
  entryId: row.entry_id,
  summary: row.summary as ScanRow['summary'],
  createdAt: row.created_at,
  finishedAt: row.finished_at,
});
