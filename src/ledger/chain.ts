import { fromBase64Url } from '@tenet-ledger/record';
import type { ChainRow, IngestStore } from './store.js';
import { refusal, type CheckedItem } from './checkItem.js';
import { conflict, duplicate, isOpen, placeKey, positionOf, refusedResult, type OpenSlot, type Slot } from './slot.js';

/** Two items of one batch with the same id or the same place in a chain: the first open one stands for both. */
export function resolveTwins(slots: readonly Slot[]): void {
  const ids = new Set<string>();
  const places = new Map<string, OpenSlot>();
  for (const slot of slots) {
    if (!isOpen(slot)) continue;
    const place = placeKey(positionOf(slot.item));
    const twin = places.get(place);
    if (twin && !sameBytes(twin.item.sHash, slot.item.sHash)) settle(slot, conflict(slot.id, '/producer/seq'));
    else if (twin || ids.has(slot.id)) settle(slot, duplicate(slot.id));
    else {
      ids.add(slot.id);
      places.set(place, slot);
    }
  }
}

/**
 * `prev` against the predecessor, where the ledger or this batch has it. An absent predecessor is accepted: batches may
 * overtake each other, and a gap that stays is shown by fsck.
 */
export async function refuseForks(store: IngestStore, slots: readonly Slot[]): Promise<void> {
  const open = slots.filter(isOpen);
  const known = new Map(open.map(({ item }) => [placeKey(positionOf(item)), [item.sHash]]));
  const follow = open.filter(({ item }) => item.entry.producer.prev !== undefined);
  const missing = follow.map(({ item }) => positionOf(item, 1)).filter((place) => !known.has(placeKey(place)));
  if (missing.length > 0) addRows(known, await store.readChain(missing));
  for (const slot of follow) {
    const before = known.get(placeKey(positionOf(slot.item, 1)));
    const prev = fromBase64Url(slot.item.entry.producer.prev ?? '');
    if (before && !before.some((hash) => sameBytes(hash, prev))) settle(slot, conflict(slot.id, '/producer/prev'));
  }
}

/** What the insert skipped: taken by the same bytes, by the same id, or by other bytes at the same place of the chain. */
export async function settleTaken(
  store: IngestStore,
  slots: readonly Slot[],
  inserted: ReadonlySet<string>,
): Promise<void> {
  const skipped = slots.filter(isOpen).filter(({ id }) => !inserted.has(id));
  if (skipped.length === 0) return;
  const taken = new Map<string, Uint8Array[]>();
  addRows(taken, await store.readChain(skipped.map(({ item }) => positionOf(item))));
  for (const slot of skipped) {
    const there = taken.get(placeKey(positionOf(slot.item)));
    const other = there !== undefined && !there.some((hash) => sameBytes(hash, slot.item.sHash));
    settle(slot, other ? conflict(slot.id, '/producer/seq') : duplicate(slot.id));
  }
}

/** Of what is answered `duplicate`: those whose bytes are not the stored ones. One whose twin was not taken either is no duplicate. */
export async function splitDuplicates(
  store: IngestStore,
  slots: readonly Slot[],
): Promise<(Slot & { readonly item: CheckedItem })[]> {
  const answered = slots.filter(hasItem).filter(({ result }) => result?.status === 'duplicate');
  if (answered.length === 0) return [];
  const kept = new Map((await store.readIds(answered.map(({ id }) => id))).map((row) => [row.id, row.sHash]));
  return answered.filter((slot) => {
    const there = kept.get(slot.id);
    if (there === undefined) settle(slot, refusedResult(refusal(slot.id, 'record.conflict', TWIN_REFUSED, '/id')));
    return there !== undefined && !sameBytes(there, slot.item.sHash);
  });
}

const TWIN_REFUSED = 'an earlier item of this batch has the same id and was not taken';

const hasItem = (slot: Slot): slot is Slot & { readonly item: CheckedItem } => slot.item !== null;

/** A place may hold two: an entry and a duplicate of another that were stored in the same moment. */
function addRows(places: Map<string, Uint8Array[]>, rows: readonly ChainRow[]): void {
  for (const row of rows) places.set(placeKey(row), [...(places.get(placeKey(row)) ?? []), row.sHash]);
}

function settle(slot: Slot, result: NonNullable<Slot['result']>): void {
  slot.result = result;
}

const sameBytes = (a: Uint8Array, b: Uint8Array): boolean => Buffer.compare(a, b) === 0;
