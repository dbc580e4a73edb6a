import type { TenetConfig } from '../config/index.js';
import { createStores } from '../db/index.js';
import { openPlatform } from '../platform/index.js';
import { startServices, type StartOptions } from '../services/index.js';
import { closeAll } from './closing.js';
import type { ScheduleDeps } from './driftSchedules.js';

/** Postgres and Temporal without workers: enough to make and to see schedules. Everything that was opened is closed. */
export async function withTimers<T>(
  config: TenetConfig,
  options: Pick<StartOptions, 'signal' | 'onProgress'>,
  work: (deps: ScheduleDeps) => Promise<T>,
): Promise<T> {
  const needs = { postgres: true, temporal: true, embedder: false };
  const services = await startServices(config, { ...options, needs });
  const closing: (() => Promise<void>)[] = [() => services.stop()];
  try {
    const { stateDir, tenant } = config;
    const platform = await openPlatform({ database: services.databaseUrl, stateDir, tenant });
    closing.push(() => platform.close());
    const { Client, Connection } = await import('@temporalio/client');
    const connection = await Connection.connect(services.temporal.connection);
    closing.push(() => connection.close());
    const temporal = new Client({ connection, namespace: services.temporal.namespace });
    return await work({ platform, stores: createStores(platform), temporal });
  } finally {
    await closeAll(closing);
  }
}
