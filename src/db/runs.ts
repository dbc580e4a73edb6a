import { canonicalize } from '@tenet-ledger/record';
import { AppError } from '../errors/index.js';
import type { LaneName, RunManifest } from '../replay/index.js';
import type { RowOf } from './columns.js';
import type { Db } from './database.js';
import { statement } from './statement.js';

export type RunStatus = 'planned' | 'running' | 'done' | 'not_available' | 'stopped' | 'failed';

export interface RunRow {
  readonly id: string;
  readonly cohort: string;
  readonly lane: LaneName;
  readonly agent: string;
  readonly digest: string;
  readonly manifest: RunManifest;
  readonly entryId: string | null;
  readonly status: RunStatus;
  readonly note: string | null;
  readonly controlKey: string | null;
  /** The control arm whose live calls this run's tapes are pooled with; null for a control arm itself. */
  readonly controlRun: string | null;
  readonly createdAt: Date;
  readonly finishedAt: Date | null;
}

export interface NewRun {
  readonly manifest: RunManifest;
  readonly entryId?: string;
  /** Runs of equal key share one control arm. */
  readonly controlKey?: string;
  readonly controlRun?: string;
}

export interface RunPatch {
  readonly status?: RunStatus;
  readonly note?: string;
  readonly entryId?: string;
}

const RUN_COLUMNS = {
  id: 'text',
  cohort: 'text',
  lane: 'text',
  agent: 'text',
  digest: 'text',
  manifest: 'jsonb',
  entry_id: 'text?',
  status: 'text',
  note: 'text?',
  control_key: 'text?',
  control_run: 'text?',
  created_at: 'timestamptz',
  finished_at: 'timestamptz?',
} as const;
type RunSqlRow = RowOf<typeof RUN_COLUMNS>;
const RUN_LIST = Object.keys(RUN_COLUMNS).join(', ');

/** No conflict target: an equal id and an equal control key both leave the earlier run in place. */
export const INSERT_RUN = statement(
  'insert_run',
  { id: 'text' },
  `insert into runs (tenant, id, cohort, lane, agent, digest, manifest, entry_id, status, control_key, control_run)
   values ($1, $2, $3, $4, $5, $6, $7, $8, 'planned', $9, $10)
   on conflict do nothing returning id`,
);

export const SELECT_RUN = statement(
  'select_run',
  RUN_COLUMNS,
  `select ${RUN_LIST} from runs where tenant = $1 and id = $2`,
);

export const SELECT_CONTROL_RUN = statement(
  'select_control_run',
  RUN_COLUMNS,
  `select ${RUN_LIST} from runs
   where tenant = $1 and control_key = $2 and status in ('planned', 'running', 'done')`,
);

/** A control arm that is too old to be shared: its results stay, the next gate runs another. */
export const RELEASE_CONTROL = statement(
  'release_control',
  {},
  `update runs set control_key = null where tenant = $1 and id = $2`,
);

export const LIST_RUNS = statement(
  'list_runs',
  RUN_COLUMNS,
  `select ${RUN_LIST} from runs where tenant = $1 order by created_at desc, id limit $2`,
);

export const SELECT_RUNNING = statement(
  'select_running',
  { id: 'text' },
  `select id from runs where tenant = $1 and agent = $2 and digest = $3 and status = 'running' order by created_at desc, id`,
);

/** A run that is done stays done: its results are bound by a signed root. */
export const UPDATE_RUN = statement(
  'update_run',
  RUN_COLUMNS,
  `update runs set
     status = coalesce($3, status), note = coalesce($4, note), entry_id = coalesce($5, entry_id),
     finished_at = case when $3 in ('done', 'not_available', 'stopped', 'failed') then coalesce(finished_at, now())
                        when $3 in ('planned', 'running') then null else finished_at end
   where tenant = $1 and id = $2 and (status <> 'done' or coalesce($3, 'done') = 'done')
   returning ${RUN_LIST}`,
);

export type RunStore = ReturnType<typeof createRunStore>;

/** Runs of one tenant. */
export function createRunStore(db: Db, tenant: string) {
  const get = async (id: string): Promise<RunRow | null> => one(await db.run(SELECT_RUN, [tenant, id]));

  /** The usable run with this control key: one that failed or was stopped no longer holds it. */
  const findControl = async (controlKey: string): Promise<RunRow | null> =>
    one(await db.run(SELECT_CONTROL_RUN, [tenant, controlKey]));

  return {
    get,
    findControl,

    async releaseControl(id: string): Promise<void> {
      await db.run(RELEASE_CONTROL, [tenant, id]);
    },

    async list(limit: number): Promise<RunRow[]> {
      return (await db.run(LIST_RUNS, [tenant, limit])).map(runOf);
    },

    /** Ids of the runs of this agent version that are being re-run now, newest first: they share its task queue. */
    async underway(agent: string, digest: string): Promise<string[]> {
      return (await db.run(SELECT_RUNNING, [tenant, agent, digest])).map(({ id }) => id);
    },

    /** Creates the run, or gives the one that already has its id or its control key (`created: false`). */
    async save({ manifest, entryId, controlKey, controlRun }: NewRun): Promise<{ run: RunRow; created: boolean }> {
      const { lane, agent, digest } = manifest.lane;
      const inserted = await db.run(INSERT_RUN, [
        tenant,
        manifest.run,
        manifest.cohort.id,
        lane,
        agent,
        digest,
        manifest,
        entryId ?? null,
        controlKey ?? null,
        controlRun ?? null,
      ]);
      const same = await get(manifest.run);
      if (same && canonicalize(same.manifest) !== canonicalize(manifest)) {
        throw new AppError('input.invalid', `run ${manifest.run} exists with another manifest`, { field: '/run' });
      }
      const run = same ?? (controlKey === undefined ? null : await findControl(controlKey));
      if (!run) throw new AppError('not_found', `run ${manifest.run} lost its control key while it was saved`);
      return { run, created: inserted.length === 1 };
    },

    async update(id: string, { status, note, entryId }: RunPatch): Promise<RunRow> {
      const values = [tenant, id, status ?? null, note ?? null, entryId ?? null];
      const run = one(await db.run(UPDATE_RUN, values).catch((error: unknown) => refuseTakenKey(error, id)));
      if (run) return run;
      const present = await get(id);
      if (!present) throw new AppError('not_found', `run ${id} does not exist`, { field: '/run' });
      throw new AppError('replay.run_closed', `run ${id} is done and can't become ${status ?? 'anything else'}`);
    },
  };
}

/** Unique violation (23505): while this control arm was ended, another one took its key. */
function refuseTakenKey(error: unknown, id: string): never {
  if ((error as { code?: unknown }).code !== '23505') throw error;
  throw new AppError('replay.run_closed', `another control arm took the place of ${id}`, {}, { cause: error });
}

function one([row]: RunSqlRow[]): RunRow | null {
  return row ? runOf(row) : null;
}

function runOf(row: RunSqlRow): RunRow {
  const { id, cohort, agent, digest, note } = row;
  return {
    id,
    cohort,
    lane: row.lane as LaneName,
    agent,
    digest,
    manifest: row.manifest as RunManifest,
    status: row.status as RunStatus,
    note,
    entryId: row.entry_id,
    controlKey: row.control_key,
    controlRun: row.control_run,
    createdAt: row.created_at,
    finishedAt: row.finished_at,
  };
}
