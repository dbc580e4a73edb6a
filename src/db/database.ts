import pg from 'pg';
import { AppError } from '../errors/index.js';
import { COLUMN_OIDS, safeInteger } from './columns.js';
import type { Statement } from './statement.js';

/** Something that runs statements: the pool, or one connection inside a transaction. */
export interface Queryable {
  run<Row>(statement: Statement<Row>, values?: readonly unknown[]): Promise<Row[]>;
  /** Unnamed SQL for set-up, migrations and tests. */
  sql(text: string, values?: readonly unknown[]): Promise<Record<string, unknown>[]>;
}

export interface Db extends Queryable {
  readonly url: string;
  /** Commits when `work` returns, rolls back when it throws. `synchronous_commit` is on inside, whatever the server says. */
  transaction<T>(work: (tx: Queryable) => Promise<T>): Promise<T>;
  /** One connection of the pool for session state such as advisory locks; never inside a transaction of ours. */
  session<T>(work: (connection: Queryable) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

export const DEFAULT_MAX_CONNECTIONS = 10;

export function openDatabase(url: string, options: { readonly max?: number } = {}): Db {
  const pool = new pg.Pool({
    connectionString: url,
    max: options.max ?? DEFAULT_MAX_CONNECTIONS,
    connectionTimeoutMillis: 10_000,
    application_name: 'tenet',
    types: { getTypeParser },
  });
  // An idle connection that the server drops must not end the process; the next query reports it.
  pool.on('error', () => undefined);
  const session = async <T>(work: (connection: Queryable) => Promise<T>): Promise<T> => {
    const client = await connect(pool, url);
    let failed: Error | undefined;
    try {
      return await work(queryable(client));
    } catch (error) {
      failed = connectionLost(error) ? (error as Error) : undefined;
      throw error;
    } finally {
      client.release(failed);
    }
  };
  return {
    ...queryable(pool),
    url,
    session,
    transaction: (work) => session((connection) => inTransaction(connection, work)),
    close: () => pool.end(),
  };
}

/** For a connection from `session`. The other stores use `transaction`. */
export async function inTransaction<T>(connection: Queryable, work: (tx: Queryable) => Promise<T>): Promise<T> {
  await connection.sql('begin; set local synchronous_commit = on');
  try {
    const result = await work(connection);
    await connection.sql('commit');
    return result;
  } catch (error) {
    await connection.sql('rollback').catch(() => undefined);
    throw error;
  }
}

function queryable(target: pg.Pool | pg.PoolClient): Queryable {
  return {
    async run<Row>(statement: Statement<Row>, values: readonly unknown[] = []): Promise<Row[]> {
      const { name, text } = statement;
      return guarded(async () => (await target.query({ name, text, values: [...values] })).rows as Row[]);
    },
    async sql(text, values) {
      const result = await guarded(() => target.query(text, values ? [...values] : undefined));
      return result.rows as Record<string, unknown>[];
    },
  };
}

async function connect(pool: pg.Pool, url: string): Promise<pg.PoolClient> {
  return guarded(() => pool.connect(), url);
}

async function guarded<T>(work: () => Promise<T>, url?: string): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!connectionLost(error)) throw error;
    throw new AppError(
      'db.unavailable',
      `Postgres did not answer: ${(error as Error).message}`,
      { ...(url ? { got: withoutPassword(url) } : {}), fix: 'run `tenet doctor`; it names the server and its log' },
      { cause: error },
    );
  }
}

/** SQLSTATE classes 08 and 57P, node's socket errors, and what the pool says of a connection that went away. */
function connectionLost(error: unknown): boolean {
  if (error instanceof AppError) return error.code === 'db.unavailable';
  if (!(error instanceof Error)) return false;
  const code = (error as { code?: unknown }).code;
  if (typeof code === 'string') return /^(08|57P|53300|E[A-Z]+$)/.test(code);
  return /Connection terminated|timeout exceeded when trying to connect/.test(error.message);
}

function withoutPassword(url: string): string {
  return URL.canParse(url) ? Object.assign(new URL(url), { password: '' }).toString() : 'an unreadable URL';
}

/** Results come as text: the driver decodes every value as UTF-8, so binary results of its `binary` option are damaged. */
function getTypeParser(oid: number, format?: 'text' | 'binary'): (value: string) => unknown {
  if (oid === COLUMN_OIDS.int8) return safeInteger;
  return pg.types.getTypeParser(oid, format ?? 'text') as (value: string) => unknown;
}
