import type { Client } from '@temporalio/client';
import { environmentFor, type TenetConfig } from '../config/index.js';
import { createStores, migrate, openDatabase } from '../db/index.js';
import { initTenant } from '../platform/index.js';
import { assertPortFree, startServices, type Services, type SupervisedProcess } from '../services/index.js';
import { closeAll, startTogether } from './closing.js';
import { serveAgent } from './serveAgent.js';
import type { ServedAgent, Stack, StackOptions } from './types.js';
import { workerFile } from './workerFile.js';

const READY = /^ready (?<address>\S+) pid \d+/;

export async function startStack(config: TenetConfig, options: StackOptions = {}): Promise<Stack> {
  const { host, port } = config.api;
  await assertPortFree({ port, host, what: 'the API server', key: 'api.port' });
  const services = await startServices(config, options);
  const closing: (() => Promise<void>)[] = [() => services.stop()];
  const stop = once(() => closeAll(closing));
  try {
    const full: TenetConfig = {
      ...config,
      databaseUrl: services.databaseUrl,
      temporal: { ...config.temporal, address: services.temporal.address, namespace: services.temporal.namespace },
    };
    const db = openDatabase(services.databaseUrl);
    closing.push(() => db.close());
    await migrate(db);
    const platform = await initTenant({
      db,
      stateDir: services.folder.dir,
      tenant: config.tenant,
      host: config.log.host,
    });
    closing.push(() => platform.close());
    const stores = createStores(platform);
    const env = { ...processEnv(full, services), ...options.env };
    const own = (name: string, file: string, signal: AbortSignal): Promise<SupervisedProcess> =>
      services.spawnSupervised(name, [process.execPath, workerFile(file)], { env, readyWhen: READY, signal });
    const [api, worker, temporal] = await startTogether<[SupervisedProcess, SupervisedProcess, Client]>(
      options.signal,
      (signal) => [
        own('api', 'api', signal),
        own('platform worker', 'platform', signal),
        connectClient(services, closing),
      ],
    );
    const apiUrl = api.ready['address'] ?? '';
    const alive = (): string | null => {
      const ended = [api, worker].find((process) => !process.running());
      return ended === undefined ? null : `${ended.name} (log ${ended.logFile})`;
    };
    const stack = { config: full, services, platform, stores, temporal, apiUrl, alive };
    const served: ServedAgent[] = [];
    // Before anything else, and all at once: a worker that is stopped later would be taken for one that died.
    closing.push(async () => void (await Promise.all(served.map((agent) => agent.stop()))));
    const serve = async (entry: string): Promise<ServedAgent> => {
      const agent = await serveAgent(stack, options, entry);
      served.push(agent);
      return agent;
    };
    return { ...stack, serveAgent: serve, stop };
  } catch (error) {
    // What failed is what the caller has to hear of, not what then failed to close.
    await stop().catch(() => undefined);
    throw error;
  }
}

function once(work: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> | undefined;
  return () => (running ??= work());
}

async function connectClient(services: Services, closing: (() => Promise<void>)[]): Promise<Client> {
  const temporal = await import('@temporalio/client');
  const connection = await temporal.Connection.connect(services.temporal.connection);
  closing.push(() => connection.close());
  return new temporal.Client({ connection, namespace: services.temporal.namespace });
}

/**
 * Addresses and secrets reach our processes by environment, never by argument: arguments are visible to every user. What
 * this command was told by flag or file holds for them too.
 */
const processEnv = (config: TenetConfig, { folder, embedder }: Services): NodeJS.ProcessEnv => ({
  ...process.env,
  ...environmentFor({ ...config, stateDir: folder.dir, toolsDir: folder.tools, embedder: embedder.kind }),
});
