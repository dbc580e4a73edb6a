import { AppError } from '../errors/index.js';
import { textArray } from './arrays.js';
import type { RowOf } from './columns.js';
import type { Db } from './database.js';
import { statement } from './statement.js';

export type GateStatus = 'pending' | 'pass' | 'fail' | 'inconclusive';

export interface GateRow {
  readonly id: string;
  /** Rises only after an inconclusive end. */
  readonly attempt: number;
  readonly policy: unknown;
  readonly candidate: string;
  readonly baseline: string;
  readonly session: string | null;
  readonly status: GateStatus;
  readonly controlRun: string | null;
  readonly candidateRun: string | null;
  readonly workflow: string | null;
  readonly resultsRoot: Uint8Array | null;
  readonly verdictEntry: string | null;
  readonly driftEntry: string | null;
  /** Waivers that held when the gate was asked for. */
  readonly waivers: readonly string[];
  /** Counts and bounds only: it is stored in the clear. */
  readonly summary: unknown;
  readonly createdAt: Date;
  readonly finishedAt: Date | null;
  /** Where it was asked for, such as owner/name; null outside CI. */
  readonly repository: string | null;
  /** Commit of the first request. */
  readonly revision: string | null;
}

export interface NewGate {
  readonly id: string;
  readonly attempt?: number;
  readonly policy: unknown;
  readonly candidate: string;
  readonly baseline: string;
  readonly session?: string | null;
  readonly workflow?: string;
  readonly repository?: string | null;
  readonly revision?: string | null;
  readonly waivers?: readonly string[];
}

export interface GatePatch {
  readonly status?: GateStatus;
  readonly attempt?: number;
  readonly controlRun?: string;
  readonly candidateRun?: string;
  readonly workflow?: string;
  readonly resultsRoot?: Uint8Array;
  readonly verdictEntry?: string;
  readonly driftEntry?: string;
  readonly summary?: unknown;
}

const GATE_COLUMNS = {
  id: 'text',
  attempt: 'int4',
  policy: 'jsonb',
  candidate: 'text',
  baseline: 'text',
  session: 'text?',
  status: 'text',
  control_run: 'text?',
  candidate_run: 'text?',
  workflow: 'text?',
  results_root: 'bytea?',
  verdict_entry: 'text?',
  drift_entry: 'text?',
  waivers: 'textArray?',
  summary: 'jsonb?',
  created_at: 'timestamptz',
  finished_at: 'timestamptz?',
  repository: 'text?',
  revision: 'text?',
} as const;
type GateSqlRow = RowOf<typeof GATE_COLUMNS>;
const GATE_LIST = Object.keys(GATE_COLUMNS).join(', ');

export const INSERT_GATE = statement(
  'insert_gate',
  {},
  `insert into gates (tenant, id, attempt, policy, candidate, baseline, session, status, workflow, repository, revision, waivers)
   values ($1, $2, $3, $4, $5, $6, $7, 'pending', $8, $9, $10, $11::text[]) on conflict do nothing`,
);

export const SELECT_GATE = statement(
  'select_gate',
  GATE_COLUMNS,
  `select ${GATE_LIST} from gates where tenant = $1 and id = $2`,
);

/** One gate tried again: the same policy, versions and session under a lower attempt. */
export const SELECT_EARLIER_ATTEMPTS = statement(
  'select_earlier_attempts',
  GATE_COLUMNS,
  `select ${GATE_LIST} from gates
   where tenant = $1 and attempt < (select attempt from gates where tenant = $1 and id = $2)
     and (policy, candidate, baseline) = (select policy, candidate, baseline from gates where tenant = $1 and id = $2)
     and session is not distinct from (select session from gates where tenant = $1 and id = $2)
     and repository is not distinct from (select repository from gates where tenant = $1 and id = $2)
   order by attempt, created_at`,
);

export const LIST_GATES = statement(
  'list_gates',
  GATE_COLUMNS,
  `select ${GATE_LIST} from gates where tenant = $1 order by created_at desc, id limit $2`,
);

/** The gate that had this control arm planned. */
export const SELECT_FIRST_GATE = statement(
  'select_first_gate',
  { id: 'text' },
  `select id from gates where tenant = $1 and control_run = $2 order by created_at, id limit 1`,
);

export const UPDATE_GATE = statement(
  'update_gate',
  GATE_COLUMNS,
  `update gates set
     status = coalesce($3, status), attempt = coalesce($4, attempt), control_run = coalesce($5, control_run),
     candidate_run = coalesce($6, candidate_run), workflow = coalesce($7, workflow),
     results_root = coalesce($8, results_root), verdict_entry = coalesce($9, verdict_entry),
     drift_entry = coalesce($10, drift_entry), summary = coalesce($11, summary),
     finished_at = case when $3 = 'pending' then null when $3 is not null then coalesce(finished_at, now()) else finished_at end
   where tenant = $1 and id = $2
   returning ${GATE_LIST}`,
);

export type GateStore = ReturnType<typeof createGateStore>;

/** Gates of one tenant, as far as they are readable in the clear; `gateSeals` holds what quotes an agent. */
export function createGateStore(db: Db, tenant: string) {
  const one = ([row]: GateSqlRow[]): GateRow | null => (row ? gateOf(row) : null);
  const get = async (id: string): Promise<GateRow | null> => one(await db.run(SELECT_GATE, [tenant, id]));
  const absent = (id: string): AppError => new AppError('not_found', `gate ${id} does not exist`, { field: '/gate' });

  return {
    get,

    async earlierAttempts(id: string): Promise<GateRow[]> {
      return (await db.run(SELECT_EARLIER_ATTEMPTS, [tenant, id])).map(gateOf);
    },

    async list(limit: number): Promise<GateRow[]> {
      return (await db.run(LIST_GATES, [tenant, limit])).map(gateOf);
    },

    /** Id of the gate that first used this control arm. */
    async firstWith(controlRun: string): Promise<string | null> {
      return (await db.run(SELECT_FIRST_GATE, [tenant, controlRun]))[0]?.id ?? null;
    },

    /** The gate that is there afterwards: an earlier one under the same id stays. */
    async save(gate: NewGate): Promise<GateRow> {
      const { id, attempt = 1, policy, candidate, baseline } = gate;
      const { session = null, workflow = null, repository = null, revision = null, waivers = [] } = gate;
      const text = JSON.stringify(policy);
      const held = waivers.length === 0 ? null : textArray(waivers);
      const values = [tenant, id, attempt, text, candidate, baseline, session, workflow, repository, revision, held];
      await db.run(INSERT_GATE, values);
      const stored = await get(id);
      if (!stored) throw absent(id);
      return stored;
    },

    async update(id: string, patch: GatePatch): Promise<GateRow> {
      const rows = await db.run(UPDATE_GATE, [
        tenant,
        id,
        patch.status ?? null,
        patch.attempt ?? null,
        patch.controlRun ?? null,
        patch.candidateRun ?? null,
        patch.workflow ?? null,
        patch.resultsRoot ? Buffer.from(patch.resultsRoot) : null,
        patch.verdictEntry ?? null,
        patch.driftEntry ?? null,
        patch.summary === undefined ? null : JSON.stringify(patch.summary),
      ]);
      const gate = one(rows);
      if (!gate) throw absent(id);
      return gate;
    },
  };
}

function gateOf(row: GateSqlRow): GateRow {
  const { id, attempt, policy, candidate, baseline, session, workflow, summary, repository, revision } = row;
  return {
    repository,
    revision,
    id,
    attempt,
    policy,
    candidate,
    baseline,
    session,
    workflow,
    summary,
    status: row.status as GateStatus,
    controlRun: row.control_run,
    candidateRun: row.candidate_run,
    resultsRoot: row.results_root,
    verdictEntry: row.verdict_entry,
    driftEntry: row.drift_entry,
    waivers: row.waivers ?? [],
    createdAt: row.created_at,
    finishedAt: row.finished_at,
  };
}
