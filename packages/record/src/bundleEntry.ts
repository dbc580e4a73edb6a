import type { BundleEntry } from './bundle.js';
import type { EntrySummary, FieldVerdict } from './bundleVerdict.js';
import { digestOf, readDisclosure } from './disclosure.js';
import { readLeaf, type ReadLeaf } from './entry.js';
import { RecordError } from './errors.js';
import { parseReceipt, type Receipt } from './receipt.js';
import type { Json } from './types.js';

/** One entry of a bundle, read and with its disclosures matched; nothing about it is verified beyond its own form. */
export interface OpenedEntry {
  /** "entry", "keys/0" … for messages. */
  readonly place: string;
  readonly leaf: string;
  readonly read: ReadLeaf;
  readonly receipt: Receipt | null;
  /** Disclosed and matching values by path. */
  readonly values: ReadonlyMap<string, Json>;
  /** Paths a disclosure names without matching the entry's digest. */
  readonly mismatched: ReadonlySet<string>;
}

export function openBundleEntry(entry: BundleEntry, place: string): OpenedEntry {
  const read = readLeaf(entry.leaf);
  const receipt = entry.receipt === undefined ? null : parseReceipt(entry.receipt);
  // Unauthenticated bytes have no place in a file where every byte must count.
  if (receipt?.extra !== undefined) {
    throw new RecordError('bundle.receipt', `${place}: a receipt in a bundle has no extra line`);
  }
  return { place, leaf: entry.leaf, read, receipt, ...matchDisclosures(entry.disclosures, read, place) };
}

function matchDisclosures(
  disclosures: readonly string[],
  read: ReadLeaf,
  place: string,
): Pick<OpenedEntry, 'values' | 'mismatched'> {
  const values = new Map<string, Json>();
  const mismatched = new Set<string>();
  for (const disclosure of disclosures) {
    const { path, value } = readDisclosure(disclosure);
    if (values.has(path) || mismatched.has(path)) {
      throw new RecordError('bundle.disclosure', `${place}: ${path} is disclosed twice`, { at: path });
    }
    const fields = read.entry.fields;
    if (Object.hasOwn(fields, path) && fields[path] === digestOf(disclosure)) values.set(path, value);
    else mismatched.add(path);
  }
  return { values, mismatched };
}

export function summarize({ read: { entry }, receipt }: OpenedEntry): EntrySummary {
  return {
    id: entry.id,
    kind: entry.kind,
    type: entry.type,
    agent: entry.agent,
    log: entry.log,
    occurredAt: entry.occurred_at,
    kid: entry.producer.kid,
    index: receipt?.index ?? null,
  };
}

/** Path → index of the erasure entry that names it, for one entry id. */
export type Erasures = ReadonlyMap<string, number>;

/** Every field of the entry and every disclosure that fits none, in path order. `withValues` only for a verdict that stands. */
export function fieldVerdicts(opened: OpenedEntry, erased: Erasures, withValues: boolean): FieldVerdict[] {
  const paths = new Set([...Object.keys(opened.read.entry.fields), ...opened.mismatched]);
  return [...paths].sort().map((path): FieldVerdict => {
    if (opened.mismatched.has(path)) return { path, status: 'MISMATCH' };
    const value = opened.values.get(path);
    if (value !== undefined) return withValues ? { path, status: 'DISCLOSED', value } : { path, status: 'DISCLOSED' };
    const erasedBy = erased.get(path);
    return erasedBy === undefined ? { path, status: 'WITHHELD' } : { path, status: 'ERASED', erasedBy };
  });
}
