import { AppError } from '../errors/index.js';
import type { KeyStore } from './ports.js';
import type { Reader } from './reader.js';
import type { AppendedEntry, EraseRequest, ErasedSubject, NewEntry } from './service.js';
import type { LedgerStore } from './store.js';

export interface EraseDeps {
  readonly store: Pick<LedgerStore, 'ofSubject' | 'deleteSealed' | 'heldBy' | 'withErasureLock'>;
  readonly reader: Reader;
  readonly keyStore: KeyStore;
  readonly append: (entries: readonly NewEntry[]) => Promise<AppendedEntry[]>;
}

/** As many links as one entry may have. */
const MAX_LINKS = 64;

/**
 * Erasure entry, then key, then ciphertext. A crash in between leaves a stated erasure that the same call completes. The
 * leaves keep their salted digests, which nobody can guess without the salts that go with the ciphertext. What is under a legal hold
 * is not erased, and since one key seals all that is about a person, neither is the rest: nothing at all is done then.
 */
export function eraseSubject(deps: EraseDeps, request: EraseRequest): Promise<ErasedSubject> {
  return deps.store.withErasureLock(() => eraseAll(deps, request));
}

async function eraseAll(deps: EraseDeps, { subject, basis }: EraseRequest): Promise<ErasedSubject> {
  const erasures: string[] = [];
  const done = new Set<string>();
  // Records that ingest sealed under the key while we stated the erasure are erased with it, and stated in another round.
  for (;;) {
    const rows = (await deps.store.ofSubject(subject)).filter(({ id, keyId }) => keyId !== null && !done.has(id));
    if (rows.length === 0) return { erasures, entries: [...done] };
    const ids = rows.map(({ id }) => id);
    await assertNotHeld(deps, ids);
    erasures.push(...(await stateErasure(deps, ids, basis)));
    for (const keyId of new Set(rows.flatMap((row) => row.keyId ?? []))) await deps.keyStore.destroy(keyId);
    await deps.store.deleteSealed(ids);
    for (const id of ids) done.add(id);
  }
}

async function assertNotHeld({ store }: EraseDeps, ids: readonly string[]): Promise<void> {
  const holds = await store.heldBy(ids);
  const [first] = holds;
  if (first === undefined) return;
  const names = holds.map(({ hold, inquiry }) => `${hold} (inquiry ${inquiry})`).join(', ');
  throw new AppError('hold.active', `under legal hold, nothing was erased: ${names}`, {
    field: 'subject',
    expected: 'no hold in force over any record about this person',
    fix: `record the refusal and its ground (GDPR Art. 17(3)), or have the hold released: tenet inquiry show ${first.inquiry}`,
  });
}

/** One entry per set of paths and {@link MAX_LINKS} entries: it names what it erases. */
async function stateErasure(deps: EraseDeps, ids: readonly string[], basis: string): Promise<string[]> {
  const groups = new Map<string, { paths: string[]; ids: string[] }[]>();
  for (const { id, entry } of await deps.reader.readEntries(ids)) {
    const paths = Object.keys(entry.fields).sort();
    const chunks = groups.get(JSON.stringify(paths)) ?? [];
    groups.set(JSON.stringify(paths), chunks);
    const open = chunks.at(-1);
    if (open && open.ids.length < MAX_LINKS) open.ids.push(id);
    else chunks.push({ paths, ids: [id] });
  }
  const entries = [...groups.values()].flat().map((chunk): NewEntry => ({
    kind: 'erasure',
    type: 'erasure.subject',
    links: chunk.ids.map((id) => ({ rel: 'erases', id })),
    fields: [
      { path: '/erasure/paths', value: chunk.paths },
      { path: '/erasure/basis', value: basis },
    ],
  }));
  return (await deps.append(entries)).map(({ id }) => id);
}
