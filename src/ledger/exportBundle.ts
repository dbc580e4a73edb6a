import {
  formatBundle,
  formatReceipt,
  inclusionProof,
  leafHash,
  memoryReader,
  readDisclosure,
  rootOf,
  toBase64,
  utf8,
  type BundleConsistency,
  type BundleEntry,
  type BundleRow,
} from '@tenet-ledger/record';
import { AppError } from '../errors/index.js';
import { nodeSha256 } from './hash.js';
import type { Proofs } from './proofs.js';
import type { Reader } from './reader.js';
import type { BundleRequest, BundleRows, StoredEntry } from './service.js';
import type { CheckpointRow, LedgerStore } from './store.js';

export interface ExportDeps {
  readonly store: Pick<LedgerStore, 'latestCheckpoint' | 'checkpointAt' | 'readKeys' | 'linkedFrom'>;
  readonly reader: Reader;
  readonly proofs: Proofs;
}

/**
 * Everything an outsider needs to check one entry, under one checkpoint: the newest, or the one asked for. Policy and root key are
 * not in it, they reach the auditor another way.
 */
export async function exportBundle(deps: ExportDeps, request: BundleRequest): Promise<string> {
  const checkpoint = await checkpointFor(deps, request.size);
  const related = [...new Set(request.related ?? [])].filter((id) => id !== request.entryId);
  const spoken = [request.entryId, ...related];
  const erasures = await erasuresOf(deps, spoken, checkpoint.size);
  const entries = await loadEntries(deps, [...spoken, ...erasures]);
  const keys = await loadEntries(deps, await keyHistory(deps, [...entries.values()], checkpoint.size));
  const pack = new Packer(deps, checkpoint);
  const [main] = await pack.entries([pick(entries, request.entryId)], request.disclose ?? 'all');
  if (!main) throw new Error('one entry in, none out');
  return formatBundle({
    v: 1,
    entry: main,
    keys: await pack.entries([...keys.values()], 'all'),
    related: (
      await Promise.all(
        related.map((id) => pack.entries([pick(entries, id)], request.discloseRelated?.get(id) ?? 'all')),
      )
    ).flat(),
    erasures: await pack.entries(
      erasures.map((id) => pick(entries, id)),
      'all',
    ),
    rows: request.rows ? await bundleRows(deps, request.entryId, request.rows) : [],
    consistency: await consistencies(deps, checkpoint, pick(entries, request.entryId), request.consistencyFrom ?? []),
  });
}

async function checkpointFor({ store }: ExportDeps, size: number | undefined): Promise<CheckpointRow> {
  const checkpoint = await (size === undefined ? store.latestCheckpoint() : store.checkpointAt(size));
  if (checkpoint) return checkpoint;
  if (size === undefined)
    throw new AppError('ledger.pending', 'the log has no checkpoint yet', { fix: 'try again in a moment' });
  throw new AppError('input.invalid', `the log has no checkpoint of size ${size}`, { field: 'size', got: `${size}` });
}

async function loadEntries(deps: ExportDeps, ids: readonly string[]): Promise<Map<string, StoredEntry>> {
  const entries = new Map((await deps.reader.readEntries(ids)).map((entry) => [entry.id, entry]));
  const missing = ids.find((id) => !entries.has(id));
  if (missing !== undefined) throw new AppError('not_found', `no entry ${missing}`, { field: missing });
  return entries;
}

function pick(entries: ReadonlyMap<string, StoredEntry>, id: string): StoredEntry {
  const entry = entries.get(id);
  if (!entry) throw new AppError('not_found', `no entry ${id}`, { field: id });
  return entry;
}

/** Those the checkpoint covers; a younger one is for a younger bundle. */
async function erasuresOf({ store, reader }: ExportDeps, ids: readonly string[], size: number): Promise<string[]> {
  const found = new Set((await Promise.all(ids.map((id) => store.linkedFrom(id, 'erases')))).flat());
  const entries = await reader.readEntries([...found]);
  return entries.filter(({ idx }) => idx !== null && idx < size).map(({ id }) => id);
}

/**
 * Ids of the key entries, as far as the checkpoint covers them, of every record key that signed one of these. Key entries
 * themselves are signed by the root.
 */
async function keyHistory({ store }: ExportDeps, entries: readonly StoredEntry[], size: number): Promise<string[]> {
  const kids = new Set(entries.flatMap(({ entry }) => (entry.kind === 'key' ? [] : [entry.producer.kid])));
  const rows = await store.readKeys([...kids]);
  return rows.flatMap(({ entryId, endEntryId, endedIdx }) =>
    endEntryId !== null && endedIdx !== null && endedIdx < size ? [entryId, endEntryId] : [entryId],
  );
}

class Packer {
  readonly #deps: ExportDeps;
  readonly #checkpoint: CheckpointRow;

  constructor(deps: ExportDeps, checkpoint: CheckpointRow) {
    this.#deps = deps;
    this.#checkpoint = checkpoint;
  }

  async entries(entries: readonly StoredEntry[], disclose: readonly string[] | 'all'): Promise<BundleEntry[]> {
    const opened = await this.#deps.reader.openDisclosures(entries.map(({ id }) => id));
    const packed: BundleEntry[] = [];
    for (const entry of entries) {
      const disclosures = chosen(entry, opened.get(entry.id)?.disclosures ?? [], disclose);
      packed.push({ leaf: entry.leaf, receipt: await this.#receipt(entry), disclosures });
    }
    return packed;
  }

  async #receipt({ id, idx }: StoredEntry): Promise<string> {
    const { size, note } = this.#checkpoint;
    if (idx === null || idx >= size) {
      throw new AppError('ledger.pending', `entry ${id} is not under a checkpoint yet`, {
        fix: 'try again in a moment',
      });
    }
    return formatReceipt({ index: idx, hashes: await this.#deps.proofs.inclusion(idx, size), checkpoint: note });
  }
}

function chosen(
  { id, entry }: StoredEntry,
  disclosures: readonly string[],
  disclose: readonly string[] | 'all',
): string[] {
  if (disclose === 'all') return [...disclosures];
  const unknown = disclose.find((path) => !Object.hasOwn(entry.fields, path));
  if (unknown !== undefined) {
    throw new AppError('input.invalid', `entry ${id} has no field ${unknown}`, {
      field: unknown,
      expected: Object.keys(entry.fields).join(', '),
    });
  }
  return disclosures.filter((disclosure) => disclose.includes(readDisclosure(disclosure).path));
}

/** The root is rebuilt from the hashes, so that rows whose text was erased do not take the others' proofs with them. */
async function bundleRows(
  deps: ExportDeps,
  entryId: string,
  { verdictId, hashes, carried }: BundleRows,
): Promise<BundleRow[]> {
  const [verdict] = await deps.reader.readDecisions([verdictId]);
  const signed = verdict?.fields.get('/resultsRoot');
  const root = toBase64(rootOf(hashes, nodeSha256));
  if (signed !== root) {
    throw new AppError('input.invalid', `the rows are not those under the results root of ${verdictId}`, {
      field: 'rows',
      expected: typeof signed === 'string' ? signed : 'an entry that discloses /resultsRoot',
      got: root,
    });
  }
  const read = memoryReader(hashes, nodeSha256);
  return carried.map(({ index, text }) => {
    assertCarried(entryId, hashes[index], index, text);
    const proof = inclusionProof(index, hashes.length, read, nodeSha256).map((hash) => toBase64(hash));
    return { verdict: verdictId, index, proof, row: text };
  });
}

function assertCarried(entryId: string, hash: Uint8Array | undefined, index: number, text: string): void {
  if (hash === undefined || Buffer.compare(hash, leafHash(utf8(text), nodeSha256)) !== 0) {
    throw new AppError('input.invalid', `the text of row ${index} does not hash to its leaf`, {
      field: 'rows',
      fix: 'run `tenet ledger fsck`',
    });
  }
  const { decision } = JSON.parse(text) as { decision?: unknown };
  if (decision === entryId) return;
  throw new AppError('input.invalid', `row ${index} is about another decision`, { field: 'rows', expected: entryId });
}

/** From the sizes asked for, and from the one the entry cites as seen: that bounds its time from below. */
async function consistencies(
  { proofs }: ExportDeps,
  checkpoint: CheckpointRow,
  { entry }: StoredEntry,
  asked: readonly number[],
): Promise<BundleConsistency[]> {
  const sizes = new Set([...asked, ...(entry.after ? [entry.after.size] : [])]);
  const found: BundleConsistency[] = [];
  for (const from of sizes) {
    if (from === checkpoint.size) continue;
    const root = from >= 1 && from < checkpoint.size ? await proofs.rootAt(from) : null;
    if (root === null) {
      throw new AppError('input.invalid', `no older tree of size ${from}`, {
        field: 'consistencyFrom',
        expected: `1..${checkpoint.size - 1}`,
        got: `${from}`,
      });
    }
    const proof = await proofs.consistency(from, checkpoint.size);
    found.push({ from, root, proof: proof.map((hash) => toBase64(hash)) });
  }
  return found;
}
