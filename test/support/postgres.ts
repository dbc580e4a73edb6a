import { randomBytes } from 'node:crypto';
import { inject } from 'vitest';
import { openDatabase, type Db } from '../../src/db/index.js';
import { databaseUrl, type TestPostgres } from './globalSetup.js';

export interface TestDatabase {
  readonly url: string;
  /** Opened on first use, closed by `drop`. */
  readonly db: Db;
  /** Takes the database away, whoever is still connected. */
  drop(): Promise<void>;
  /** Another database with the same contents: a back-up. Closes `db` first, since Postgres clones only what nobody uses. */
  clone(): Promise<TestDatabase>;
}

/**
 * A fresh migrated database of its own, on DATABASE_URL's server or on the embedded one of this test run. `empty` leaves
 * the migrations out.
 */
export async function testDatabase(options: { readonly empty?: boolean } = {}): Promise<TestDatabase> {
  const { adminUrl, template } = await askBroker();
  return create(adminUrl, options.empty ? 'template0' : template);
}

async function askBroker(): Promise<TestPostgres> {
  const response = await fetch(inject('postgresBroker'));
  if (!response.ok) throw new Error(`no Postgres for the tests: ${await response.text()}`);
  return (await response.json()) as TestPostgres;
}

async function create(adminUrl: string, template: string): Promise<TestDatabase> {
  const name = `tenet_test_${randomBytes(6).toString('hex')}`;
  await asAdmin(adminUrl, `create database ${name} template ${template}`);
  const url = databaseUrl(adminUrl, name);
  let db: Db | undefined;
  const close = async (): Promise<void> => {
    await db?.close();
    db = undefined;
  };
  return {
    url,
    get db() {
      db ??= openDatabase(url);
      return db;
    },
    async drop() {
      await close();
      await asAdmin(adminUrl, `drop database if exists ${name} with (force)`);
    },
    async clone() {
      await close();
      return create(adminUrl, name);
    },
  };
}

async function asAdmin(adminUrl: string, sql: string): Promise<void> {
  const admin = openDatabase(adminUrl, { max: 1 });
  await admin.sql(sql).finally(() => admin.close());
}
