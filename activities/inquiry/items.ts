import { entryIdOf, type InquiryCase } from '../../src/inquiry/index.js';
import { AppError } from '../../src/errors/index.js';
import type { ActivityDeps } from '../deps.js';

/** What a collection froze: kept as the result of its step, since a case has no room for a thousand ids. */
export interface CollectedIds {
  /** In the order of the log. */
  readonly decisions: readonly string[];
  readonly erased: readonly string[];
  readonly linked: readonly { readonly id: string; readonly decision: string }[];
  /** Accepted and not in the tree when it was made. */
  readonly queued: number;
}

export async function collectedIds({ stores }: ActivityDeps, { id, collection }: InquiryCase): Promise<CollectedIds> {
  const steps = await stores.inquiries.steps(id);
  const step = steps.find((one) => entryIdOf(one.id) === collection?.entry);
  if (step?.status === 'done') return (step.result as { readonly collected: CollectedIds }).collected;
  throw new AppError('not_found', `${id} has no collection`, { field: 'INQUIRY', fix: `tenet inquiry collect ${id}` });
}

export interface CollectedItem {
  readonly id: string;
  readonly fields: readonly string[];
}

const PAGE = 500;

/** Every collected entry with the names of its fields; no value is read. */
export async function collectedItems(deps: ActivityDeps, inquiry: InquiryCase): Promise<CollectedItem[]> {
  const { decisions, linked } = await collectedIds(deps, inquiry);
  const ids = [...decisions, ...new Set(linked.map(({ id }) => id))];
  const items: CollectedItem[] = [];
  for (let at = 0; at < ids.length; at += PAGE) {
    for (const { id, entry } of await deps.platform.ledger.readEntries(ids.slice(at, at + PAGE)))
      items.push({ id, fields: Object.keys(entry.fields) });
  }
  return items;
}
