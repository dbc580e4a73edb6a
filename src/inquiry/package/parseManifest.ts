import { parseCanonical, RecordError } from '@tenet-ledger/record';
import type { Manifest, ManifestFile } from './files.js';

const HEX = /^[0-9a-f]{64}$/;
/** Stays inside the folder on every system. */
const PATH = /^(?:[A-Za-z0-9_-][A-Za-z0-9_.-]*\/)?[A-Za-z0-9_-][A-Za-z0-9_.-]*$/;

/** manifest.json must be canonical: a byte that nobody reads could change. Throws a RecordError. */
export function parseManifest(text: string): Manifest {
  const value = parseCanonical(text) as unknown as Partial<Record<keyof Manifest, unknown>>;
  const { v, inquiry, version, log, size, scope, scopeDigest, review, approvals, files } = value;
  const texts = [inquiry, log, scopeDigest, review].every((one) => typeof one === 'string');
  const numbers = [version, size].every((one) => Number.isSafeInteger(one));
  const isManifest =
    v === 1 && texts && numbers && typeof scope === 'object' && scope !== null && Array.isArray(approvals);
  if (!isManifest || !Array.isArray(files) || !files.every(isFile))
    throw new RecordError('record.shape', 'manifest.json does not have the form it must have');
  const manifest = value as Manifest;
  const paths = new Set(manifest.files.map(({ path }) => path));
  if (paths.size < manifest.files.length) throw new RecordError('record.shape', 'manifest.json lists a file twice');
  return manifest;
}

function isFile(value: unknown): value is ManifestFile {
  const { path, bytes, sha256 } = (value ?? {}) as Partial<Record<keyof ManifestFile, unknown>>;
  return (
    typeof path === 'string' &&
    PATH.test(path) &&
    Number.isSafeInteger(bytes) &&
    typeof sha256 === 'string' &&
    HEX.test(sha256)
  );
}
