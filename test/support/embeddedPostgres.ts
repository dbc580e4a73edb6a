import { spawn } from 'node:child_process';
import { chmodSync, chownSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { preparePostgresBinaries } from '../../src/services/postgresBinaries.js';
import { ensurePostgresUser } from '../../src/services/unprivilegedUser.js';

export interface TestServer {
  readonly url: string;
  stop(): Promise<void>;
}

/** Ends the server when our end of its input closes: also after a kill -9 of the test run. */
const WATCHED = '"$0" "$@" < /dev/null & server=$!; cat > /dev/null; kill -QUIT "$server"; wait "$server"';

/** One server for a test run, on a free port, with fsync on as in production; its data is deleted afterwards. */
export async function startEmbeddedPostgres(): Promise<TestServer> {
  const user = await ensurePostgresUser((note) => process.stderr.write(`${note}\n`));
  const dir = mkdtempSync(join(tmpdir(), 'tenet-test-pg-'));
  chmodSync(dir, 0o700);
  if (user) chownSync(dir, user.uid, user.gid);
  const as = { cwd: dir, env: { LC_ALL: 'C', PATH: process.env['PATH'] ?? '' }, ...user };
  const { postgres, initdb } = await preparePostgresBinaries(user);
  const port = await freePort();
  await run(
    initdb,
    ['-D', join(dir, 'data'), '-U', 'tenet', '-A', 'trust', '-E', 'UTF8', '--no-locale', '--no-sync'],
    as,
  );
  const settings = {
    listen_addresses: '127.0.0.1',
    port: `${port}`,
    unix_socket_directories: '',
    max_connections: '200',
  };
  const args = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const server = spawn('/bin/sh', ['-c', WATCHED, postgres, '-D', join(dir, 'data'), ...args], {
    ...as,
    stdio: ['pipe', 'ignore', 'pipe'],
  });
  let log = '';
  server.stderr.on('data', (chunk: Buffer) => (log = (log + chunk.toString()).slice(-4_000)));
  const ended = new Promise<void>((resolve) => server.once('exit', () => resolve()));
  const url = `postgres://tenet@127.0.0.1:${port}/postgres`;
  await ready(url, () => log);
  return {
    url,
    async stop() {
      server.stdin.end();
      await ended;
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

function run(program: string, args: readonly string[], options: object): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { ...options, stdio: ['ignore', 'ignore', 'pipe'] });
    let said = '';
    child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
    child.once('error', reject);
    child.once('exit', (code) =>
      code === 0 ? resolve() : reject(new Error(`${program} ended with ${code}: ${said}`)),
    );
  });
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

async function ready(url: string, log: () => string): Promise<void> {
  for (let attempt = 0; attempt < 300; attempt += 1) {
    const client = new pg.Client({ connectionString: url });
    try {
      await client.connect();
      return;
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 50));
    } finally {
      await client.end().catch(() => undefined);
    }
  }
  throw new Error(`Postgres did not answer within 15 s:\n${log()}`);
}
