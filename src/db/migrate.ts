import { AppError } from '../errors/index.js';
import type { Db, Queryable } from './database.js';
import { readMigrations, type MigrationFile } from './migrationFiles.js';

export interface MigrationStatus {
  readonly applied: readonly string[];
  readonly pending: readonly string[];
  /** In the database and not among our files; all are additive, or {@link migrate} would refuse. */
  readonly newer: readonly string[];
}

export interface MigrateOptions {
  readonly files?: readonly MigrationFile[];
  /** How long to wait for another starter. @default 60_000 */
  readonly lockTimeoutMs?: number;
}

/** "tenet" as bytes: the advisory lock of this program's migrations. */
const LOCK = 0x74656e65;

interface AppliedRow {
  readonly id: number;
  readonly name: string;
  readonly sha256: Buffer;
  readonly breaking: boolean;
}

/**
 * Brings the database to the newest migration. Any number of starters may call it at once: one works, the others wait for
 * its lock. One transaction per file, its row first: a crash leaves whole migrations only.
 */
export async function migrate(db: Db, options: MigrateOptions = {}): Promise<MigrationStatus> {
  const files = options.files ?? readMigrations();
  return db.session(async (connection) => {
    await lock(connection, options.lockTimeoutMs ?? 60_000);
    try {
      await connection.sql(
        `create table if not exists tenet_migrations (
           id int primary key, name text not null, sha256 bytea not null, breaking boolean not null,
           applied_at timestamptz not null default now())`,
      );
      const before = compare(files, await readApplied(connection));
      for (const file of files.slice(before.applied.length)) await apply(connection, file);
      return { ...before, applied: files.map(({ name }) => name), pending: [] };
    } finally {
      await connection.sql('select pg_advisory_unlock($1)', [LOCK]);
    }
  });
}

/** Reads only. Throws `db.newer` and `db.migration_edited` as {@link migrate} does. */
export async function migrationStatus(db: Db, files = readMigrations()): Promise<MigrationStatus> {
  const [table] = await db.sql(`select to_regclass('tenet_migrations') is not null as there`);
  return compare(files, table?.['there'] === true ? await readApplied(db) : []);
}

async function lock(connection: Queryable, timeoutMs: number): Promise<void> {
  try {
    await connection.sql(`set lock_timeout = ${Math.max(1, Math.round(timeoutMs))}`);
    await connection.sql('select pg_advisory_lock($1)', [LOCK]);
  } catch (cause) {
    if ((cause as { code?: unknown }).code !== '55P03') throw cause;
    throw new AppError(
      'db.unavailable',
      `another process has been migrating this database for over ${timeoutMs} ms`,
      { fix: "wait for it, or find it: select * from pg_locks where locktype = 'advisory'" },
      { cause },
    );
  } finally {
    await connection.sql('reset lock_timeout');
  }
}

async function readApplied(connection: Queryable): Promise<AppliedRow[]> {
  const rows = await connection.sql('select id, name, sha256, breaking from tenet_migrations order by id');
  return rows as unknown as AppliedRow[];
}

function compare(files: readonly MigrationFile[], applied: readonly AppliedRow[]): MigrationStatus {
  const known = applied.slice(0, files.length);
  known.forEach((row, at) => {
    const file = files[at];
    if (file && row.id === file.id && file.sha256.equals(row.sha256)) return;
    throw new AppError(
      'db.migration_edited',
      `migration ${row.name} was applied with other text than ${file?.name} has`,
      {
        field: row.name,
        expected: row.sha256.toString('hex'),
        got: file?.sha256.toString('hex') ?? 'no file',
        fix: 'restore the file as it was released; put changes into a new migration',
      },
    );
  });
  const newer = applied.slice(files.length);
  if (newer.some(({ breaking }) => breaking)) {
    throw new AppError(
      'db.newer',
      `the database has migration ${newer.at(-1)?.name}, which this version does not know`,
      {
        expected: `at most ${files.at(-1)?.name ?? 'none'}`,
        got: newer.map(({ name }) => name).join(', '),
        fix: 'install the version of tenet that migrated it, or a later one',
      },
    );
  }
  const names = (rows: readonly { name: string }[]): string[] => rows.map(({ name }) => name);
  return { applied: names(known), pending: names(files.slice(known.length)), newer: names(newer) };
}

async function apply(connection: Queryable, file: MigrationFile): Promise<void> {
  await connection.sql('begin');
  try {
    // First, so that a second migrator without the lock fails here and not half way.
    await connection.sql('insert into tenet_migrations (id, name, sha256, breaking) values ($1, $2, $3, $4)', [
      file.id,
      file.name,
      file.sha256,
      file.breaking,
    ]);
    await connection.sql(file.text);
    await connection.sql('commit');
  } catch (error) {
    await connection.sql('rollback');
    throw new Error(`migration ${file.name} failed: ${(error as Error).message}`, { cause: error });
  }
}
