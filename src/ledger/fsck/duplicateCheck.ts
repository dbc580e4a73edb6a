import { readLeaf, RecordError, toBase64Url, type ReadLeaf } from '@tenet-ledger/record';
import { signedBytes } from '../checkItem.js';
import { leafTextHash, nodeSha256 } from '../hash.js';
import type { LedgerStore, StoredDuplicate } from '../store.js';
import type { ChainCheck } from './chainCheck.js';
import type { Findings } from './findings.js';

export interface DuplicateCheckDeps {
  readonly store: Pick<LedgerStore, 'pageDuplicates' | 'readIds'>;
  readonly findings: Findings;
  readonly log: string;
  readonly verify: (publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array) => Promise<boolean>;
}

const PAGE = 500;

/** Leaves that are kept outside the tree for their place in a producer's chain. Read twice: the chains need them first, their keys are known last. */
export class DuplicateCheck {
  readonly #deps: DuplicateCheckDeps;
  duplicates = 0;

  constructor(deps: DuplicateCheckDeps) {
    this.#deps = deps;
  }

  async addTo(chains: ChainCheck): Promise<void> {
    for await (const row of this.#rows()) {
      const read = this.#read(row);
      if (read === null) continue;
      this.duplicates += 1;
      chains.add(read.entry, toBase64Url(nodeSha256(read.payload)), null);
    }
  }

  /** `keyOf`: the public key of a record key that the log has, ended or not. */
  async verifyAll(keyOf: (kid: string) => Uint8Array | null): Promise<void> {
    const { findings, store, verify } = this.#deps;
    for await (const row of this.#rows()) {
      const key = keyOf(row.kid);
      const read = readOrNull(row.leaf);
      const signed = key !== null && read !== null && (await verify(key, signedBytes(read), read.signature));
      if (!signed) this.#edited(row, 'is not signed by a key of this log');
      if ((await store.readIds([row.id])).length > 0) continue;
      findings.add(
        'duplicate.orphan',
        null,
        row.id,
        `a record was answered as a duplicate of ${row.id}, which is nowhere`,
      );
    }
  }

  #read(row: StoredDuplicate): ReadLeaf | null {
    const read = readOrNull(row.leaf);
    if (read === null || Buffer.compare(leafTextHash(row.leaf), row.leafHash) !== 0) {
      this.#edited(row, 'was changed');
      return null;
    }
    const { id, log, producer } = read.entry;
    const agrees =
      id === row.id &&
      log === this.#deps.log &&
      producer.id === row.producer &&
      producer.kid === row.kid &&
      producer.seq === row.seq;
    if (!agrees) this.#edited(row, 'is not the one its row speaks of');
    return agrees ? read : null;
  }

  #edited({ id, producer, seq }: StoredDuplicate, how: string): void {
    const message = `the leaf kept as a duplicate of ${id} (producer ${producer}, number ${seq}) ${how}`;
    this.#deps.findings.add('duplicate.edited', null, id, message);
  }

  async *#rows(): AsyncGenerator<StoredDuplicate> {
    for (let after: Uint8Array = new Uint8Array(0); ;) {
      const page = await this.#deps.store.pageDuplicates(after, PAGE);
      yield* page;
      const last = page.at(-1);
      if (last === undefined || page.length < PAGE) return;
      after = last.leafHash;
    }
  }
}

function readOrNull(leaf: string): ReadLeaf | null {
  try {
    return readLeaf(leaf);
  } catch (error) {
    if (!(error instanceof RecordError)) throw error;
    return null;
  }
}
