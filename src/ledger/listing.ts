import { AppError } from '../errors/index.js';
import type { LedgerService, ListQuery } from './service.js';
import type { ListFilter, LedgerStore } from './store.js';

const DEFAULT_LIMIT = 100;
const MAX_LIMIT = 1_000;

/** Newest first by the producers' claimed time, which is what people look for; the order of the log is the index. */
export function createListing(
  store: Pick<LedgerStore, 'list' | 'linkedFrom'>,
): Pick<LedgerService, 'listDecisions' | 'linkedFrom'> {
  return {
    async listDecisions(query) {
      const limit = Math.min(Math.max(1, Math.trunc(query.limit ?? DEFAULT_LIMIT)), MAX_LIMIT);
      // One more than asked for tells whether there is another page.
      const rows = await store.list(filterOf(query, limit + 1));
      const items = rows.slice(0, limit).map((row) => ({ ...row, occurredAt: row.occurredAt.toISOString() }));
      const last = rows.length > limit ? items.at(-1) : undefined;
      const cursor = last ? encodeCursor(Date.parse(last.occurredAt), last.id) : null;
      return { ids: items.map(({ id }) => id), items, cursor };
    },
    linkedFrom: (target, rel) => store.linkedFrom(target, rel ?? null),
  };
}

function filterOf(query: ListQuery, limit: number): ListFilter {
  return {
    kind: query.kind ?? 'decision',
    session: query.session ?? null,
    agent: query.agent ?? null,
    type: query.type ?? null,
    limit,
    after: query.cursor === undefined ? null : decodeCursor(query.cursor),
  };
}

const encodeCursor = (occurredMs: number, id: string): string =>
  Buffer.from(`${occurredMs} ${id}`, 'utf8').toString('base64url');

function decodeCursor(cursor: string): { occurredMs: number; id: string } {
  const match = /^(-?\d{1,16}) (\S{1,200})$/.exec(Buffer.from(cursor, 'base64url').toString('utf8'));
  if (match?.[1] === undefined || match[2] === undefined) {
    throw new AppError('input.invalid', 'the cursor is not one of ours', { field: 'cursor', got: cursor.slice(0, 80) });
  }
  return { occurredMs: Number(match[1]), id: match[2] };
}
