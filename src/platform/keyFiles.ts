import { randomBytes } from 'node:crypto';
import { link, mkdir, open, readFile, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { AppError } from '../errors/index.js';

/** A seal key that was rotated out, named after itself. */
export type RetiredSeal = `seal-${string}`;

export type KeyName = 'root' | 'platform' | 'checkpoint' | 'tag' | 'seal' | RetiredSeal;

const BYTES = 32;

/**
 * 32 secret bytes per file, base64, mode 0600: the development set-up, which keeps the root key beside the others. `root`
 * vouches for record keys and belongs offline; `checkpoint` belongs to the signer alone; `seal` opens what producers have sealed
 * in their spools, so that losing it loses what is still there.
 */
export const keyFile = (stateDir: string, tenant: string, name: KeyName): string =>
  join(stateDir, 'keys', tenant, `${name}.key`);

/** null when there is no such file. Refuses a file that others may read. */
export async function readKeyFile(stateDir: string, tenant: string, name: KeyName): Promise<Buffer | null> {
  const path = keyFile(stateDir, tenant, name);
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
  const { mode } = await stat(path);
  if ((mode & 0o077) !== 0) {
    throw new AppError('config.invalid', `the key file ${path} is open to other users`, {
      field: path,
      expected: 'mode 600',
      got: `mode ${(mode & 0o777).toString(8)}`,
      fix: `chmod 600 ${path}, and replace the key if others may have read it`,
    });
  }
  const key = Buffer.from(text.trim(), 'base64');
  if (key.length === BYTES && key.toString('base64') === text.trim()) return key;
  throw new AppError('config.invalid', `the key file ${path} does not hold a key`, {
    field: path,
    expected: `${BYTES} bytes in base64`,
    fix: 'restore the file from where it is kept; a new key would not be the old one',
  });
}

/** The key that is there, or a new one. Two processes at once end with the same key: the file is created whole or not at all. */
export async function ensureKeyFile(
  stateDir: string,
  tenant: string,
  name: KeyName,
  random: (size: number) => Uint8Array = randomBytes,
): Promise<Buffer> {
  const known = await readKeyFile(stateDir, tenant, name);
  if (known) return known;
  const path = keyFile(stateDir, tenant, name);
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  await createWhole(path, `${Buffer.from(random(BYTES)).toString('base64')}\n`);
  const key = await readKeyFile(stateDir, tenant, name);
  if (!key) throw new Error(`${path} vanished while it was being created`);
  return key;
}

/**
 * Creates a file with all its bytes, durably, or leaves the one that is there: link(2) fails on an existing name. Returns
 * whether it created it.
 */
export async function createWhole(path: string, content: string): Promise<boolean> {
  const temp = `${path}.${process.pid}.${randomBytes(6).toString('hex')}.tmp`;
  const file = await open(temp, 'wx', 0o600);
  try {
    await file.writeFile(content);
    await file.sync();
  } finally {
    await file.close();
  }
  try {
    await link(temp, path);
    await syncFolder(dirname(path));
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  } finally {
    await rm(temp, { force: true });
  }
}

export async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
