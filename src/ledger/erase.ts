import type { KeyStore } from './ports.js';
import type { Reader } from './reader.js';
import type { AppendedEntry, EraseRequest, ErasedSubject, NewEntry } from './service.js';
import type { LedgerStore } from './store.js';

export interface EraseDeps {
  readonly store: Pick<LedgerStore, 'ofSubject' | 'deleteSealed'>;
  readonly reader: Reader;
  readonly keyStore: KeyStore;
  readonly append: (entries: readonly NewEntry[]) => Promise<AppendedEntry[]>;
}

/** As many links as one entry may have. */
const MAX_LINKS = 64;

/**
 * Erasure entry, then key, then ciphertext. A crash in between leaves a stated erasure that the same call completes. The
 * leaves keep their salted digests, which nobody can guess without the salts that go with the ciphertext.
 */
export async function eraseSubject(deps: EraseDeps, { subject, basis }: EraseRequest): Promise<ErasedSubject> {
  const erasures: string[] = [];
  const done = new Set<string>();
  // Records that ingest sealed under the key while we stated the erasure are erased with it, and stated in another round.
  for (;;) {
    const rows = (await deps.store.ofSubject(subject)).filter(({ id, keyId }) => keyId !== null && !done.has(id));
    if (rows.length === 0) return { erasures, entries: [...done] };
    const ids = rows.map(({ id }) => id);
    erasures.push(...(await stateErasure(deps, ids, basis)));
    for (const keyId of new Set(rows.flatMap((row) => row.keyId ?? []))) await deps.keyStore.destroy(keyId);
    await deps.store.deleteSealed(ids);
    for (const id of ids) done.add(id);
  }
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
