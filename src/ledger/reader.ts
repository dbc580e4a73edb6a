import { readLeaf, RecordError, type Entry, type Json } from '@tenet-ledger/record';
import { AppError } from '../errors/index.js';
import { disclosureDigest, leafTextHash } from './hash.js';
import type { KeyStore } from './ports.js';
import { unsealDisclosures } from './sealedDisclosures.js';
import type { DecisionView, OpenedDisclosures, StoredEntry } from './service.js';
import type { EntryRow, LedgerStore, SealedRow } from './store.js';

export interface Reader {
  readEntries(ids: readonly string[]): Promise<StoredEntry[]>;
  openDisclosures(ids: readonly string[]): Promise<Map<string, OpenedDisclosures>>;
  readDecisions(ids: readonly string[]): Promise<DecisionView[]>;
}

type ReadPorts = Pick<LedgerStore, 'tenant' | 'readEntries' | 'readSealed'>;

/**
 * Reads entries back and believes nothing: a leaf in the tree must hash to its place in the tiles, S must be the entry
 * that was asked for, a disclosure must hash to its digest in S. What does not is an IntegrityViolation.
 */
export function createReader(store: ReadPorts, keyStore: KeyStore): Reader {
  const read = async (ids: readonly string[]): Promise<StoredEntry[]> => {
    const rows = await store.readEntries(ids);
    rows.forEach(assertInTile);
    const byId = new Map(rows.map((row) => [row.id, toStoredEntry(row)]));
    return ids.flatMap((id) => byId.get(id) ?? []);
  };
  const open = async (entries: readonly StoredEntry[]): Promise<Map<string, Opened>> => {
    const rows = await store.readSealed(entries.map(({ id }) => id));
    const keys = await loadKeys(keyStore, rows);
    const byId = new Map(entries.map((entry) => [entry.id, entry]));
    const opened = new Map<string, Opened>();
    for (const row of rows) {
      const key = keys.get(row.keyId);
      const stored = byId.get(row.id);
      if (key && stored) opened.set(row.id, openChecked(store.tenant, stored.entry, row, key));
    }
    return opened;
  };
  return {
    readEntries: read,
    openDisclosures: async (ids) => open(await read(ids)),
    async readDecisions(ids) {
      const entries = await read(ids);
      const opened = await open(entries);
      return entries.map(({ id, idx, entry }) => {
        const fields = opened.get(id)?.fields;
        return { id, idx, entry, fields: fields ?? new Map<string, Json>(), erased: fields === undefined };
      });
    },
  };
}

function assertInTile({ id, idx, leaf, inTile }: EntryRow): void {
  if (idx === null || (inTile && Buffer.compare(leafTextHash(leaf), inTile) === 0)) return;
  throw new AppError('ledger.root_mismatch', `the stored leaf of ${id} is not the one at index ${idx} of the tree`, {
    field: id,
    fix: 'run `tenet ledger fsck`',
  });
}

/** In the tree: ingest checked these very bytes, so parsing is enough. Queued: nothing vouches for them, so strictly. */
function toStoredEntry({ id, idx, leaf }: EntryRow): StoredEntry {
  const entry = idx === null ? strictly(leaf) : loosely(leaf);
  if (entry.id !== id) {
    throw new AppError('ledger.root_mismatch', `the leaf stored for ${id} is that of ${entry.id}`, { field: id });
  }
  return { id, idx, leaf, entry };
}

function strictly(text: string): Entry {
  try {
    return readLeaf(text).entry;
  } catch (cause) {
    if (!(cause instanceof RecordError)) throw cause;
    throw new AppError('ledger.root_mismatch', 'a queued leaf is malformed', {}, { cause });
  }
}

function loosely(text: string): Entry {
  const { payload } = JSON.parse(text) as { payload: string };
  return JSON.parse(Buffer.from(payload, 'base64').toString('utf8')) as Entry;
}

async function loadKeys(keyStore: KeyStore, rows: readonly SealedRow[]): Promise<Map<string, Uint8Array>> {
  const keys = new Map<string, Uint8Array>();
  for (const keyId of new Set(rows.map((row) => row.keyId))) {
    const key = await keyStore.get(keyId);
    if (key) keys.set(keyId, key);
  }
  return keys;
}

interface Opened extends OpenedDisclosures {
  readonly fields: ReadonlyMap<string, Json>;
}

/** The digest in S binds the disclosure's bytes, which ingest read strictly; so parsing is enough here as well. */
export function openChecked(tenant: string, entry: Entry, row: SealedRow, key: Uint8Array): Opened {
  const disclosures = unsealDisclosures(tenant, row.id, { keyId: row.keyId, key }, row.sealed);
  const fields = new Map<string, Json>();
  for (const disclosure of disclosures) {
    const [, path, value] = JSON.parse(Buffer.from(disclosure, 'base64url').toString('utf8')) as [string, string, Json];
    if (entry.fields[path] !== disclosureDigest(disclosure) || fields.has(path)) {
      throw mismatch(row.id, path, 'does not hash to its digest in the leaf');
    }
    fields.set(path, value);
  }
  if (fields.size !== Object.keys(entry.fields).length) {
    const missing = Object.keys(entry.fields).find((path) => !fields.has(path)) ?? '';
    throw mismatch(row.id, missing, 'is not among the stored disclosures');
  }
  return { disclosures, fields };
}

const mismatch = (id: string, path: string, why: string): AppError =>
  new AppError('ledger.disclosure', `${id}: the field ${path} ${why}`, { field: path, fix: 'run `tenet ledger fsck`' });
