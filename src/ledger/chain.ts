import { fromBase64Url } from '@tenet-ledger/record';
import type { IngestStore } from './store.js';
import { conflict, duplicate, isOpen, placeKey, positionOf, type OpenSlot, type Slot } from './slot.js';

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
  const known = new Map(open.map(({ item }) => [placeKey(positionOf(item)), item.sHash]));
  const follow = open.filter(({ item }) => item.entry.producer.prev !== undefined);
  const missing = follow.map(({ item }) => positionOf(item, 1)).filter((place) => !known.has(placeKey(place)));
  if (missing.length > 0) for (const row of await store.readChain(missing)) known.set(placeKey(row), row.sHash);
  for (const slot of follow) {
    const predecessor = known.get(placeKey(positionOf(slot.item, 1)));
    const prev = fromBase64Url(slot.item.entry.producer.prev ?? '');
    if (predecessor && !sameBytes(predecessor, prev)) settle(slot, conflict(slot.id, '/producer/prev'));
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
  const rows = await store.readChain(skipped.map(({ item }) => positionOf(item)));
  const taken = new Map(rows.map((row) => [placeKey(row), row.sHash]));
  for (const slot of skipped) {
    const there = taken.get(placeKey(positionOf(slot.item)));
    const other = there !== undefined && !sameBytes(there, slot.item.sHash);
    settle(slot, other ? conflict(slot.id, '/producer/seq') : duplicate(slot.id));
  }
}

function settle(slot: Slot, result: NonNullable<Slot['result']>): void {
  slot.result = result;
}

const sameBytes = (a: Uint8Array, b: Uint8Array): boolean => Buffer.compare(a, b) === 0;
