import { closeSync, fsyncSync, linkSync, mkdirSync, openSync, readFileSync, unlinkSync, writeSync } from 'node:fs';
import { randomBytes } from 'node:crypto';
import { dirname } from 'node:path';
import type { RecordSigner } from '@tenet-ledger/record';
import { generatePrivateKey, nodeSigner, readPrivateKey } from './nodeKeys.js';

/** Reads a PKCS #8 PEM file. */
export function signerFromKeyFile(file: string): RecordSigner {
  return nodeSigner(readPrivateKey(readFileSync(file, 'utf8')));
}

/**
 * The key of `file`, made there first (mode 0600, synced to disk) where there is none. Two processes that start together
 * end with the same key: the first complete file stays, and a crash leaves either none or a complete one.
 */
export function ensureKeyFile(file: string): RecordSigner {
  try {
    return signerFromKeyFile(file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  const draft = `${file}.${randomBytes(6).toString('hex')}.new`;
  writeSynced(draft, generatePrivateKey().export({ format: 'pem', type: 'pkcs8' }).toString());
  try {
    linkSync(draft, file);
    syncFolder(dirname(file));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    unlinkSync(draft);
  }
  return signerFromKeyFile(file);
}

function writeSynced(file: string, text: string): void {
  const fd = openSync(file, 'wx', 0o600);
  try {
    writeSync(fd, text);
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

function syncFolder(folder: string): void {
  const fd = openSync(folder, 'r');
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}
