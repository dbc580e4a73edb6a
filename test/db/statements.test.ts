import { readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import pg from 'pg';
import { COLUMN_OIDS, type ColumnType } from '../../src/db/columns.js';
import type { Statement } from '../../src/db/statement.js';
import { testDatabase, type TestDatabase } from '../support/postgres.js';

const root = resolve(import.meta.dirname, '../../src/db');
const files = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'));

const isStatement = (value: unknown): value is Statement<unknown> =>
  typeof value === 'object' && value !== null && 'text' in value && 'columns' in value && 'name' in value;

async function collect(): Promise<[string, Statement<unknown>][]> {
  const found: [string, Statement<unknown>][] = [];
  for (const file of files) {
    const exported = (await import(join(root, file))) as Record<string, unknown>;
    for (const value of Object.values(exported)) if (isStatement(value)) found.push([value.name, value]);
  }
  return found;
}

const statements = await collect();

let database: TestDatabase;
let client: pg.Client;
beforeAll(async () => {
  database = await testDatabase();
  client = new pg.Client({ connectionString: database.url });
  await client.connect();
});
afterAll(async () => {
  await client.end();
  await database.drop();
});

/** Column names and type ids as Postgres describes a prepared statement, without running it. */
async function describeColumns({ name, text }: Statement<unknown>): Promise<{ name: string; oid: number }[]> {
  await client.query(`prepare ${name} as ${text}`);
  const result = await client.query<{ types: string[] | null }>(
    `select result_types::oid[]::text[] as types from pg_prepared_statements where name = $1`,
    [name],
  );
  const oids = (result.rows[0]?.types ?? []).map(Number);
  if (oids.length === 0) return [];
  const view = `describe_${name}`;
  const nulls = text.replace(/\$(\d+)(::[a-z0-9]+(\[\])?)?/g, (_, n: string, cast?: string) => `null${cast ?? ''}`);
  const select = /^\s*(select|with)/i.test(text) && !/insert|update |delete/i.test(text);
  const names = select
    ? (await client.query(`select * from (${nulls}) as ${view} limit 0`)).fields.map((field) => field.name)
    : (/returning (.+)$/s.exec(text)?.[1] ?? '').split(',').map(
        (column) =>
          column
            .trim()
            .split(/\.|\s+as\s+/)
            .at(-1) ?? '',
      );
  return oids.map((oid, i) => ({ name: names[i] ?? '', oid }));
}

test('statements are found', () => {
  expect(statements.length).toBeGreaterThan(30);
});

describe('prepares, and gives the columns its row type has', () => {
  test.each(statements)('%s', async (_, statement) => {
    const wanted = Object.entries(statement.columns).map(([name, type]) => ({
      name,
      oid: COLUMN_OIDS[type.replace('?', '') as ColumnType],
    }));
    expect(await describeColumns(statement)).toEqual(wanted);
  });
});
