import { createHash } from 'node:crypto';
import { lstatSync, mkdirSync, mkdtempSync, chmodSync, realpathSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { AppError } from '../errors/index.js';

/**
 * Where root puts what the database user must reach while the state folder or this package lies under a closed home.
 * `/var/lib` first: `/var/tmp` is cleaned by age on many systems, and this holds a ledger.
 */
const BASES = ['/var/lib', '/var/tmp'];

/** A root-owned folder that others may pass through. Refuses one that somebody else laid in our way. */
export function reachableBase(): string {
  let cause: unknown;
  for (const base of BASES) {
    const dir = join(base, 'tenet');
    try {
      mkdirSync(dir, { mode: 0o711 });
    } catch (error) {
      cause = error;
    }
    const stat = lstatSync(dir, { throwIfNoEntry: false });
    if (stat?.isDirectory() === true && stat.uid === process.getuid?.() && (stat.mode & 0o022) === 0) return dir;
  }
  throw new AppError(
    'db.unavailable',
    `no folder that the database user can reach: none of ${BASES.join(', ')} takes a folder of ours`,
    { fix: 'move the checkout out of the closed home folder, or set DATABASE_URL' },
    { cause },
  );
}

/**
 * A new folder for the data of one state folder. Never an old one of the same name: whoever deletes `.tenet` wants to
 * start empty; the link in `.tenet` alone decides which data is in use.
 */
export function newDataHome(stateDir: string): string {
  const real = realpathSync(stateDir);
  const hash = createHash('sha256').update(real).digest('hex').slice(0, 12);
  const home = mkdtempSync(join(reachableBase(), `${hash}-`));
  chmodSync(home, 0o711);
  writeFileSync(join(home, 'belongs-to'), `${real}\n`);
  return home;
}
