import type {
  ChainedEvent,
  CustodyEvent,
  InquiryCase,
  InquiryStore,
  ScopeReads,
  StepKind,
  StepRow,
} from '../inquiry/index.js';
import { AppError } from '../errors/index.js';
import { textArray } from './arrays.js';
import type { RowOf } from './columns.js';
import type { Db, Queryable } from './database.js';
import {
  END_STEP,
  INSERT_CUSTODY,
  INSERT_INQUIRY,
  INSERT_STEP,
  LIST_CUSTODY,
  LIST_INQUIRIES,
  LIST_STEPS,
  SELECT_INQUIRY,
  SELECT_LINKED,
  SELECT_SCOPE,
  SELECT_STATEMENTS,
  SELECT_STEP,
  UPDATE_INQUIRY,
  type STEP,
} from './inquirySql.js';
import { COUNT_QUEUED } from './ledger/listSql.js';

const PAGE = 5_000;
const QUEUE_COUNT = 1_000_000;

export function createInquiryStore(db: Db, tenant: string): InquiryStore {
  const get = async (id: string): Promise<InquiryCase | null> => {
    const [row] = await db.run(SELECT_INQUIRY, [tenant, id]);
    return row ? (row.body as InquiryCase) : null;
  };
  const step = async (id: string): Promise<StepRow | null> => {
    const [row] = await db.run(SELECT_STEP, [tenant, id]);
    return row ? stepOf(row) : null;
  };
  return {
    get,
    step,
    async create(opened, custody) {
      await db.transaction(async (tx) => {
        const { id, state, rev } = opened;
        const made = await tx.run(INSERT_INQUIRY, [tenant, id, state, rev, JSON.stringify(opened)]);
        if (made.length > 0) await chain(tx, tenant, custody);
      });
      return (await get(opened.id)) ?? opened;
    },
    async list(limit) {
      return (await db.run(LIST_INQUIRIES, [tenant, limit])).map(({ body }) => body as InquiryCase);
    },
    async ask({ id, inquiry, kind, by, body, rev }) {
      await db.run(INSERT_STEP, [tenant, id, inquiry, kind, by, JSON.stringify(body), rev]);
      const stored = await step(id);
      if (stored === null) throw new AppError('not_found', `step ${id} was not stored`, { field: 'step' });
      return stored;
    },
    async steps(inquiry) {
      return (await db.run(LIST_STEPS, [tenant, inquiry])).map(stepOf);
    },
    commit: ({ next, expectedRev, step: done, custody }) =>
      db.transaction(async (tx) => {
        const values = [tenant, next.id, next.state, next.rev, JSON.stringify(next), expectedRev];
        const moved = await tx.run(UPDATE_INQUIRY, values);
        if (moved.length === 0) return false;
        if (done !== null) await tx.run(END_STEP, [tenant, done.id, 'done', JSON.stringify(done.result)]);
        if (custody !== null) await chain(tx, tenant, custody);
        return true;
      }),
    async fail(id, why) {
      await db.run(END_STEP, [tenant, id, 'failed', JSON.stringify(why)]);
    },
    async custody(inquiry) {
      const rows = await db.run(LIST_CUSTODY, [tenant, inquiry]);
      return rows.map(({ event, digest, entry }) => ({ event: event as CustodyEvent, digest, entry }));
    },
  };
}

async function chain(tx: Queryable, tenant: string, { event, digest, entry }: ChainedEvent): Promise<void> {
  await tx.run(INSERT_CUSTODY, [tenant, event.inquiry, event.n, JSON.stringify(event), digest, entry]);
}

function stepOf(row: RowOf<typeof STEP>): StepRow {
  const { id, inquiry, body, rev, result } = row;
  return {
    id,
    inquiry,
    body,
    rev,
    result,
    kind: row.kind as StepKind,
    by: row.asked_by,
    status: row.status as StepRow['status'],
    askedAt: row.asked_at,
  };
}

/** Scopes over the look-up table. */
export function createScopeReads(db: Db, tenant: string): ScopeReads {
  return {
    async decisions({ subject, agent, type, session, from, to, decisions }, size) {
      const filter = [tenant, subject, agent, type, session, from, to, decisions, size];
      const found: { id: string; index: number; erased: boolean }[] = [];
      for (let after = -1; ;) {
        const page = await db.run(SELECT_SCOPE, [...filter, after, PAGE]);
        found.push(...page.map(({ id, idx, erased }) => ({ id, index: idx, erased })));
        if (page.length < PAGE) return found;
        after = page.at(-1)?.idx ?? after;
      }
    },
    async linked(decisions, size) {
      const found: { id: string; decision: string }[] = [];
      for (let at = 0; at < decisions.length; at += PAGE)
        found.push(...(await db.run(SELECT_LINKED, [tenant, textArray(decisions.slice(at, at + PAGE)), size])));
      return found;
    },
    async statements(size) {
      return (await db.run(SELECT_STATEMENTS, [tenant, size])).map(({ id, idx }) => ({ id, index: idx }));
    },
    async queued() {
      const [row] = await db.run(COUNT_QUEUED, [tenant, QUEUE_COUNT]);
      return row?.queued ?? 0;
    },
  };
}
