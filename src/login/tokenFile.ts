import { mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { randomUUID } from 'node:crypto';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { AppError } from '../errors/index.js';
import type { StoredLogin } from './types.js';

const stored = z.strictObject({
  v: z.literal(1),
  issuer: z.string(),
  clientId: z.string(),
  idToken: z.string(),
  refreshToken: z.string().nullable(),
});

/** One login for each state folder: whoever may read it is that person until the issuer ends it. */
export const tokenFile = (stateDir: string): string => join(stateDir, 'login', 'person.json');

/** null when nobody has logged in. Refuses a file that others may read. */
export async function readLogin(stateDir: string): Promise<StoredLogin | null> {
  const path = tokenFile(stateDir);
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
  const { mode } = await stat(path);
  if ((mode & 0o077) !== 0) {
    throw new AppError('auth.token', `the login in ${path} is open to other users`, {
      field: path,
      expected: 'mode 600',
      got: `mode ${(mode & 0o777).toString(8)}`,
      fix: 'log out and in again, since others may have read it: tenet logout, then tenet login',
    });
  }
  const parsed = stored.safeParse(parseJson(text));
  if (parsed.success) return parsed.data;
  throw new AppError('auth.token', `the login in ${path} is damaged`, {
    field: path,
    fix: 'log in again: tenet login',
  });
}

/** Written whole or not at all; mode 0600 before it holds a byte. */
export async function writeLogin(stateDir: string, login: StoredLogin): Promise<void> {
  const path = tokenFile(stateDir);
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const temp = `${path}.${process.pid}.${randomUUID().slice(0, 8)}.tmp`;
  try {
    await writeFile(temp, `${JSON.stringify(login)}\n`, { mode: 0o600, flag: 'wx', flush: true });
    await rename(temp, path);
  } finally {
    await rm(temp, { force: true });
  }
}

export async function removeLogin(stateDir: string): Promise<void> {
  await rm(tokenFile(stateDir), { force: true });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return null;
  }
}
