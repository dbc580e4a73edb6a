import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from 'pg';

export interface DatabaseInfo {
  /** `server_version`, such as `18.4`. */
  readonly version: string;
  readonly dataDirectory: string | undefined;
}

const CONNECT_TIMEOUT_MS = 5_000;
const POLL_MS = 30;
/** Refused, or accepting and still in recovery (57P03): worth another try. */
const TRANSIENT = new Set(['ECONNREFUSED', 'ECONNRESET', '57P03', 'EPIPE']);
const NO_SUCH_DATABASE = '3D000';

export function codeOf(error: unknown): string {
  const { code } = (error ?? {}) as { code?: unknown };
  return typeof code === 'string' ? code : '';
}

async function withClient<T>(url: string, run: (client: Client) => Promise<T>): Promise<T> {
  const { default: pg } = await import('pg');
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: CONNECT_TIMEOUT_MS });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return await run(client);
  } finally {
    await client.end();
  }
}

export function probeDatabase(url: string): Promise<DatabaseInfo> {
  return withClient(url, async (client) => {
    const { rows } = await client.query<{ version: string; dir: string | null }>(
      `select current_setting('server_version') as version,
              case when pg_has_role(current_user, 'pg_read_all_settings', 'member')
                   then current_setting('data_directory') end as dir`,
    );
    return { version: rows[0]?.version ?? 'unknown', dataDirectory: rows[0]?.dir ?? undefined };
  });
}

/** Until the server answers, it ends (`stillRunning`), or time is over; then the last refusal is thrown. */
export async function waitForDatabase(
  url: string,
  options: { timeoutMs: number; stillRunning: () => boolean; signal?: AbortSignal | undefined },
): Promise<DatabaseInfo> {
  const deadline = Date.now() + options.timeoutMs;
  for (;;) {
    options.signal?.throwIfAborted();
    try {
      return await probeDatabase(url);
    } catch (error) {
      if (!TRANSIENT.has(codeOf(error)) || !options.stillRunning() || Date.now() >= deadline) throw error;
    }
    await sleep(POLL_MS);
  }
}

/** `adminUrl` names a database that always exists. A race with another creator is no error. */
export async function ensureDatabase(url: string, adminUrl: string, name: string): Promise<void> {
  try {
    await probeDatabase(url);
    return;
  } catch (error) {
    if (codeOf(error) !== NO_SUCH_DATABASE) throw error;
  }
  await withClient(adminUrl, async (client) => {
    try {
      await client.query(`create database ${client.escapeIdentifier(name)}`);
    } catch (error) {
      if (!['42P04', '23505'].includes(codeOf(error))) throw error;
    }
  });
}
