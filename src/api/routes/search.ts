import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import type { Json } from '@tenet-ledger/record';
import { FIELD_OPS } from '../../ledger/index.js';
import { requireScope } from '../auth.js';
import type { ApiContext } from '../context.js';
import { anyJson, named, type RouteDoc } from '../openapi/route.js';
import { parseInput } from '../problems.js';
import { assertMayRead, chosenFields, readingOf } from '../reading.js';
import { cursor, entryItem, FILTERS, itemOf, ledgerFilters, nextCursor, pointer, recordKind } from '../schemas.js';
import { PAGE, scanBound } from './decisions.js';

const BODY_BYTES = 64 * 1024;

const TEST = {
  field: pointer.meta({ description: 'a field, something inside its value, or what several fields lie below' }),
  op: z.enum(FIELD_OPS).meta({ description: 'comparisons of numbers with numbers and texts with texts' }),
  value: anyJson.optional(),
};
const query = named(
  'Search',
  z.strictObject({
    ...TEST,
    and: z.array(z.strictObject(TEST)).max(7).optional().meta({ description: 'more that must hold' }),
    kind: recordKind.optional().meta({ description: 'kind of entry; decision without it' }),
    ...FILTERS,
    fields: z.array(pointer).max(64).optional().meta({ description: 'values that come with what fits' }),
    limit: z.int().min(1).max(500).optional(),
    cursor: cursor.optional(),
  }),
);
const page = named(
  'SearchPage',
  z.strictObject({
    items: z.array(entryItem),
    cursor: nextCursor.meta({ description: 'null when everything has been looked at' }),
    search: scanBound,
  }),
);

export const SEARCH_DOCS: readonly RouteDoc[] = [
  {
    method: 'post',
    path: '/api/v1/search',
    id: 'search',
    summary: 'Entries by the value of a field',
    about:
      'Values are sealed, so entries that fit the other filters are opened one by one, newest first, up to a bound that the ' +
      'answer states; `cursor` goes on from there. Each entry that was opened is named in an access entry, whether it fits or not.',
    scope: 'read',
    discloses: true,
    body: { 'application/json': query },
    answer: { schema: page },
    errors: ['input.invalid', 'input.too_deep', 'input.too_large', 'input.media_type'],
  },
];

export function searchRoute(app: FastifyInstance, context: ApiContext): void {
  const { reads, limits } = context;
  const hooks = { bodyLimit: BODY_BYTES, onRequest: [requireScope(context, 'read')] };
  app.post('/api/v1/search', hooks, async (request): Promise<z.output<typeof page>> => {
    const asked = parseInput(query, request.body);
    const { field, op, value, and = [], kind = 'decision', fields = [], limit = PAGE, ...rest } = asked;
    // The body was parsed from JSON, so that any value in it is some.
    const where = [{ field, op, value }, ...and].map((test) => ({ ...test, value: test.value as Json | undefined }));
    for (const test of where) assertMayRead(request, test.field);
    const bound = limits.searchCandidates;
    const found = await reads.search(
      {
        ...ledgerFilters(rest),
        kind,
        where,
        limit,
        candidates: bound,
        choose: chosenFields(request, fields),
        ...(rest.cursor === undefined ? {} : { cursor: rest.cursor }),
      },
      readingOf(request),
    );
    const items = found.items.map((one) => itemOf(one.item, one.fields));
    return { items, cursor: found.cursor, search: { scanned: found.scanned, bound } };
  });
}
