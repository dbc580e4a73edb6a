import { afterAll, beforeAll, expect, test } from 'vitest';
import { migrate, migrationStatus, openDatabase } from '../../src/db/index.js';
import { migrationsDir, readMigrations, type MigrationFile } from '../../src/db/migrationFiles.js';
import { testDatabase, type TestDatabase } from '../support/postgres.js';

const files = readMigrations();
const made: TestDatabase[] = [];
const fresh = async (): Promise<TestDatabase> => {
  const database = await testDatabase({ empty: true });
  made.push(database);
  return database;
};
const next = (text: string, breaking = true): MigrationFile => ({
  id: files.length + 1,
  name: `${String(files.length + 1).padStart(6, '0')}_later.sql`,
  text,
  sha256: Buffer.from(text.padEnd(32).slice(0, 32)),
  breaking,
});

let shared: TestDatabase;
beforeAll(async () => {
  shared = await fresh();
  await migrate(shared.db);
});
afterAll(() => Promise.all(made.map((database) => database.drop())));

test('an empty database is brought to the newest migration', async () => {
  const names = files.map(({ name }) => name);
  expect(await migrationStatus(shared.db)).toEqual({ applied: names, pending: [], newer: [] });
  const tables = await shared.db.sql(
    `select count(*) as n from information_schema.tables where table_schema = 'public'`,
  );
  expect(tables[0]?.['n']).toBeGreaterThan(10);
});

test('twenty starters at once install every migration once', async () => {
  const { url } = await fresh();
  const starters = Array.from({ length: 20 }, () => openDatabase(url, { max: 1 }));
  try {
    const all = await Promise.all(starters.map((db) => migrate(db)));
    for (const status of all) expect(status.pending).toEqual([]);
    const [db] = starters;
    const rows = await db?.sql('select id from tenet_migrations order by id');
    expect(rows?.map((row) => row['id'])).toEqual(files.map(({ id }) => id));
  } finally {
    await Promise.all(starters.map((db) => db.close()));
  }
});

test('a migration edited after it was applied is refused', async () => {
  const [first, ...rest] = files;
  if (!first) throw new Error('no migrations');
  const edited = [{ ...first, sha256: Buffer.alloc(32, 7) }, ...rest];
  await expect(migrate(shared.db, { files: edited })).rejects.toMatchObject({ code: 'db.migration_edited' });
  await expect(migrationStatus(shared.db, edited)).rejects.toMatchObject({ code: 'db.migration_edited' });
});

test('a database with a newer breaking migration is refused, one with a newer additive migration is not', async () => {
  const additive = await fresh();
  await migrate(additive.db, { files: [...files, next('--! additive\ncreate table later ();', false)] });
  expect((await migrate(additive.db)).newer).toEqual([`${String(files.length + 1).padStart(6, '0')}_later.sql`]);
  const breaking = await fresh();
  await migrate(breaking.db, { files: [...files, next('create table later ();')] });
  await expect(migrate(breaking.db)).rejects.toMatchObject({ code: 'db.newer' });
});

test('a migration that fails leaves nothing of itself and everything before it', async () => {
  const { db } = await fresh();
  const broken = next('create table half_done (); select nonsense;');
  await expect(migrate(db, { files: [...files, broken] })).rejects.toThrow(/later\.sql failed/);
  const [row] = await db.sql(`select to_regclass('half_done') as half, (select count(*) from tenet_migrations) as n`);
  expect(row).toEqual({ half: null, n: files.length });
  expect((await migrate(db)).pending).toEqual([]);
});

test('a starter that waits too long for the lock says so', async () => {
  const { url } = await fresh();
  const [holder, waiter] = [openDatabase(url, { max: 1 }), openDatabase(url, { max: 1 })];
  try {
    await holder.session(async (connection) => {
      await connection.sql(`select pg_advisory_lock(${0x74656e65})`);
      await expect(migrate(waiter, { lockTimeoutMs: 50 })).rejects.toMatchObject({ code: 'db.unavailable' });
      await connection.sql(`select pg_advisory_unlock(${0x74656e65})`);
    });
    expect((await migrate(waiter, { lockTimeoutMs: 5_000 })).pending).toEqual([]);
  } finally {
    await Promise.all([holder.close(), waiter.close()]);
  }
});

test('migrations are found from source and from compiled files alike', () => {
  const root = migrationsDir();
  expect(migrationsDir(`${root}/../../../dist/src/db`)).toBe(root);
});

test('a database that does not answer is an error that names it without its password', async () => {
  const db = openDatabase('postgres://tenet:secret@127.0.0.1:1/none');
  const error = await migrate(db).catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ code: 'db.unavailable' });
  expect(JSON.stringify(error)).not.toContain('secret');
  await db.close();
});
