import type { Json } from '@tenet-ledger/record';
import { readDisclosure } from '@tenet-ledger/record';
import { createAccessLog, type Access, type Reading } from './accessLog.js';
import { fits, valuesAt, type FieldTest } from './fieldTest.js';
import { cursorAfter } from './listing.js';
import type { BundleRequest, DecisionView, LedgerService, ListItem, ListPage, ListQuery } from './service.js';

/** Which fields' values are given out. */
export type FieldChoice = (path: string) => boolean;

export interface SearchQuery extends ListQuery {
  /** All must hold. */
  readonly where: readonly FieldTest[];
  /** How many entries may be opened for one answer. */
  readonly candidates: number;
  /** Values that come with what fits. */
  readonly choose: FieldChoice;
}

export interface SearchPage {
  readonly items: readonly { readonly item: ListItem; readonly fields: ReadonlyMap<string, Json> }[];
  /** Goes on after the last entry that was looked at; null when there is none after it. */
  readonly cursor: string | null;
  /** Entries that were looked at for this page. */
  readonly scanned: number;
}

/** Values leave the ledger through here: an access entry is durable before any of them is given out. */
export interface DisclosedReads {
  /** In the order asked; unknown ids are left out. `fields` holds the chosen ones. */
  read(ids: readonly string[], reading: Reading, choose?: FieldChoice): Promise<DecisionView[]>;
  /** Values are sealed, so candidates are opened one page after another, as many as `candidates` allows. */
  search(query: SearchQuery, reading: Reading): Promise<SearchPage>;
  /** The entries of a listed page with their chosen values; a page with very large ones ends early. */
  readPage(page: ListPage, reading: Reading, choose: FieldChoice): Promise<Omit<SearchPage, 'scanned'>>;
  exportBundle(request: BundleRequest, reading: Reading): Promise<string>;
}

type Opened = Access['opened'][number];
type Ledger = Pick<LedgerService, 'append' | 'readDecisions' | 'listDecisions' | 'exportBundle'>;

/** Opened at once. A record holds a megabyte at most, so this is also what bounds memory. */
const SCAN_PAGE = 50;
/** Characters of values in one page: a page ends with the entry that goes beyond it. */
const PAGE_CHARS = 8 * 1024 * 1024;
const ALL: FieldChoice = () => true;

export function createDisclosedReads(ledger: Ledger, now: () => number = Date.now): DisclosedReads {
  const log = createAccessLog(ledger, now);
  return {
    async read(ids, reading, choose = ALL) {
      const views = (await ledger.readDecisions(ids)).map((view) => ({ ...view, fields: chosen(view, choose) }));
      await log.record({ ...reading, opened: views.map(({ id, fields }) => ({ id, fields: [...fields.keys()] })) });
      return views;
    },
    async readPage(page, reading, choose) {
      const { opened, ...read } = await openPage(ledger, page, choose);
      await log.record({ ...reading, opened });
      return read;
    },
    async search(query, reading) {
      const { opened, ...page } = await scan(ledger, query);
      await log.record({ ...reading, opened });
      return page;
    },
    async exportBundle(request, reading) {
      const text = await ledger.exportBundle(request);
      await log.record({ ...reading, opened: openedBy(request, text) });
      return text;
    },
  };
}

const chosen = ({ fields }: DecisionView, choose: FieldChoice): Map<string, Json> =>
  new Map([...fields].filter(([path]) => choose(path)));

const charsOf = (fields: ReadonlyMap<string, Json>): number =>
  [...fields.values()].reduce((sum: number, value) => sum + JSON.stringify(value).length, 0);

async function openPage(
  ledger: Ledger,
  page: ListPage,
  choose: FieldChoice,
): Promise<Omit<SearchPage, 'scanned'> & { readonly opened: readonly Opened[] }> {
  const items: SearchPage['items'][number][] = [];
  const opened: Opened[] = [];
  let chars = 0;
  for (let at = 0; at < page.items.length; at += SCAN_PAGE) {
    const part = page.items.slice(at, at + SCAN_PAGE);
    const views = new Map((await ledger.readDecisions(part.map(({ id }) => id))).map((view) => [view.id, view]));
    for (const item of part) {
      const view = views.get(item.id);
      const fields = view === undefined ? new Map<string, Json>() : chosen(view, choose);
      items.push({ item, fields });
      opened.push({ id: item.id, fields: [...fields.keys()] });
      chars += charsOf(fields);
      const isCut = chars > PAGE_CHARS && items.length < page.items.length;
      if (isCut) return { items, opened, cursor: cursorAfter(item) };
    }
  }
  return { items, opened, cursor: page.cursor };
}

async function scan(ledger: Ledger, query: SearchQuery): Promise<SearchPage & { readonly opened: readonly Opened[] }> {
  const { where, candidates, choose, limit: wanted = SCAN_PAGE, ...filter } = query;
  const items: SearchPage['items'][number][] = [];
  const opened: Opened[] = [];
  let scanned = 0;
  let chars = 0;
  let cursor = query.cursor;
  for (;;) {
    const limit = Math.min(SCAN_PAGE, candidates - scanned);
    const page = await ledger.listDecisions({ ...filter, limit, ...(cursor === undefined ? {} : { cursor }) });
    const views = new Map((await ledger.readDecisions(page.ids)).map((view) => [view.id, view]));
    for (const [at, item] of page.items.entries()) {
      scanned += 1;
      const view = views.get(item.id);
      const looked = view === undefined || view.erased ? null : lookAt(view, where, choose);
      if (looked !== null) opened.push({ id: item.id, fields: looked.paths });
      if (looked?.fields) {
        items.push({ item, fields: looked.fields });
        chars += charsOf(looked.fields);
      }
      const isLast = at === page.items.length - 1;
      if (items.length === wanted || chars > PAGE_CHARS)
        return { items, opened, scanned, cursor: isLast ? page.cursor : cursorAfter(item) };
    }
    if (page.cursor === null || scanned >= candidates) return { items, opened, scanned, cursor: page.cursor };
    cursor = page.cursor;
  }
}

interface Looked {
  /** Fields whose values the answer speaks of. */
  readonly paths: readonly string[];
  /** Of one that fits: what is given out. */
  readonly fields: ReadonlyMap<string, Json> | null;
}

function lookAt(view: DecisionView, where: readonly FieldTest[], choose: FieldChoice): Looked {
  const touched = new Set<string>();
  const isFit = where.every((test) => {
    const found = valuesAt(view.fields, test.field);
    for (const { path } of found) touched.add(path);
    return fits(test, found);
  });
  const fields = isFit ? chosen(view, choose) : null;
  return { paths: [...touched, ...(fields?.keys() ?? [])], fields };
}

/** The fields that a bundle discloses. Rows of re-runs are no fields; they are named by the member that carries them. */
function openedBy({ entryId, rows }: BundleRequest, bundle: string): Opened[] {
  const { entry, related } = JSON.parse(bundle) as { entry: Disclosing; related: readonly Disclosing[] };
  const opened = [entry, ...related].map(({ leaf, disclosures }): Opened => {
    const { payload } = JSON.parse(leaf) as { payload: string };
    const { id } = JSON.parse(Buffer.from(payload, 'base64').toString('utf8')) as { id: string };
    return { id, fields: disclosures.map((disclosure) => readDisclosure(disclosure).path) };
  });
  return rows === undefined || rows.carried.length === 0 ? opened : [...opened, { id: entryId, fields: ['/rows'] }];
}

interface Disclosing {
  readonly leaf: string;
  readonly disclosures: readonly string[];
}
