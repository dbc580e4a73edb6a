import { AppError } from '../errors/index.js';
import type { LedgerService, ListItem, ListPage, ListQuery } from './service.js';
import type { LedgerStore, ListFilter, ListPlace, ListRow } from './store.js';

const DEFAULT_LIMIT = 100;
const MAX_LIMIT = 1_000;

/** The order is the producers' claimed time, which is what people look for; the order of the log is the index. */
export function createListing(
  store: Pick<LedgerStore, 'list' | 'linkedFrom' | 'timeline' | 'readHeads'>,
): Pick<LedgerService, 'listDecisions' | 'linkedFrom' | 'timeline' | 'readItems'> {
  return {
    async listDecisions(query) {
      const limit = pageSize(query.limit);
      // One more than asked for tells whether there is another page.
      return pageOf(await store.list(filterOf(query, limit + 1)), limit);
    },
    async timeline(session, { cursor, limit: asked }) {
      const limit = pageSize(asked);
      return pageOf(
        await store.timeline(session, cursor === undefined ? null : decodeCursor(cursor), limit + 1),
        limit,
      );
    },
    async readItems(ids) {
      const byId = new Map((await store.readHeads(ids)).map((row) => [row.id, listItem(row)]));
      return ids.flatMap((id) => byId.get(id) ?? []);
    },
    linkedFrom: (target, rel) => store.linkedFrom(target, rel ?? null),
  };
}

const pageSize = (limit = DEFAULT_LIMIT): number => Math.min(Math.max(1, Math.trunc(limit)), MAX_LIMIT);

function pageOf(rows: readonly ListRow[], limit: number): ListPage {
  const items = rows.slice(0, limit).map(listItem);
  const last = rows.length > limit ? items.at(-1) : undefined;
  return { ids: items.map(({ id }) => id), items, cursor: last ? cursorAfter(last) : null };
}

export const listItem = (row: ListRow): ListItem => ({ ...row, occurredAt: row.occurredAt.toISOString() });

function filterOf(query: ListQuery, limit: number): ListFilter {
  return {
    kind: query.kind ?? 'decision',
    session: query.session ?? null,
    run: query.run ?? null,
    subject: query.subject ?? null,
    agent: query.agent ?? null,
    type: query.type ?? null,
    fromMs: query.fromMs ?? null,
    toMs: query.toMs ?? null,
    limit,
    after: query.cursor === undefined ? null : decodeCursor(query.cursor),
  };
}

/** What comes after this entry, in either direction of a list. */
export const cursorAfter = ({ occurredAt, id }: Pick<ListItem, 'occurredAt' | 'id'>): string =>
  Buffer.from(`${Date.parse(occurredAt)} ${id}`, 'utf8').toString('base64url');

function decodeCursor(cursor: string): ListPlace {
  const match = /^(-?\d{1,16}) (\S{1,200})$/.exec(Buffer.from(cursor, 'base64url').toString('utf8'));
  if (match?.[1] === undefined || match[2] === undefined) {
    throw new AppError('input.invalid', 'the cursor is not one of ours', { field: 'cursor', got: cursor.slice(0, 80) });
  }
  return { occurredMs: Number(match[1]), id: match[2] };
}
