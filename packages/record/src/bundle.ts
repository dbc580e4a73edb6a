import { fromBase64 } from './base64.js';
import { fromUtf8, utf8 } from './bytes.js';
import { RecordError } from './errors.js';
import { canonicalize, parseCanonical } from './jcs.js';
import { parseReceipt } from './receipt.js';
import { readDisclosure } from './disclosure.js';
import { shape } from './shape.js';
import type { Json } from './types.js';

/** Offline evidence in one JSON file. Policy and root keys come from the auditor and are never in here. */
export interface EvidenceBundle {
  readonly v: 1;
  /** The entry the bundle is about. */
  readonly entry: BundleEntry;
  /** The key history of every key that signed an entry in this bundle, and of no other. */
  readonly keys: readonly BundleEntry[];
  /** Verdicts, run manifests and other entries that speak of the entry. */
  readonly related: readonly BundleEntry[];
  /** Entries of kind "erasure" that name fields of the entry or of related ones. */
  readonly erasures: readonly BundleEntry[];
  readonly rows: readonly BundleRow[];
  readonly consistency: readonly BundleConsistency[];
}

export interface BundleEntry {
  /** The leaf's exact text. */
  readonly leaf: string;
  /** C2SP tlog-proof, all with the same checkpoint. Absent (on `entry` alone): signed, not logged yet. */
  readonly receipt?: string;
  /** The chosen ones, at most one per field. */
  readonly disclosures: readonly string[];
}

/** A result row under the `/resultsRoot` that the entry `verdict` discloses. */
export interface BundleRow {
  /** Id of an entry in the bundle. */
  readonly verdict: string;
  readonly index: number;
  /** base64 hashes, RFC 6962 §2.1.1. */
  readonly proof: readonly string[];
  /** JCS text of the row; its UTF-8 bytes are the leaf. */
  readonly row: string;
}

/** That the tree of size `from` with `root` is a prefix of the checkpoint's tree. */
export interface BundleConsistency {
  readonly from: number;
  /** base64. */
  readonly root: string;
  /** base64 hashes, RFC 6962 §2.1.2. */
  readonly proof: readonly string[];
}

export const MAX_BUNDLE_BYTES = 64 * 1024 * 1024;

const BUNDLE_SHAPE = {
  v: 'number',
  entry: 'object',
  keys: 'array',
  related: 'array',
  erasures: 'array',
  rows: 'array',
  consistency: 'array',
} as const;

/** Canonical bytes, with everything in a fixed order: the same contents give the same file. */
export function formatBundle(bundle: EvidenceBundle): string {
  const ordered: EvidenceBundle = {
    v: 1,
    entry: orderEntry(bundle.entry),
    keys: byIndex(bundle.keys),
    related: byIndex(bundle.related),
    erasures: byIndex(bundle.erasures),
    rows: [...bundle.rows].sort((a, b) => compare(a.verdict, b.verdict) || a.index - b.index),
    consistency: [...bundle.consistency].sort((a, b) => a.from - b.from),
  };
  const text = canonicalize(ordered);
  parseBundle(text);
  return text;
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

function orderEntry(entry: BundleEntry): BundleEntry {
  const disclosures = entry.disclosures
    .map((disclosure) => ({ disclosure, path: readDisclosure(disclosure).path }))
    .sort((a, b) => compare(a.path, b.path))
    .map(({ disclosure }) => disclosure);
  return entry.receipt === undefined
    ? { leaf: entry.leaf, disclosures }
    : { leaf: entry.leaf, receipt: entry.receipt, disclosures };
}

function byIndex(entries: readonly BundleEntry[]): BundleEntry[] {
  const index = (entry: BundleEntry): number => (entry.receipt === undefined ? -1 : parseReceipt(entry.receipt).index);
  return entries
    .map((entry) => ({ entry: orderEntry(entry), at: index(entry) }))
    .sort((a, b) => a.at - b.at)
    .map(({ entry }) => entry);
}

/**
 * Form only: canonical bytes, known members, right types, canonical base64. Throws a RecordError. What it means is
 * `verifyBundle`'s business.
 */
export function parseBundle(bytes: string | Uint8Array): EvidenceBundle {
  if (bytes.length > MAX_BUNDLE_BYTES) {
    throw new RecordError('bundle.size', 'the bundle is too large', { expected: `at most ${MAX_BUNDLE_BYTES} bytes` });
  }
  const value = parseCanonical(typeof bytes === 'string' ? bytes : fromUtf8(bytes));
  const bundle = shape(value, BUNDLE_SHAPE, {}, 'bundle');
  if (bundle.v !== 1)
    throw new RecordError('bundle.version', 'unknown bundle version', { expected: '1', got: `${bundle.v}` });
  return {
    v: 1,
    entry: readEntry(bundle.entry, 'entry'),
    keys: bundle.keys.map((entry, i) => readEntry(entry, `keys/${i}`)),
    related: bundle.related.map((entry, i) => readEntry(entry, `related/${i}`)),
    erasures: bundle.erasures.map((entry, i) => readEntry(entry, `erasures/${i}`)),
    rows: bundle.rows.map(readRow),
    consistency: bundle.consistency.map(readConsistency),
  };
}

export const bundleBytes = (bundle: EvidenceBundle): Uint8Array => utf8(formatBundle(bundle));

function readEntry(value: Json, what: string): BundleEntry {
  const entry = shape(value, { leaf: 'string', disclosures: 'array' }, { receipt: 'string' }, what);
  const disclosures = strings(entry.disclosures, `${what}: disclosures`);
  return entry.receipt === undefined
    ? { leaf: entry.leaf, disclosures }
    : { leaf: entry.leaf, receipt: entry.receipt, disclosures };
}

function readRow(value: Json, i: number): BundleRow {
  const row = shape(value, { verdict: 'string', index: 'number', proof: 'array', row: 'string' }, {}, `rows/${i}`);
  return {
    verdict: row.verdict,
    index: count(row.index, `rows/${i}`),
    proof: hashes(row.proof, `rows/${i}`),
    row: row.row,
  };
}

function readConsistency(value: Json, i: number): BundleConsistency {
  const what = `consistency/${i}`;
  const item = shape(value, { from: 'number', root: 'string', proof: 'array' }, {}, what);
  const [root] = hashes([item.root], what) as [string];
  return { from: count(item.from, what), root, proof: hashes(item.proof, what) };
}

function strings(list: readonly Json[], what: string): string[] {
  return list.map((item) => {
    if (typeof item !== 'string')
      throw new RecordError('record.shape', `${what}: expected strings`, { expected: 'string', got: typeof item });
    return item;
  });
}

function hashes(list: readonly Json[], what: string): string[] {
  const texts = strings(list, what);
  for (const text of texts) {
    if (fromBase64(text).length !== 32)
      throw new RecordError('record.shape', `${what}: a hash is 32 bytes in base64`, { got: text });
  }
  return texts;
}

function count(value: number, what: string): number {
  if (!Number.isSafeInteger(value) || value < 0) {
    throw new RecordError('record.shape', `${what}: expected an integer from 0`, { got: `${value}` });
  }
  return value;
}
