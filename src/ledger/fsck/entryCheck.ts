import {
  keyStanding,
  kidOf,
  mayAttest,
  readKeyStatement,
  readLeaf,
  RecordError,
  toBase64Url,
  type Json,
  type KeyEvent,
  type ReadLeaf,
} from '@tenet-ledger/record';
import { signedBytes } from '../checkItem.js';
import { nodeSha256 } from '../hash.js';
import type { LeafRow, LedgerStore } from '../store.js';
import type { Findings } from './findings.js';

export interface EntryCheckDeps {
  readonly store: Pick<LedgerStore, 'readIds' | 'listKeys'>;
  readonly findings: Findings;
  readonly rootKey: Uint8Array;
  readonly log: string;
  readonly verify: (publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array) => Promise<boolean>;
}

export interface ReadRow {
  readonly index: number;
  readonly id: string;
  readonly read: ReadLeaf;
  readonly sHash: string;
}

/** Form, look-up row, signature, and whether the key counted at that index: from key leaves, not from the keys table. */
export class EntryCheck {
  readonly #deps: EntryCheckDeps;
  readonly #events = new Map<string, KeyEvent[]>();
  signatures = 0;

  constructor(deps: EntryCheckDeps) {
    this.#deps = deps;
  }

  /** Rows whose leaf can be read at all. */
  async readAll(rows: readonly LeafRow[]): Promise<ReadRow[]> {
    const { store, findings } = this.#deps;
    const known = new Map((await store.readIds(rows.map(({ id }) => id))).map((row) => [row.id, row.sHash]));
    return rows.flatMap((row) => {
      const read = this.#read(row);
      if (!read) return [];
      const sHash = nodeSha256(read.payload);
      const there = known.get(row.id);
      if (!there) findings.add('entry.missing', row.idx, row.id, `leaf ${row.idx} has no row in the table of entries`);
      else if (Buffer.compare(there, sHash) !== 0) {
        findings.add(
          'entry.mismatch',
          row.idx,
          row.id,
          `the row in the table of entries is of another S than leaf ${row.idx}`,
        );
      }
      return [{ index: row.idx, id: row.id, read, sHash: toBase64Url(sHash) }];
    });
  }

  #read(row: LeafRow): ReadLeaf | null {
    const { findings, log } = this.#deps;
    try {
      const read = readLeaf(row.leaf);
      if (read.entry.id !== row.id || read.entry.log !== log) {
        findings.add('leaf.id', row.idx, row.id, `leaf ${row.idx} is entry ${read.entry.id} of ${read.entry.log}`);
      }
      return read;
    } catch (error) {
      if (!(error instanceof RecordError)) throw error;
      findings.add('leaf.format', row.idx, row.id, `leaf ${row.idx} is malformed: ${error.message}`);
      return null;
    }
  }

  /** In index order: a key leaf counts for what follows it. `values` are the opened disclosures of key entries. */
  async verifyAll(rows: readonly ReadRow[], values: ReadonlyMap<string, ReadonlyMap<string, Json>>): Promise<void> {
    await Promise.all(rows.map((row) => this.#verify(row, values)));
  }

  #verify(row: ReadRow, values: ReadonlyMap<string, ReadonlyMap<string, Json>>): Promise<void> {
    if (row.read.entry.kind === 'key') return this.#verifyKeyEntry(row, values.get(row.id));
    const { kind } = row.read.entry;
    const kid = row.read.keyid;
    const standing = keyStanding(this.#events.get(kid) ?? [], kid, row.index);
    if (!standing.valid) return this.#invalid(row, standing.why);
    if (!mayAttest(standing.role, kind)) return this.#invalid(row, `a ${standing.role} key may not sign a ${kind}`);
    return this.#verifySignature(row, standing.publicKey);
  }

  #verifyKeyEntry(row: ReadRow, fields: ReadonlyMap<string, Json> | undefined): Promise<void> {
    const { findings, rootKey } = this.#deps;
    if (row.read.keyid !== kidOf(rootKey)) return this.#invalid(row, 'a key entry must be signed by the root key');
    try {
      if (!fields) throw new RecordError('record.key', 'its disclosures do not open');
      const statement = readKeyStatement(row.read.entry, fields);
      const events = this.#events.get(statement.kid) ?? [];
      this.#events.set(statement.kid, [...events, { ...statement, index: row.index }]);
    } catch (error) {
      if (!(error instanceof RecordError)) throw error;
      findings.add('key.history', row.index, row.id, `key entry ${row.id}: ${error.message}`);
    }
    return this.#verifySignature(row, rootKey);
  }

  #invalid(row: ReadRow, why: string): Promise<void> {
    this.#deps.findings.add('key.not_valid', row.index, row.id, `leaf ${row.index} (${row.id}): ${why}`);
    return Promise.resolve();
  }

  async #verifySignature({ index, id, read }: ReadRow, publicKey: Uint8Array): Promise<void> {
    this.signatures += 1;
    if (await this.#deps.verify(publicKey, signedBytes(read), read.signature)) return;
    this.#deps.findings.add('signature.invalid', index, id, `the signature of leaf ${index} (${id}) does not verify`);
  }

  /** Of a key that the log has, ended or not, or of the root. */
  publicKeyOf(kid: string): Uint8Array | null {
    const { rootKey } = this.#deps;
    if (kid === kidOf(rootKey)) return rootKey;
    return this.#events.get(kid)?.find(({ action }) => action === 'add')?.publicKey ?? null;
  }

  /** The keys table decides at ingest, so it must say what the log says up to this size. */
  async compareKeyTable(size: number): Promise<void> {
    const rows = new Map((await this.#deps.store.listKeys()).map((row) => [row.kid, row]));
    for (const [kid, row] of rows) {
      if (row.addedIdx === null || row.addedIdx >= size) continue;
      const events = this.#events.get(kid) ?? [];
      const added = events.find(({ action }) => action === 'add');
      const ended = events.find(({ action }) => action !== 'add');
      const agrees =
        added?.index === row.addedIdx &&
        (ended?.index ?? null) === (row.endedIdx !== null && row.endedIdx < size ? row.endedIdx : null) &&
        added.role === row.role &&
        Buffer.compare(added.publicKey, row.publicKey) === 0;
      if (!agrees) this.#tableFinding(row.addedIdx, row.entryId, kid);
    }
    for (const kid of this.#events.keys()) if (!rows.has(kid)) this.#tableFinding(null, null, kid);
  }

  #tableFinding(index: number | null, id: string | null, kid: string): void {
    this.#deps.findings.add('key.history', index, id, `the keys table does not say of ${kid} what the log says`);
  }
}
