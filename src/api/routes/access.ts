import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import type { Json } from '@tenet-ledger/record';
import { requireScope } from '../auth.js';
import type { ApiContext } from '../context.js';
import { anyJson, named, type RouteDoc } from '../openapi/route.js';
import { parseInput } from '../problems.js';
import { readingOf } from '../reading.js';
import { cursor, instant, ledgerFilters, name, nextCursor, pageLimit } from '../schemas.js';
import { PAGE, scanBound } from './decisions.js';

const QUERY = z.strictObject({
  decision: name
    .optional()
    .meta({ description: 'only reads of this entry; accesses are opened one by one, up to a bound' }),
  from: instant.optional(),
  to: instant.optional().meta({ description: 'exclusive' }),
  limit: pageLimit.optional(),
  cursor: cursor.optional(),
});
const access = named(
  'Access',
  z.strictObject({
    id: z.string(),
    type: z.string().meta({ description: 'access.read, or access.replay for a batch that an agent worker fetched' }),
    occurredAt: z.iso.datetime(),
    by: anyJson,
    purpose: anyJson,
    decisions: anyJson.meta({ description: 'ids of the entries that were opened' }),
    fields: anyJson.meta({ description: 'whose values were read' }),
  }),
);
const page = named(
  'AccessPage',
  z.strictObject({ items: z.array(access), cursor: nextCursor, search: scanBound.optional() }),
);

export const ACCESS_DOCS: readonly RouteDoc[] = [
  {
    method: 'get',
    path: '/api/v1/access',
    id: 'listAccess',
    summary: 'Who read which values, and what for; newest first',
    about: 'Reading this is an access as well.',
    scope: 'admin',
    query: QUERY,
    discloses: true,
    answer: { schema: page },
    errors: ['input.invalid'],
  },
];

export function accessRoute(app: FastifyInstance, context: ApiContext): void {
  const { platform, reads, limits } = context;
  const hooks = { exposeHeadRoute: false, onRequest: [requireScope(context, 'admin')] };
  app.get('/api/v1/access', hooks, async (request): Promise<z.output<typeof page>> => {
    const { decision, limit = PAGE, cursor: after, ...times } = parseInput(QUERY, request.query);
    const query = {
      ...ledgerFilters(times),
      kind: 'access' as const,
      limit,
      ...(after === undefined ? {} : { cursor: after }),
    };
    if (decision === undefined) {
      const listed = await platform.ledger.listDecisions(query);
      const page = await reads.readPage(listed, readingOf(request), () => true);
      return { items: page.items.map(({ item, fields }) => accessOf(item, fields)), cursor: page.cursor };
    }
    const bound = limits.searchCandidates;
    const where = [{ field: '/access/decisions', op: 'contains', value: decision } as const];
    const found = await reads.search({ ...query, where, candidates: bound, choose: () => true }, readingOf(request));
    const items = found.items.map(({ item, fields }) => accessOf(item, fields));
    return { items, cursor: found.cursor, search: { scanned: found.scanned, bound } };
  });
}

function accessOf(
  { id, type, occurredAt }: { readonly id: string; readonly type: string; readonly occurredAt: string },
  fields: ReadonlyMap<string, Json>,
): z.output<typeof access> {
  const value = (path: string): Json => fields.get(`/access/${path}`) ?? null;
  const [by, purpose, decisions, read] = [value('by'), value('purpose'), value('decisions'), value('fields')];
  return { id, type, occurredAt, by, purpose, decisions, fields: read };
}
