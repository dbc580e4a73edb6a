import type { Json } from '@tenet-ledger/record';
import { isAppError } from '../../errors/index.js';
import type { KeyStore } from '../ports.js';
import { openChecked } from '../reader.js';
import type { LedgerStore, SealedRow } from '../store.js';
import type { ReadRow } from './entryCheck.js';
import type { Findings } from './findings.js';

export interface DisclosureCheckDeps {
  readonly store: Pick<LedgerStore, 'tenant' | 'readSealed'>;
  readonly keyStore: KeyStore;
  readonly findings: Findings;
}

/** Opens every disclosure and compares it with its digest. What does not open must be named by an erasure entry. */
export class DisclosureCheck {
  readonly #deps: DisclosureCheckDeps;
  readonly #unreadable = new Map<string, { index: number; why: string }>();
  readonly #erased = new Set<string>();
  disclosures = 0;
  erased = 0;

  constructor(deps: DisclosureCheckDeps) {
    this.#deps = deps;
  }

  /** Opened values of key entries, which the check of signatures needs. */
  async add(rows: readonly ReadRow[]): Promise<Map<string, ReadonlyMap<string, Json>>> {
    const sealed = new Map((await this.#deps.store.readSealed(rows.map(({ id }) => id))).map((row) => [row.id, row]));
    const keyValues = new Map<string, ReadonlyMap<string, Json>>();
    for (const row of rows) {
      const values = await this.#open(row, sealed.get(row.id));
      if (values && row.read.entry.kind === 'key') keyValues.set(row.id, values);
      if (row.read.entry.kind !== 'erasure') continue;
      for (const link of row.read.entry.links) if (link.rel === 'erases') this.#erased.add(link.id);
    }
    return keyValues;
  }

  async #open(row: ReadRow, sealed: SealedRow | undefined): Promise<ReadonlyMap<string, Json> | null> {
    const { entry } = row.read;
    const key = sealed ? await this.#deps.keyStore.get(sealed.keyId) : null;
    if (!sealed || !key) {
      if (Object.keys(entry.fields).length === 0 && !sealed) return null;
      const why = sealed ? 'its key is not in the key store' : 'its sealed disclosures are gone';
      this.#unreadable.set(row.id, { index: row.index, why });
      return null;
    }
    try {
      const { disclosures, fields } = openChecked(this.#deps.store.tenant, entry, sealed, key);
      this.disclosures += disclosures.length;
      return fields;
    } catch (error) {
      if (!isAppError(error) && !(error instanceof SyntaxError)) throw error;
      this.#deps.findings.add('disclosure.mismatch', row.index, row.id, error.message);
      return null;
    }
  }

  finish(): void {
    for (const [id, { index, why }] of this.#unreadable) {
      if (this.#erased.has(id)) this.erased += 1;
      else {
        const message = `the values of ${id} cannot be read, ${why}, and no erasure entry names it`;
        this.#deps.findings.add('disclosure.missing', index, id, message);
      }
    }
  }
}
