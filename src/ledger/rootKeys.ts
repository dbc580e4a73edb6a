import {
  keyEntry,
  kidOf,
  signEntry,
  toBase64Url,
  type KeyAction,
  type KeyRole,
  type RecordSigner,
} from '@tenet-ledger/record';
import { AppError } from '../errors/index.js';
import { refused } from './append.js';
import { nodeSha256 } from './hash.js';
import type { Sources } from './producer.js';
import type { IngestAuth, ItemResult } from './service.js';
import type { LedgerStore, RecordKeyRow } from './store.js';
import type { Submission } from '@tenet-ledger/record';

export interface RootKeyDeps extends Sources {
  readonly log: string;
  readonly store: Pick<LedgerStore, 'readKeys' | 'chainEnd'>;
  /** null where this process does not hold the root key. */
  readonly root: RecordSigner | null;
  readonly ingest: (items: Iterable<Submission>, auth: IngestAuth) => Promise<ItemResult[]>;
  /** Sequences until these entries are under a checkpoint. */
  readonly settle: (ids: readonly string[]) => Promise<ReadonlyMap<string, number>>;
}

/** Two processes that append to the root's chain at once: one finds its number taken and takes the next. */
const ATTEMPTS = 8;

export async function enrolKey(
  deps: RootKeyDeps,
  { publicKey, role }: { readonly publicKey: Uint8Array; readonly role: KeyRole },
): Promise<{ kid: string; idx: number }> {
  const kid = kidOf(publicKey);
  const known = await readKey(deps, kid);
  if (known && known.status !== 'active') {
    throw new AppError('record.key_unknown', `the key ${kid} is ${known.status} and cannot be enrolled again`, {
      fix: 'make a new key at the producer',
    });
  }
  if (known && known.role !== role) {
    throw new AppError('input.invalid', `the key ${kid} is enrolled with the role ${known.role}`, { field: 'role' });
  }
  const id = known?.entryId ?? (await state(deps, 'add', publicKey, role));
  return { kid, idx: indexOf(await deps.settle([id]), id) };
}

export async function endKey(deps: RootKeyDeps, kid: string, how: 'retire' | 'revoke'): Promise<{ idx: number }> {
  const known = await readKey(deps, kid);
  if (!known) throw new AppError('not_found', `no record key ${kid}`);
  const id = known.endEntryId ?? (await state(deps, how, known.publicKey, known.role));
  return { idx: indexOf(await deps.settle([id]), id) };
}

async function readKey(deps: RootKeyDeps, kid: string): Promise<RecordKeyRow | undefined> {
  return (await deps.store.readKeys([kid]))[0];
}

function indexOf(logged: ReadonlyMap<string, number>, id: string): number {
  const idx = logged.get(id);
  if (idx === undefined) throw new Error(`${id} was not logged`);
  return idx;
}

async function state(deps: RootKeyDeps, action: KeyAction, publicKey: Uint8Array, role: KeyRole): Promise<string> {
  const { root, log, store, now, randomBytes } = deps;
  if (!root) {
    throw new AppError('not_found', 'the root key is not on this machine', {
      fix: 'run the command where the root key file is kept',
    });
  }
  let last: ItemResult | undefined;
  for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
    const end = await store.chainEnd(root.keyId, 'root');
    // After the chain's end: what another process stated up to there is seen, and is not signed again at a later number.
    const [known] = await store.readKeys([kidOf(publicKey)]);
    const stated = action === 'add' ? known?.entryId : known?.endEntryId;
    if (stated) return stated;
    const { entry, disclosures } = keyEntry({
      log,
      action,
      publicKey,
      role,
      producer: { kid: root.keyId, seq: (end?.seq ?? 0) + 1, ...(end ? { prev: toBase64Url(end.sHash) } : {}) },
      occurredAt: new Date(now()).toISOString(),
      salt: () => randomBytes(16),
    });
    const { leaf } = signEntry(entry, root, nodeSha256);
    [last] = await deps.ingest([{ leaf, disclosures }], { kids: [root.keyId] });
    if (last?.status === 'accepted' || last?.status === 'duplicate') return entry.id;
    if (last?.status !== 'conflict') break;
  }
  throw last ? refused(last) : new Error('ingest gave no result');
}
