import { assertPublicKey, fromBase64, kidOf, type Entry, type EntryKind, type Json } from '@tenet-ledger/record';
import type { KeyChange, RecordKeyRow } from './store.js';

/** Who may state what. The root states keys and epochs only; producers state what their agents did. */
const PRODUCER_KINDS: ReadonlySet<EntryKind> = new Set<EntryKind>(['decision', 'effect', 'override', 'correction']);
const ROOT_KINDS: ReadonlySet<EntryKind> = new Set<EntryKind>(['key', 'epoch']);

export type SignerRole = 'root' | 'platform' | 'producer';

export function maySign(role: SignerRole, kind: EntryKind): boolean {
  if (role === 'root') return ROOT_KINDS.has(kind);
  return role === 'producer' ? PRODUCER_KINDS.has(kind) : !ROOT_KINDS.has(kind);
}

/**
 * A record key counts from its key leaf's index to the leaf that ends it. At ingest: the key leaf must be in the tree, and
 * no end may even be queued, since what is accepted now comes after it.
 */
export const isActive = (key: RecordKeyRow): boolean =>
  key.status === 'active' && key.addedIdx !== null && key.endEntryId === null;

/** For a leaf at `index`: valid strictly after the key leaf and before the leaf that ends it. */
export const validAt = (key: { addedIdx: number | null; endedIdx: number | null }, index: number): boolean =>
  key.addedIdx !== null && key.addedIdx < index && (key.endedIdx === null || index < key.endedIdx);

const STATUS = { 'key.retire': 'retired', 'key.revoke': 'revoked' } as const;

/** What a key entry says, or why it says nothing. `fields` are its opened disclosures. */
export function readKeyChange(
  entry: Entry,
  fields: ReadonlyMap<string, Json>,
): KeyChange | { readonly refusal: string } {
  const kid = fields.get('/key/kid');
  if (typeof kid !== 'string') return { refusal: 'a key entry names the key in /key/kid' };
  if (entry.type === 'key.retire' || entry.type === 'key.revoke') return { op: 'end', kid, status: STATUS[entry.type] };
  if (entry.type !== 'key.add') return { refusal: `unknown type of key entry: ${entry.type}` };
  const role = fields.get('/key/role');
  if (role !== 'producer' && role !== 'platform') return { refusal: 'the role of a key is producer or platform' };
  const encoded = fields.get('/key/publicKey');
  if (typeof encoded !== 'string') return { refusal: 'a key.add entry holds the key in /key/publicKey' };
  try {
    const publicKey = fromBase64(encoded);
    assertPublicKey(publicKey);
    if (kidOf(publicKey) !== kid) return { refusal: '/key/kid is not the id of /key/publicKey' };
    return { op: 'add', kid, publicKey, role };
  } catch (error) {
    return { refusal: (error as Error).message };
  }
}
