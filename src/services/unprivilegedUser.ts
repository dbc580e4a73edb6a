import { AppError } from '../errors/index.js';
import { runCommand } from './runCommand.js';
import { isRoot } from './stateFolder.js';

/** Postgres refuses to run as root, so root lends it this system user. */
export const POSTGRES_OS_USER = 'postgres';

export interface OsUser {
  readonly uid: number;
  readonly gid: number;
}

/** undefined when we are not root (Postgres then runs as ourselves) or when there is no such user. */
export async function findPostgresUser(): Promise<OsUser | undefined> {
  if (!isRoot()) return undefined;
  const [uid, gid] = await Promise.all(['-u', '-g'].map(idOf));
  return uid === undefined || gid === undefined ? undefined : { uid, gid };
}

async function idOf(flag: string): Promise<number | undefined> {
  const { code, stdout } = await runCommand('id', [flag, POSTGRES_OS_USER], { timeoutMs: 5_000 });
  const id = Number(stdout.trim());
  return code === 0 && Number.isSafeInteger(id) && id > 0 ? id : undefined;
}

/** As root, finds or creates the user; `note` is told when the system was changed. */
export async function ensurePostgresUser(note: (message: string) => void): Promise<OsUser | undefined> {
  if (!isRoot()) return undefined;
  const existing = await findPostgresUser();
  if (existing !== undefined) return existing;
  const tries: readonly (readonly string[])[] = [
    ['useradd', '--system', '--user-group', '--no-create-home', '--shell', '/usr/sbin/nologin', POSTGRES_OS_USER],
    ['adduser', '-S', '-D', '-H', POSTGRES_OS_USER],
  ];
  for (const [program = '', ...args] of tries) {
    const { code } = await runCommand(program, args, { timeoutMs: 10_000 });
    if (code !== 0) continue;
    const made = await findPostgresUser();
    if (made === undefined) continue;
    note(`created the system user ${POSTGRES_OS_USER} (Postgres does not run as root)`);
    return made;
  }
  throw new AppError('db.unavailable', 'Postgres does not run as root, and no user could be created for it', {
    expected: `a system user named ${POSTGRES_OS_USER}`,
    fix: `create it (useradd --system ${POSTGRES_OS_USER}), run as another user, or set DATABASE_URL`,
  });
}

export async function canPass(user: OsUser, path: string): Promise<boolean> {
  const { code } = await runCommand('/bin/sh', ['-c', 'test -x "$0"', path], { timeoutMs: 5_000, cwd: '/', ...user });
  return code === 0;
}
