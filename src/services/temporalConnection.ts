import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ConnectionOptions } from '@temporalio/client';
import type { TenetConfig } from '../config/index.js';
import { AppError } from '../errors/index.js';

type TemporalConfig = TenetConfig['temporal'];

/** Fits both `Connection.connect` of the client and `NativeConnection.connect` of the worker. */
export interface TemporalConnectionOptions {
  readonly address: string;
  readonly tls?: Exclude<ConnectionOptions['tls'], undefined | null>;
  readonly apiKey?: string;
}

/** How to reach the server at `address`. TLS and key belong to a configured address only, never to the own server. */
export function temporalConnectionOptions(config: TemporalConfig, address: string): TemporalConnectionOptions {
  if (config.address !== address) return { address };
  const { apiKey, tlsCert, tlsKey, tlsCa } = config;
  const pem = (key: 'tlsCert' | 'tlsKey' | 'tlsCa', path: string): Buffer => {
    try {
      return readFileSync(path);
    } catch (error) {
      throw new AppError(
        'config.invalid',
        `temporal.${key} cannot be read: ${path}`,
        { field: `temporal.${key}`, got: path, fix: 'point it at a PEM file that this user can read' },
        { cause: error },
      );
    }
  };
  const clientCertPair =
    tlsCert === undefined || tlsKey === undefined
      ? undefined
      : { crt: pem('tlsCert', tlsCert), key: pem('tlsKey', tlsKey) };
  const ca = tlsCa === undefined ? undefined : pem('tlsCa', tlsCa);
  const tls = {
    ...(clientCertPair === undefined ? {} : { clientCertPair }),
    ...(ca === undefined ? {} : { serverRootCACertificate: ca }),
  };
  const secured = clientCertPair !== undefined || ca !== undefined;
  return {
    address,
    ...(secured ? { tls } : apiKey === undefined ? {} : { tls: true }),
    ...(apiKey === undefined ? {} : { apiKey }),
  };
}

const POLL_MS = 40;
/** For a server elsewhere; one on this machine is given less, so that its end is noticed soon. */
const CALL_TIMEOUT_MS = 5_000;

/** A server that answers and has the namespace; throws what the last try said. */
export async function waitForTemporal(
  connection: TemporalConnectionOptions,
  namespace: string,
  options: {
    timeoutMs: number;
    callTimeoutMs?: number;
    stillRunning: () => boolean;
    signal?: AbortSignal | undefined;
  },
): Promise<{ serverVersion: string }> {
  const deadline = Date.now() + options.timeoutMs;
  for (;;) {
    options.signal?.throwIfAborted();
    try {
      return await ask(connection, namespace, options.callTimeoutMs ?? CALL_TIMEOUT_MS);
    } catch (error) {
      if (!options.stillRunning() || Date.now() >= deadline) throw error;
    }
    await sleep(POLL_MS);
  }
}

async function ask(
  connection: TemporalConnectionOptions,
  namespace: string,
  timeoutMs: number,
): Promise<{ serverVersion: string }> {
  const { Connection } = await import('@temporalio/client');
  const client = await Connection.connect({ ...connection, connectTimeout: timeoutMs });
  try {
    return await client.withDeadline(Date.now() + timeoutMs, async () => {
      const { serverVersion } = await client.workflowService.getSystemInfo({});
      await client.workflowService.describeNamespace({ namespace });
      return { serverVersion: serverVersion ?? 'unknown' };
    });
  } finally {
    await client.close();
  }
}
