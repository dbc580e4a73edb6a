import { setImmediate as nextTurn } from 'node:timers/promises';
import { kidOf, type Submission } from '@tenet-ledger/record';
import { checkItem, refusal, type CheckedItem, type Refusal } from './checkItem.js';
import { isActive, maySign, readKeyChange, type SignerRole } from './keyRules.js';
import type { IngestAuth } from './service.js';
import { keyUnknown, refusedResult, slotOf, type Slot } from './slot.js';
import type { IngestStore, KeyChange } from './store.js';

export interface VerifyDeps {
  readonly log: string;
  readonly rootKey: Uint8Array;
  readonly store: IngestStore;
  readonly verify: (publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array) => Promise<boolean>;
  /** Root of this tree at that size, base64; null when the tree has not reached it. */
  readonly rootAt: (size: number) => Promise<string | null>;
}

/** Between slices the event loop turns: a batch of 500 is some 100 ms of parsing and hashing. */
const SLICE = 32;

/** Everything that can be said of an item without its neighbours. Signatures run on the thread pool meanwhile. */
export async function verifyItems(deps: VerifyDeps, items: Iterable<Submission>, auth: IngestAuth): Promise<Slot[]> {
  const batch = new Batch(deps, auth);
  const slots: Slot[] = [];
  const pending: Promise<void>[] = [];
  const source = items[Symbol.iterator]();
  for (;;) {
    const slice = checkedSlice(source, deps.log);
    await batch.loadKeys(slice.flatMap(({ item }) => (item ? [item.keyid] : [])));
    for (const slot of slice) pending.push(batch.verify(slot));
    slots.push(...slice);
    if (slice.length < SLICE) break;
    await nextTurn();
  }
  await Promise.all(pending);
  return slots;
}

/** Nothing of an item outlives this but what its slot holds. */
function checkedSlice(source: Iterator<Submission>, log: string): Slot[] {
  const slice: Slot[] = [];
  while (slice.length < SLICE) {
    const next: IteratorResult<Submission, unknown> = source.next();
    if (next.done === true) break;
    slice.push(slotOf(checkItem(next.value, log)));
  }
  return slice;
}

interface Signer {
  readonly publicKey: Uint8Array;
  readonly role: SignerRole;
}

/** Keys and roots are read afresh for every batch: a key that was revoked a moment ago must not sign once more. */
class Batch {
  readonly #deps: VerifyDeps;
  readonly #allowed: ReadonlySet<string> | null;
  readonly #keys = new Map<string, Signer | null>();
  readonly #roots = new Map<number, Promise<string | null>>();

  constructor(deps: VerifyDeps, auth: IngestAuth) {
    this.#deps = deps;
    this.#allowed = auth.kids === 'any' ? null : new Set(auth.kids);
    this.#keys.set(kidOf(deps.rootKey), { publicKey: deps.rootKey, role: 'root' });
  }

  async loadKeys(kids: readonly string[]): Promise<void> {
    const wanted = [...new Set(kids)].filter((kid) => !this.#keys.has(kid));
    if (wanted.length === 0) return;
    for (const kid of wanted) this.#keys.set(kid, null);
    for (const row of await this.#deps.store.readKeys(wanted)) if (isActive(row)) this.#keys.set(row.kid, row);
  }

  async verify(slot: Slot): Promise<void> {
    if (!slot.item) return;
    const refused = await this.#refusal(slot, slot.item);
    if (refused) slot.result = refusedResult(refused);
  }

  async #refusal(slot: Slot, item: CheckedItem): Promise<Refusal | null> {
    const { entry, keyid, signature, signed } = item;
    const key = this.#keys.get(keyid);
    if (!key) return keyUnknown(item);
    if (this.#allowed && !this.#allowed.has(keyid)) {
      return refusal(entry.id, 'auth.forbidden', `this API key may not post under ${keyid}`, '/producer/kid');
    }
    if (!maySign(key.role, entry.kind)) {
      return refusal(entry.id, 'record.key_role', `a ${key.role} key may not sign a ${entry.kind}`, '/kind');
    }
    const verified = this.#deps.verify(key.publicKey, signed, signature);
    const known = entry.after ? await this.#rootAt(entry.after.size) : null;
    if (!(await verified)) return refusal(entry.id, 'record.signature', 'the signature does not verify', '/leaf');
    if (entry.after && known !== entry.after.root) {
      return refusal(entry.id, 'record.after', `this log has no such root at size ${entry.after.size}`, '/after');
    }
    return entry.kind === 'key' ? this.#keyRefusal(slot, item) : null;
  }

  async #keyRefusal(slot: Slot, item: CheckedItem): Promise<Refusal | null> {
    const { entry } = item;
    const change = readKeyChange(entry, item.keyFields);
    const why = 'refusal' in change ? change.refusal : await this.#alreadySaid(entry.id, change);
    if (why !== null) return refusal(entry.id, 'record.invalid', why, '/key');
    if (!('refusal' in change)) slot.keyChange = change;
    return null;
  }

  /** The same entry again is left to the insert, which answers `duplicate`. */
  async #alreadySaid(id: string, change: KeyChange): Promise<string | null> {
    const [row] = await this.#deps.store.readKeys([change.kid]);
    if (change.op === 'add') return row && row.entryId !== id ? `the key ${change.kid} is already enrolled` : null;
    if (!row || Buffer.compare(row.publicKey, change.publicKey) !== 0) return `no such key: ${change.kid}`;
    return row.endEntryId !== null && row.endEntryId !== id ? `the key ${change.kid} has already ended` : null;
  }

  #rootAt(size: number): Promise<string | null> {
    const asked = this.#roots.get(size);
    if (asked) return asked;
    const root = this.#deps.rootAt(size);
    this.#roots.set(size, root);
    return root;
  }
}
