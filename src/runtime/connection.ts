import type { Client } from '@temporalio/client';
import { PLATFORM_QUEUE } from '../../workflows/ids.js';
import type { TenetConfig } from '../config/index.js';
import { createStores, openDatabase, type Stores } from '../db/index.js';
import { AppError } from '../errors/index.js';
import { openPlatform, type Platform } from '../platform/index.js';
import { startServices, type Services, type StartOptions } from '../services/index.js';
import { closeAll } from './closing.js';

/** A command's view of a platform that others run: it brings no process of its own, so its end stops no work. */
export interface Connection {
  readonly services: Services;
  readonly platform: Platform;
  readonly stores: Stores;
  readonly temporal: Client;
  stop(): Promise<void>;
}

export async function openConnection(config: TenetConfig, options: StartOptions = {}): Promise<Connection> {
  const services = await startServices(config, options);
  const closing: (() => Promise<void>)[] = [() => services.stop()];
  try {
    const db = openDatabase(services.databaseUrl);
    closing.push(() => db.close());
    const platform = await openPlatform({
      database: db,
      stateDir: services.folder.dir,
      tenant: config.tenant,
    });
    closing.push(() => platform.close());
    const { Client, Connection: TemporalConnection } = await import('@temporalio/client');
    const connection = await TemporalConnection.connect(services.temporal.connection);
    closing.push(() => connection.close());
    const temporal = new Client({ connection, namespace: services.temporal.namespace });
    const stores = createStores(platform);
    return { services, platform, stores, temporal, stop: () => closeAll(closing) };
  } catch (error) {
    await closeAll(closing).catch(() => undefined);
    throw error;
  }
}

/** temporal.api.enums.v1.TaskQueueType */
const WORKFLOW_QUEUE = 1;
/** A poll lasts a minute at most: who has not asked for longer than that is gone. */
const POLLED_WITHIN_MS = 75_000;

/** Refused where nobody works on gates: one that is left behind there would stay pending. */
export async function assertWorked(temporal: Client): Promise<void> {
  const { pollers } = await temporal.workflowService.describeTaskQueue({
    namespace: temporal.options.namespace,
    taskQueue: { name: PLATFORM_QUEUE },
    taskQueueType: WORKFLOW_QUEUE,
  });
  const since = Date.now() - POLLED_WITHIN_MS;
  const polled = (pollers ?? []).some(({ lastAccessTime }) => Number(lastAccessTime?.seconds ?? 0) * 1000 >= since);
  if (polled) return;
  throw new AppError('platform.not_running', 'no platform worker is there to work on a gate', {
    fix: 'start one and leave it running, tenet dev --serve FILE…, or run the gate without --detach',
  });
}
