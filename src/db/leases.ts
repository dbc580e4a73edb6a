import { AppError } from '../errors/index.js';
import { affordableCalls, budgetStop, leaseShare } from './budget.js';
import type { Db } from './database.js';
import { SUM_SPENT } from './results.js';
import type { RunRow } from './runs.js';
import { statement } from './statement.js';

/** Leases of one run are given one at a time; the lock ends with the transaction. */
export const LOCK_LEASES = statement(
  'lock_leases',
  { locked: 'bool' },
  `select true as locked from pg_advisory_xact_lock(hashtextextended($1 || '/' || $2, 0))`,
);

/**
 * A lease ends when every decision of its range has a result, when its range is asked for again (the batch before it is
 * dead: Temporal runs one attempt at a time), or when it runs out.
 */
export const DELETE_LEASES = statement(
  'delete_leases',
  {},
  `delete from replay_leases l
   where l.tenant = $1 and l.run = $2
     and (l.expires_at <= now()
          or (l.repeat = $3 and l.after_ord < $5 and l.until_ord > $4)
          or not exists (
            select from cohort_members m
            where m.tenant = $1 and m.cohort = $6 and m.ord > l.after_ord and m.ord <= l.until_ord
              and (select r.repeat from replay_results r where r.tenant = $1 and r.run = $2 and r.lane = $7
                   and r.repeat = l.repeat and r.decision = m.decision) is null))`,
);

export const SUM_LEASES = statement(
  'sum_leases',
  { calls: 'int8', decisions: 'int8', stored: 'int8' },
  `select coalesce(sum(calls), 0)::int8 as calls, coalesce(sum(decisions), 0)::int8 as decisions,
          (select count(*) from replay_results where tenant = $1 and run = $2)::int8 as stored
   from replay_leases where tenant = $1 and run = $2`,
);

export const INSERT_LEASE = statement(
  'insert_lease',
  {},
  `insert into replay_leases (tenant, run, repeat, after_ord, until_ord, decisions, calls, expires_at)
   values ($1, $2, $3, $4, $5, $6, $7, now() + $8 * interval '1 millisecond')`,
);

export interface LeaseRequest {
  readonly repeat: number;
  readonly after: number;
  /** Last ordinal of the batch. */
  readonly until: number;
  /** Decisions of the batch that have no result yet. */
  readonly decisions: number;
}

/** Live batches of a run that may be in flight at once: one worker may have taken all of them, for one child. */
const BATCHES_AHEAD = 8;
const GRACE_MS = 60_000;
const LONGEST_MS = 3_600_000;

/**
 * Model calls that this batch may make, so that all batches in flight together stay within maxCalls. Spent calls count
 * twice until their batch is through: the limit is never passed, at worst a batch waits. A worker that outlives its own
 * heartbeat time-out may still spend what it held. Tokens and cost are known only afterwards: they limit calls by their mean. A batch
 * that asks again gives back what it held even where it gets nothing: two that each wait for the other's spent lease would wait for ever.
 * null: nothing that was spent so far says how many calls are paid for.
 */
export async function leaseCalls(db: Db, tenant: string, run: RunRow, batch: LeaseRequest): Promise<number | null> {
  const { manifest } = run;
  const granted = await db.transaction(async (tx): Promise<number | null | AppError> => {
    await tx.run(LOCK_LEASES, [tenant, run.id]);
    await tx.run(DELETE_LEASES, [tenant, run.id, batch.repeat, batch.after, batch.until, run.cohort, run.lane]);
    const [spent] = await tx.run(SUM_SPENT, [tenant, run.id]);
    const [leased] = await tx.run(SUM_LEASES, [tenant, run.id]);
    if (!spent || !leased) throw new Error('sums without a row');
    const stop = budgetStop(manifest, spent);
    if (stop !== null) return new AppError('budget.exhausted', stop, { field: '/budget' });
    const affordable = affordableCalls(manifest.budget, spent);
    if (affordable === null) return null;
    const left = affordable - leased.calls;
    if (left <= 0 && leased.calls === 0)
      return new AppError('budget.exhausted', 'budget: what is left does not pay for another model call', {
        field: '/budget',
      });
    if (left <= 0)
      return new AppError('api.busy', 'what is left of the budget is held by batches under way', { retryAfter: 2 });
    const open = manifest.cohort.size * manifest.lane.repeats - leased.stored - leased.decisions;
    const calls = leaseShare(left, batch.decisions, open);
    const slowest = BATCHES_AHEAD * batch.decisions * manifest.lane.policy.timeoutMs;
    const time = Math.min(slowest + GRACE_MS, LONGEST_MS);
    await tx.run(INSERT_LEASE, [tenant, run.id, batch.repeat, batch.after, batch.until, batch.decisions, calls, time]);
    return calls;
  });
  if (granted instanceof AppError) throw granted;
  return granted;
}
