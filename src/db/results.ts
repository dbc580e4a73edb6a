import type { LaneName, ReplayStatus } from '../replay/index.js';
import { bytesArray, float8Array, int4Array, int8Array, textArray } from './arrays.js';
import { NOTHING_SPENT, type Spent } from './budget.js';
import type { RowOf } from './columns.js';
import type { Db } from './database.js';
import { statement } from './statement.js';

/** One result as it lies in Postgres: what counts need in the clear, everything the agent said sealed. */
export interface SealedResult {
  readonly decision: string;
  readonly status: ReplayStatus;
  readonly refusal: string | null;
  readonly calls: number;
  readonly served: number;
  readonly ran: number;
  readonly refused: number;
  readonly liveCalls: number;
  readonly cost: number;
  readonly tokens: number;
  readonly durMs: number;
  readonly rowHash: Uint8Array;
  readonly keyId: string;
  readonly sealed: Uint8Array;
}

/**
 * A row per (run, lane, repeat, decision); the first stays. The share lock holds off `done`: once a run is done its set
 * of rows is what the signed root binds, so no row may join it. `open` is 0 for a run that takes no results.
 */
export const INSERT_RESULTS = statement(
  'insert_results',
  { open: 'int4', stored: 'int4' },
  `with open_run as (
     select 1 from runs
     where tenant = $1 and id = $2 and lane = $3 and status in ('planned', 'running') for share
   ), stored as (
     insert into replay_results (tenant, run, lane, repeat, decision, status, refusal, calls, served, ran, refused,
                                 live_calls, cost, tokens, dur_ms, row_hash, key_id, sealed)
     select $1, $2, $3, $4, r.*
     from open_run, unnest($5::text[], $6::text[], $7::text[], $8::int4[], $9::int4[], $10::int4[], $11::int4[],
                           $12::int4[], $13::float8[], $14::int8[], $15::float8[], $16::bytea[], $17::text[],
                           $18::bytea[]) as r
     on conflict do nothing
     returning 1
   )
   select (select count(*) from open_run)::int4 as open, (select count(*) from stored)::int4 as stored`,
);

const STORED_COLUMNS = {
  repeat: 'int4',
  decision: 'text',
  status: 'text',
  refusal: 'text?',
  calls: 'int4',
  cost: 'float8',
  dur_ms: 'float8',
  row_hash: 'bytea',
  key_id: 'text',
  sealed: 'bytea',
} as const;
export type StoredResultRow = RowOf<typeof STORED_COLUMNS>;

/** Keyset page in the order that resultsRoot asks for within a lane. */
export const SELECT_RESULTS = statement(
  'select_results',
  STORED_COLUMNS,
  `select ${Object.keys(STORED_COLUMNS).join(', ')} from replay_results
   where tenant = $1 and run = $2 and lane = $3 and (repeat, decision) > ($4, $5)
   order by repeat, decision limit $6`,
);

/** The same page without what is sealed: the leaves of resultsRoot. */
export const SELECT_ROW_HASHES = statement(
  'select_row_hashes',
  { repeat: 'int4', decision: 'text', row_hash: 'bytea' },
  `select repeat, decision, row_hash from replay_results
   where tenant = $1 and run = $2 and lane = $3 and (repeat, decision) > ($4, $5)
   order by repeat, decision limit $6`,
);

export const SELECT_DECISION_RESULTS = statement(
  'select_decision_results',
  STORED_COLUMNS,
  `select ${Object.keys(STORED_COLUMNS).join(', ')} from replay_results
   where tenant = $1 and run = $2 and lane = $3 and decision = $4 order by repeat`,
);

export const COUNT_RESULTS = statement(
  'count_results',
  {
    lane: 'text',
    repeat: 'int4',
    status: 'text',
    refusal: 'text?',
    rows: 'int4',
    calls: 'int8',
    served: 'int8',
    ran: 'int8',
    refused: 'int8',
    cost: 'float8',
    tokens: 'int8',
  },
  `select lane, repeat, status, refusal, count(*)::int4 as rows, sum(calls)::int8 as calls, sum(served)::int8 as served,
          sum(ran)::int8 as ran, sum(refused)::int8 as refused, sum(cost)::float8 as cost, sum(tokens)::int8 as tokens
   from replay_results where tenant = $1 and run = $2
   group by lane, repeat, status, refusal order by lane, repeat, status, refusal`,
);

/** What a progress line asks for every second: the primary key answers it. */
export const COUNT_STORED = statement(
  'count_stored',
  { rows: 'int8' },
  `select count(*)::int8 as rows from replay_results where tenant = $1 and run = $2`,
);

export const SUM_SPENT = statement(
  'sum_spent',
  { calls: 'int8', cost: 'float8', tokens: 'int8' },
  `select coalesce(sum(calls), 0)::int8 as calls, coalesce(sum(cost), 0)::float8 as cost,
          coalesce(sum(tokens), 0)::int8 as tokens
   from replay_results where tenant = $1 and run = $2 and (calls > 0 or cost > 0)`,
);

// The look-ups below are scalar subqueries on unique keys: a join would be planned by statistics that a run just begun does
// not have yet, and a prepared plan for an empty table stays quadratic until the first ANALYZE.

/** Where a batch goes on: what has no result yet, in frozen order. */
export const SELECT_MISSING = statement(
  'select_missing',
  { ord: 'int4', decision: 'text' },
  `select m.ord, m.decision from cohort_members m
   where m.tenant = $1 and m.cohort = $2 and m.ord > $3 and m.ord <= $4
     and (select r.repeat from replay_results r where r.tenant = $1 and r.run = $5 and r.lane = $6
          and r.repeat = $7 and r.decision = m.decision) is null
   order by m.ord limit $8`,
);

/** Ordinal in the cohort (null: not a member), and the key that seals its disclosures (null: erased). */
export const SELECT_SUBJECT_KEYS = statement(
  'select_subject_keys',
  { decision: 'text', ord: 'int4?', key_id: 'text?' },
  `select q.decision,
          (select m.ord from cohort_members m
           where m.tenant = $1 and m.cohort = $2 and m.decision = q.decision) as ord,
          (select d.key_id from disclosures d where d.tenant = $1 and d.entry_id = q.decision) as key_id
   from unnest($3::text[]) as q (decision)`,
);

/** Live calls of the control arm that join the tapes of these decisions. `offset 0` keeps the probe per decision. */
export const SELECT_POOLED = statement(
  'select_pooled',
  { repeat: 'int4', decision: 'text', key_id: 'text', sealed: 'bytea' },
  `select r.repeat, q.decision, r.key_id, r.sealed
   from unnest($3::text[]) as q (decision)
   cross join lateral (
     select repeat, key_id, sealed from replay_results
     where tenant = $1 and run = $2 and decision = q.decision and live_calls > 0 and status = 'done' offset 0
   ) as r
   order by q.decision, r.repeat`,
);

export interface ResultCount {
  readonly lane: LaneName;
  readonly repeat: number;
  readonly status: ReplayStatus;
  /** Code of the refusal; null for `done`. */
  readonly refusal: string | null;
  readonly rows: number;
  readonly calls: number;
  readonly served: number;
  readonly ran: number;
  readonly refused: number;
  readonly cost: number;
  readonly tokens: number;
}

export interface ResultsOf {
  readonly run: string;
  readonly lane: LaneName;
  readonly repeat: number;
}

export type ResultTable = ReturnType<typeof createResultTable>;

/** Statements over replay results of one tenant, bytes in and bytes out. Sealing is `replayStore`. */
export function createResultTable(db: Db, tenant: string) {
  return {
    /** null when the run takes no results; nothing is written then. Durable when it returns. */
    async insert({ run, lane, repeat }: ResultsOf, rows: readonly SealedResult[]): Promise<{ stored: number } | null> {
      const [answer] = await db.transaction((tx) =>
        tx.run(INSERT_RESULTS, [tenant, run, lane, repeat, ...columnsOf(rows)]),
      );
      return answer && answer.open === 1 ? { stored: answer.stored } : null;
    },

    async page(
      { run, lane }: Pick<ResultsOf, 'run' | 'lane'>,
      after: { readonly repeat: number; readonly decision: string },
      limit: number,
    ): Promise<StoredResultRow[]> {
      return db.run(SELECT_RESULTS, [tenant, run, lane, after.repeat, after.decision, limit]);
    },

    async hashes(
      { run, lane }: Pick<ResultsOf, 'run' | 'lane'>,
      after: { readonly repeat: number; readonly decision: string },
      limit: number,
    ) {
      return db.run(SELECT_ROW_HASHES, [tenant, run, lane, after.repeat, after.decision, limit]);
    },

    async ofDecision({ run, lane }: Pick<ResultsOf, 'run' | 'lane'>, decision: string): Promise<StoredResultRow[]> {
      return db.run(SELECT_DECISION_RESULTS, [tenant, run, lane, decision]);
    },

    async pooled(run: string, decisions: readonly string[]) {
      return db.run(SELECT_POOLED, [tenant, run, textArray(decisions)]);
    },

    async missing(cohort: string, of: ResultsOf, after: number, until: number, count: number) {
      return db.run(SELECT_MISSING, [tenant, cohort, after, until, of.run, of.lane, of.repeat, count]);
    },

    /** Decision → key id, or null for an erased one. What the cohort does not hold is not in the map. */
    async subjectKeys(cohort: string, decisions: readonly string[]): Promise<Map<string, string | null>> {
      const rows = await db.run(SELECT_SUBJECT_KEYS, [tenant, cohort, textArray(decisions)]);
      return new Map(rows.flatMap((row) => (row.ord === null ? [] : [[row.decision, row.key_id]])));
    },

    async counts(run: string): Promise<ResultCount[]> {
      const rows = await db.run(COUNT_RESULTS, [tenant, run]);
      return rows.map((row) => ({ ...row, lane: row.lane as LaneName, status: row.status as ReplayStatus }));
    },

    async stored(run: string): Promise<number> {
      const [row] = await db.run(COUNT_STORED, [tenant, run]);
      return row?.rows ?? 0;
    },

    async spent(run: string): Promise<Spent> {
      const [row] = await db.run(SUM_SPENT, [tenant, run]);
      return row ?? NOTHING_SPENT;
    },
  };
}

function columnsOf(rows: readonly SealedResult[]): Buffer[] {
  return [
    textArray(rows.map((row) => row.decision)),
    textArray(rows.map((row) => row.status)),
    textArray(rows.map((row) => row.refusal)),
    int4Array(rows.map((row) => row.calls)),
    int4Array(rows.map((row) => row.served)),
    int4Array(rows.map((row) => row.ran)),
    int4Array(rows.map((row) => row.refused)),
    int4Array(rows.map((row) => row.liveCalls)),
    float8Array(rows.map((row) => row.cost)),
    int8Array(rows.map((row) => row.tokens)),
    float8Array(rows.map((row) => row.durMs)),
    bytesArray(rows.map((row) => row.rowHash)),
    textArray(rows.map((row) => row.keyId)),
    bytesArray(rows.map((row) => row.sealed)),
  ];
}
