import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { DefaultLogger, NativeConnection, Runtime } from '@temporalio/worker';
import { loadConfig } from '../../src/config/index.js';
import { freePort, openStateFolder } from '../../src/services/index.js';
import { obtainTemporal } from '../../src/services/temporalBinary.js';
import { waitForTemporal } from '../../src/services/temporalConnection.js';
import { toolsDir } from './toolsDir.js';

export interface TestTemporal {
  readonly address: string;
  readonly client: Client;
  /** For workers. */
  readonly connection: NativeConnection;
  stop(): Promise<void>;
}

/** Ends the server when our end of its input closes: also after a kill -9 of the test run. */
const WATCHED = '"$0" "$@" < /dev/null & server=$!; cat > /dev/null; kill "$server"; wait "$server"';

/** A real dev server in memory; `dynamic` are settings of the server itself. */
export async function startTemporal(dynamic: Readonly<Record<string, string | number>> = {}): Promise<TestTemporal> {
  const dir = mkdtempSync(join(tmpdir(), 'tenet-test-temporal-'));
  const { value: config } = loadConfig({ flags: { stateDir: join(dir, 'state'), toolsDir }, env: {} });
  const { path } = await obtainTemporal(openStateFolder(config), { note: (text) => process.stderr.write(`${text}\n`) });
  const port = await freePort();
  const settings = Object.entries(dynamic).flatMap(([key, value]) => ['--dynamic-config-value', `${key}=${value}`]);
  const flags = ['--ip', '127.0.0.1', '--port', `${port}`, '--headless', '--log-level', 'error', ...settings];
  const server = spawn('/bin/sh', ['-c', WATCHED, path, 'server', 'start-dev', ...flags], {
    env: { PATH: process.env['PATH'], HOME: dir },
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  const ended = new Promise<void>((resolve) => server.once('exit', () => resolve()));
  const address = `127.0.0.1:${port}`;
  await waitForTemporal({ address }, 'default', { timeoutMs: 60_000, stillRunning: () => server.exitCode === null });
  // Activities are made to fail on purpose here.
  Runtime.install({ logger: new DefaultLogger('ERROR') });
  const [forClient, connection] = await Promise.all([
    Connection.connect({ address }),
    NativeConnection.connect({ address }),
  ]);
  return {
    address,
    client: new Client({ connection: forClient }),
    connection,
    async stop() {
      await Promise.all([forClient.close(), connection.close()]);
      server.stdin.end();
      await ended;
      rmSync(dir, { recursive: true, force: true });
    },
  };
}
