import type { ScopeQuery } from '../scope.js';

/** Names inside a package. A verifier refuses a file that the manifest does not list. */
export const FILES = {
  manifest: 'manifest.json',
  /** Evidence bundle of the ledger entry that names the manifest's hash: the manifest's signature. */
  signature: 'manifest.bundle.json',
  cover: 'cover.pdf',
  verifier: 'verifier.html',
  completeness: 'completeness.json',
  leaves: 'leaves.jsonl.gz',
  index: 'index.csv',
  withheld: 'withheld.csv',
  lineage: 'lineage.json',
  replays: 'replays.json',
  custody: 'custody.json',
} as const;

export const DECISIONS = 'decisions';
/** Field of the packaged entry that holds the hex SHA-256 of manifest.json. */
export const MANIFEST_FIELD = '/package/manifest';
export const PACKAGED_TYPE = 'inquiry.packaged';

export interface ManifestFile {
  readonly path: string;
  readonly bytes: number;
  /** hex SHA-256. */
  readonly sha256: string;
}

export interface Manifest {
  readonly v: 1;
  readonly inquiry: string;
  /** Of the production: 1, and one more with each supplement. */
  readonly version: number;
  /** hex SHA-256 of the manifest of the production before; null for the first. */
  readonly supplements: string | null;
  readonly log: string;
  /** Everything in here is shown under this size of the tree. */
  readonly size: number;
  readonly scope: ScopeQuery;
  readonly scopeDigest: string;
  /** What was approved, and by whom. */
  readonly review: string;
  readonly approvals: readonly { readonly entry: string; readonly by: string; readonly at: string }[];
  /** hex SHA-256 of the last custody event before packaging. */
  readonly custody: string | null;
  /** Sorted by path. */
  readonly files: readonly ManifestFile[];
}

/** What a verifier reads a package through: a folder, or files that somebody dropped on a page. */
export interface PackageFiles {
  /** Paths inside the package, with "/". */
  readonly paths: readonly string[];
  read(path: string): Promise<Uint8Array>;
  /** The lines of a gzipped text, and the hex SHA-256 of the file as it is. */
  lines(path: string, line: (text: string) => void | Promise<void>): Promise<string>;
}

/** One cell of a CSV file: quoted where it must be, and never a formula (OWASP, CSV injection). */
export function csvCell(value: string | number | null): string {
  const text = value === null ? '' : String(value);
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\n\r]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

export const csv = (rows: readonly (readonly (string | number | null)[])[]): string =>
  rows.map((row) => `${row.map(csvCell).join(',')}\r\n`).join('');

/** A production number, as letters cite it: INQ7F3K2-2-000017. */
export const productionNumber = (inquiry: string, version: number, n: number): string =>
  `${inquiry.replace('inq_', 'INQ').slice(0, 9).toUpperCase()}-${version}-${String(n).padStart(6, '0')}`;
