import type { FastifyInstance, FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { EntryKind } from '@tenet-ledger/record';
import { AppError } from '../../errors/index.js';
import type { ListPage } from '../../ledger/index.js';
import { requireScope } from '../auth.js';
import type { ApiContext } from '../context.js';
import { named, type RouteDoc } from '../openapi/route.js';
import { parseInput } from '../problems.js';
import { assertMayRead, chosenFields, readingOf } from '../reading.js';
import {
  cursor,
  entryHead,
  entryItem,
  fieldList,
  FILTERS,
  headOf,
  itemOf,
  ledgerFilters,
  name,
  nextCursor,
  pageLimit,
  RECORD_KINDS,
  recordKind,
  values,
} from '../schemas.js';

const OUTCOME = '/decision/outcome';
export const PAGE = 100;
const MOST_LINKED = 500;

const LIST = z.strictObject({
  kind: recordKind.optional().meta({ description: 'kind of entry; decision without it' }),
  ...FILTERS,
  outcome: name.optional().meta({ description: 'outcomes are sealed: each entry is opened, as many as `bound` says' }),
  fields: fieldList.optional(),
  limit: pageLimit.optional(),
  cursor: cursor.optional(),
});
const SHOW = z.strictObject({ fields: fieldList.optional().meta({ description: 'all without it; empty for none' }) });
const ID = z.strictObject({ id: name });

export const scanBound = z.strictObject({
  scanned: z.int().meta({ description: 'entries that were looked at for this page' }),
  bound: z.int().meta({ description: 'how many are looked at for one page at most' }),
});
const page = named(
  'EntryPage',
  z.strictObject({ items: z.array(entryItem), cursor: nextCursor, search: scanBound.optional() }),
);
const detail = named(
  'EntryDetail',
  z.strictObject({
    ...entryHead.shape,
    index: z.int().nullable().meta({ description: 'place in the log; null while queued' }),
    leaf: z.string().meta({ description: 'the signed statement, exactly as it is in the log' }),
    links: z.array(z.strictObject({ rel: z.string(), id: z.string() })),
    fields: values,
    withheld: z.array(z.string()).meta({ description: 'fields whose values are not in this answer' }),
    erased: z.boolean().meta({ description: 'the values are gone; the leaf stays' }),
    linked: z
      .array(entryHead)
      .meta({ description: 'the first 500 entries that link here: effects, overrides, corrections, children' }),
  }),
);

export const DECISION_DOCS: readonly RouteDoc[] = [
  {
    method: 'get',
    path: '/api/v1/decisions',
    id: 'listDecisions',
    summary: 'Recorded decisions, newest first',
    about: 'Without `fields` and `outcome` no value is opened. Every value that is read is a ledger entry first.',
    scope: 'read',
    query: LIST,
    discloses: true,
    answer: { schema: page },
    errors: ['input.invalid'],
  },
  {
    method: 'get',
    path: '/api/v1/decisions/:id',
    id: 'getDecision',
    summary: 'One decision, or one entry linked to decisions, with the values that are wanted',
    scope: 'read',
    params: ID,
    query: SHOW,
    discloses: true,
    answer: { schema: detail },
    errors: ['input.invalid', 'not_found', 'ledger.disclosure', 'ledger.root_mismatch'],
  },
];

export function decisionRoutes(app: FastifyInstance, context: ApiContext): void {
  const hooks = { exposeHeadRoute: false, onRequest: [requireScope(context, 'read')] };
  app.get('/api/v1/decisions', hooks, async (request) => listPage(context, request, parseInput(LIST, request.query)));
  app.get('/api/v1/decisions/:id', hooks, async (request) => {
    const { id } = parseInput(ID, request.params);
    const { fields = 'all' } = parseInput(SHOW, request.query);
    return show(context, request, id, fields);
  });
}

async function listPage(
  { platform: { ledger }, reads, limits }: ApiContext,
  request: FastifyRequest,
  { kind, outcome, fields, limit = PAGE, cursor: after, ...filters }: z.output<typeof LIST>,
): Promise<z.output<typeof page>> {
  const query = {
    ...ledgerFilters(filters),
    kind: (kind ?? 'decision') as EntryKind,
    limit,
    ...(after === undefined ? {} : { cursor: after }),
  };
  const choose = chosenFields(request, fields ?? []);
  if (outcome !== undefined) {
    assertMayRead(request, OUTCOME);
    const where = [{ field: OUTCOME, op: 'eq', value: outcome } as const];
    const bound = limits.searchCandidates;
    const found = await reads.search({ ...query, where, choose, candidates: bound }, readingOf(request));
    const items = found.items.map((one) => itemOf(one.item, fields && one.fields));
    return { items, cursor: found.cursor, search: { scanned: found.scanned, bound } };
  }
  const listed = await ledger.listDecisions(query);
  return withFields(reads, request, listed, fields && choose);
}

/** The items of a page, with values where they are wanted. */
export async function withFields(
  reads: ApiContext['reads'],
  request: FastifyRequest,
  listed: ListPage,
  choose: ReturnType<typeof chosenFields> | undefined,
): Promise<{ items: z.output<typeof entryItem>[]; cursor: string | null }> {
  if (choose === undefined) return { items: listed.items.map((item) => itemOf(item)), cursor: listed.cursor };
  const { items, cursor: next } = await reads.readPage(listed, readingOf(request), choose);
  return { items: items.map(({ item, fields }) => itemOf(item, fields)), cursor: next };
}

async function show(
  { platform: { ledger }, reads }: ApiContext,
  request: FastifyRequest,
  id: string,
  wanted: readonly string[] | 'all',
): Promise<z.output<typeof detail>> {
  const choose = chosenFields(request, wanted);
  const [item] = await ledger.readItems([id]);
  if (item === undefined || !(RECORD_KINDS as readonly string[]).includes(item.kind)) {
    throw new AppError('not_found', 'no such decision', { field: '/id' });
  }
  const [stored] = await ledger.readEntries([id]);
  const [view] = await reads.read([id], readingOf(request), choose);
  if (stored === undefined || view === undefined) throw new AppError('not_found', 'no such decision', { field: '/id' });
  const linked = await ledger.readItems((await ledger.linkedFrom(id)).slice(0, MOST_LINKED));
  return {
    ...headOf(item),
    index: stored.idx,
    leaf: stored.leaf,
    links: stored.entry.links.map(({ rel, id: target }) => ({ rel, id: target })),
    fields: Object.fromEntries(view.fields),
    withheld: Object.keys(stored.entry.fields).filter((path) => !view.fields.has(path)),
    erased: view.erased,
    linked: linked.map(headOf),
  };
}
