import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import { canonicalize, utf8 } from '@tenet-ledger/record';
import { importGraph } from './importGraph.js';

export interface AgentFiles {
  /** hex */
  readonly digest: string;
  /** [path, SHA-256 in hex], sorted by path; paths are relative to the entry's folder, with "/". */
  readonly files: readonly (readonly [string, string])[];
}

/** Stands for the lock file wherever it lies, so that the digest does not name folders above the agent. */
const LOCK_FILE = 'package-lock.json';

/**
 * CAPTURE: SHA-256(JCS([[path, sha256], …])) over the entry's import graph outside node_modules, and the nearest lock file.
 * The same files give the same digest in any folder and on any machine.
 */
export async function digestFiles(entry: string): Promise<AgentFiles> {
  const files = await importGraph(entry);
  const root = dirname(files[0]!);
  const rows = files.map((file): [string, string] => [
    relative(root, file).split(sep).join('/'),
    sha256Hex(readFileSync(file)),
  ]);
  const lock = nearestLock(root);
  if (lock !== undefined) rows.push([LOCK_FILE, sha256Hex(readFileSync(lock))]);
  rows.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  return { digest: sha256Hex(utf8(canonicalize(rows))), files: rows };
}

export async function agentDigest(entry: string): Promise<string> {
  return (await digestFiles(entry)).digest;
}

const sha256Hex = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

function nearestLock(folder: string): string | undefined {
  for (let at = folder; ; at = dirname(at)) {
    const file = join(at, LOCK_FILE);
    if (existsSync(file)) return file;
    if (dirname(at) === at) return undefined;
  }
}
