import {
  mayAttest,
  readKeyStatement,
  RecordError,
  type Entry,
  type EntryKind,
  type Json,
  type KeyRole,
} from '@tenet-ledger/record';
import type { KeyChange, RecordKeyRow } from './store.js';

export type SignerRole = 'root' | KeyRole;

/** Who may state what. The root states keys and nothing else; everybody else as packages/record's verifier demands. */
export const maySign = (role: SignerRole, kind: EntryKind): boolean =>
  role === 'root' ? kind === 'key' : mayAttest(role, kind);

/**
 * A record key counts from its key leaf's index to the leaf that ends it. At ingest: the key leaf must be in the tree, and
 * no end may even be queued, since what is accepted now comes after it.
 */
export const isActive = (key: RecordKeyRow): boolean =>
  key.status === 'active' && key.addedIdx !== null && key.endEntryId === null;

/** What a key entry states, or why it states nothing. `fields` are its opened disclosures. */
export function readKeyChange(
  entry: Omit<Entry, 'fields'>,
  fields: ReadonlyMap<string, Json>,
): KeyChange | { readonly refusal: string } {
  try {
    const { action, kid, publicKey, role } = readKeyStatement(entry, fields);
    if (action === 'add') return { op: 'add', kid, publicKey, role };
    return { op: 'end', kid, publicKey, status: action === 'retire' ? 'retired' : 'revoked' };
  } catch (error) {
    if (!(error instanceof RecordError)) throw error;
    return { refusal: error.message };
  }
}
