import { refusal, type CheckedItem, type Refusal } from './checkItem.js';
import type { ItemResult } from './service.js';
import type { ChainPosition, KeyChange } from './store.js';

/** One posted item on its way through ingest. `result` stays null until something speaks against accepting it. */
export interface Slot {
  readonly id: string;
  /** null when the item's own bytes were refused. */
  readonly item: CheckedItem | null;
  keyChange: KeyChange | null;
  result: ItemResult | null;
}

/** A slot whose bytes are sound and which nothing has spoken against. */
export type OpenSlot = Slot & { readonly item: CheckedItem; result: null };

export const isOpen = (slot: Slot): slot is OpenSlot => slot.item !== null && slot.result === null;

export function slotOf(item: CheckedItem | Refusal): Slot {
  if (!item.ok) return { id: item.id, item: null, keyChange: null, result: refusedResult(item) };
  return { id: item.entry.id, item, keyChange: null, result: null };
}

export function refusedResult({ id, code, message, field }: Refusal): ItemResult {
  return { id, status: 'refused', code, message, ...(field === undefined ? {} : { field }) };
}

export const keyUnknown = ({ entry, keyid }: CheckedItem): Refusal =>
  refusal(entry.id, 'record.key_unknown', `no active record key ${keyid}`, '/producer/kid');

/** An entry with this id is in the ledger already. The first one is kept. */
export const duplicate = (id: string): ItemResult => ({ id, status: 'duplicate' });

export const conflict = (id: string, field: '/producer/seq' | '/producer/prev'): ItemResult => ({
  id,
  status: 'conflict',
  code: 'record.conflict',
  message:
    field === '/producer/seq'
      ? 'this producer already used the sequence number for other bytes; both are kept'
      : 'the previous entry of this producer in the ledger is another one; both are kept',
  field,
});

export function positionOf(item: CheckedItem, back = 0): ChainPosition {
  const { id, kid, seq } = item.entry.producer;
  return { kid, producer: id, seq: seq - back };
}

export const placeKey = ({ kid, producer, seq }: ChainPosition): string => `${kid} ${producer} ${seq}`;
