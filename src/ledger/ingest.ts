import { kidOf, type Json, type Submission } from '@tenet-ledger/record';
import { refuseForks, resolveTwins, settleTaken, splitDuplicates } from './chain.js';
import type { KeyStore } from './ports.js';
import { sealDisclosures } from './sealedDisclosures.js';
import type { IngestAuth, ItemResult } from './service.js';
import { isOpen, keyUnknown, positionOf, refusedResult, type OpenSlot, type Slot } from './slot.js';
import type { NewRecord } from './store.js';
import { verifyItems, type VerifyDeps } from './verifyItems.js';

export interface IngestDeps extends VerifyDeps {
  readonly tenant: string;
  readonly keyStore: KeyStore;
}

/** What is indexed as a session or a run; a value of another form stays in the disclosure alone. */
const OPAQUE_ID = /^[^\p{Cc}]{1,200}$/u;
const opaqueId = (value: Json | undefined): string | null =>
  typeof value === 'string' && OPAQUE_ID.test(value) ? value : null;

/**
 * Verify, seal, insert, commit. Nothing unverified is stored and nothing is acknowledged before it is durable. A crash
 * before commit leaves at most unused sealing keys; after it, the same items are answered `duplicate`.
 */
export async function ingest(deps: IngestDeps, items: Iterable<Submission>, auth: IngestAuth): Promise<ItemResult[]> {
  const slots = await verifyItems(deps, items, auth);
  resolveTwins(slots);
  await refuseForks(deps.store, slots);
  const open = slots.filter(isOpen);
  if (open.length > 0) await insert(deps, open);
  await keepDuplicates(deps, slots);
  await keepConflicts(deps, slots);
  return slots.map(({ id, result }) => result ?? { id, status: 'accepted' });
}

async function insert(deps: IngestDeps, open: readonly OpenSlot[]): Promise<void> {
  const records = await sealAll(deps, open);
  const rootKid = kidOf(deps.rootKey);
  const kids = new Set(records.map(({ kid }) => kid).filter((kid) => kid !== rootKid));
  const { ids, endedKids } = await deps.store.insertRecords(records, [...kids]);
  for (const slot of open as readonly Slot[]) {
    if (slot.item && endedKids.has(slot.item.keyid)) slot.result = refusedResult(keyUnknown(slot.item));
  }
  await settleTaken(deps.store, open, ids);
  await sealAgain(
    deps,
    open.filter(({ id }) => ids.has(id)),
    records,
  );
}

/**
 * An erasure may have destroyed a key between sealing and commit. It was stated for what was stored then, so these records are
 * sealed again under the subject's next key.
 */
async function sealAgain(deps: IngestDeps, open: readonly OpenSlot[], records: readonly NewRecord[]): Promise<void> {
  const lost = new Set<string>();
  for (const keyId of new Set(records.map((record) => record.keyId))) {
    if ((await deps.keyStore.get(keyId)) === null) lost.add(keyId);
  }
  if (lost.size === 0) return;
  const sealedUnder = new Map(records.map(({ id, keyId }) => [id, keyId]));
  const again = open.filter(({ id }) => lost.has(sealedUnder.get(id) ?? ''));
  if (again.length > 0) await deps.store.replaceSealed(await sealAll(deps, again));
}

async function sealAll(deps: IngestDeps, slots: readonly OpenSlot[]): Promise<NewRecord[]> {
  const subjects = new Set(slots.map(({ item }) => item.entry.subject ?? ''));
  const keys = await deps.keyStore.ensure(deps.tenant, [...subjects]);
  return slots.map(({ item, keyChange }) => {
    const { entry, session, run } = item;
    const subjectKey = keys.get(entry.subject ?? '');
    if (!subjectKey) throw new Error('the key store gave no key for a subject it was asked for');
    return {
      ...positionOf(item),
      id: entry.id,
      kind: entry.kind,
      type: entry.type,
      agent: entry.agent,
      occurredAt: entry.occurred_at,
      subject: entry.subject ?? null,
      session: opaqueId(session),
      run: opaqueId(run),
      sHash: item.sHash,
      links: entry.links,
      leaf: item.leaf,
      leafHash: item.leafHash,
      keyId: subjectKey.keyId,
      sealed: sealDisclosures(deps.tenant, entry.id, subjectKey, item.plaintext),
      keyChange,
    };
  });
}

/** Before the answer: whoever hears `duplicate` for other bytes may count on its number not being a gap. */
async function keepDuplicates({ store }: IngestDeps, slots: readonly Slot[]): Promise<void> {
  const rows = (await splitDuplicates(store, slots)).map(({ item }) => ({
    ...positionOf(item),
    id: item.entry.id,
    kind: item.entry.kind,
    type: item.entry.type,
    agent: item.entry.agent,
    occurredAt: item.entry.occurred_at,
    session: opaqueId(item.session),
    sHash: item.sHash,
    leaf: item.leaf,
    leafHash: item.leafHash,
  }));
  if (rows.length > 0) await store.insertDuplicates(rows);
}

async function keepConflicts(deps: IngestDeps, slots: readonly Slot[]): Promise<void> {
  const rows = slots.flatMap(({ item, result }) =>
    item && result?.status === 'conflict' ? [{ ...positionOf(item), leaf: item.leaf, leafHash: item.leafHash }] : [],
  );
  if (rows.length > 0) await deps.store.insertConflicts(rows);
}
