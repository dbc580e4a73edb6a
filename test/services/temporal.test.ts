import { chmodSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { Connection } from '@temporalio/client';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { TenetConfig } from '../../src/config/index.js';
import {
  cleanOrphans,
  doctor,
  freePort,
  openStateFolder,
  startServices,
  stateFolderOf,
  type Services,
} from '../../src/services/index.js';
import { startTimeOf } from '../../src/services/processIdentity.js';
import { lookUpTemporal } from '../../src/services/temporalBinary.js';
import { temporalConnectionOptions } from '../../src/services/temporalConnection.js';
import { configIn, failureOf, tempFolder } from './fixtures.js';

const needs = { postgres: false, temporal: true, embedder: false };
const start = (config: TenetConfig): Promise<Services> => startServices(config, { needs });

let temp: ReturnType<typeof tempFolder>;
let config: TenetConfig;
beforeEach(() => {
  temp = tempFolder();
  config = configIn(temp.path);
});
afterEach(async () => {
  vi.unstubAllEnvs();
  if (existsSync(config.stateDir)) await cleanOrphans(stateFolderOf(config));
  temp.remove();
});

/** A `temporal` on PATH, in front of everything else. */
function fakeOnPath(script: string): string {
  const folder = join(temp.path, 'bin');
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'temporal'), `#!/bin/sh\n${script}\n`);
  chmodSync(join(folder, 'temporal'), 0o755);
  vi.stubEnv('PATH', `${folder}:${process.env['PATH'] ?? ''}`);
  return join(folder, 'temporal');
}

async function customAttributes(services: Services): Promise<string[]> {
  const connection = await Connection.connect(services.temporal.connection);
  try {
    const { namespace } = services.temporal;
    const { customAttributes: found } = await connection.operatorService.listSearchAttributes({ namespace });
    return Object.keys(found ?? {});
  } finally {
    await connection.close();
  }
}

describe('the own Temporal server', () => {
  it('registers no search attribute that no workflow sets, is shared, keeps its file and says which one it is', async () => {
    const services = await start(config);
    const { temporal } = services;
    expect(temporal.source).toBe('wheel');
    expect(temporal.why).toContain('no temporal on PATH');
    expect((await customAttributes(services)).filter((name) => /tenant|agent/i.test(name))).toEqual([]);
    const other = await start(config);
    expect(other.temporal.pid).toBe(temporal.pid);
    const findings = await doctor(config);
    expect(findings.find(({ name }) => name === 'temporal')?.detail).toContain(`running on port ${temporal.port ?? 0}`);
    await services.stop();
    expect(startTimeOf(temporal.pid ?? -1)).toBeDefined();
    await other.stop();
    expect(startTimeOf(temporal.pid ?? -1)).toBeUndefined();
    expect(existsSync(join(config.stateDir, 'temporal', `${temporal.version}.sqlite`))).toBe(true);
    const again = await start(configIn(temp.path, { 'temporal.namespace': 'other' }));
    expect(again.temporal.namespace).toBe('other');
    await again.stop();
  });

  it('that is killed is noticed and replaced by the next command', async () => {
    const first = await start(config);
    process.kill(first.temporal.pid ?? -1, 'SIGKILL');
    const second = await start(config);
    expect(second.temporal.pid).not.toBe(first.temporal.pid);
    await Promise.all([first.stop(), second.stop()]);
  });

  it('that ends at start is named with its log, its last lines and what to try', async () => {
    const path = fakeOnPath(
      '[ "$1" = --version ] && echo "temporal version 1.9.0 (Server x)" && exit; echo "disk on fire" >&2; exit 7',
    );
    const error = await failureOf(start(config));
    expect(error.code).toBe('temporal.unavailable');
    expect(error.message).toContain(`Temporal (${path}) did not start: it ended (exit code 7)`);
    expect(error.message).toContain('disk on fire');
    expect(error.details).toMatchObject({ log: join(config.stateDir, 'logs/temporal.log') });
    expect(error.details.fix).toContain('TEMPORAL_ADDRESS');
  });

  it('passes over a CLI on PATH that is too old or does not run, and says so', async () => {
    const folder = openStateFolder(config);
    const path = fakeOnPath('echo "temporal version 1.0.0 (Server 1.24)"');
    expect((await lookUpTemporal(folder)).passedOver).toContain(`${path} is 1.0.0, older than 1.5`);
    fakeOnPath('exit 1');
    expect((await lookUpTemporal(folder)).passedOver).toContain(`${path} does not run`);
  });

  it('on a port that another process has names port and key', async () => {
    const port = await freePort();
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
    const error = await failureOf(start(configIn(temp.path, { 'temporal.port': port })));
    server.close();
    expect(error.code).toBe('services.port_in_use');
    expect(error.details.field).toBe('temporal.port');
  });
});

describe('a configured Temporal server', () => {
  it('is used as it is, and its namespace must exist', async () => {
    const own = await start(config);
    const other = tempFolder();
    const flags = { 'temporal.address': own.temporal.address };
    const services = await start(configIn(other.path, flags));
    expect(services.temporal).toMatchObject({ source: 'address', address: own.temporal.address });
    await services.stop();
    const error = await failureOf(start(configIn(other.path, { ...flags, 'temporal.namespace': 'nowhere' })));
    expect(error.code).toBe('temporal.unavailable');
    expect(error.message).toContain('namespace nowhere');
    await own.stop();
    other.remove();
  });

  it('that does not answer is named with what to correct', async () => {
    const address = `127.0.0.1:${await freePort()}`;
    const error = await failureOf(start(configIn(temp.path, { 'temporal.address': address })));
    expect(error.code).toBe('temporal.unavailable');
    expect(error.message).toContain(`Temporal at ${address}, namespace default, does not answer`);
    expect(error.details.field).toBe('temporal.address');
  });

  it('gets key and certificates, the own server never does', () => {
    writeFileSync(join(temp.path, 'c.pem'), 'cert');
    const file = join(temp.path, 'c.pem');
    const { temporal } = configIn(temp.path, {
      'temporal.address': 'cloud:7233',
      'temporal.apiKey': 'secret',
      'temporal.tlsCert': file,
      'temporal.tlsKey': file,
      'temporal.tlsCa': file,
    });
    const pem = Buffer.from('cert');
    expect(temporalConnectionOptions(temporal, 'cloud:7233')).toEqual({
      address: 'cloud:7233',
      apiKey: 'secret',
      tls: { clientCertPair: { crt: pem, key: pem }, serverRootCACertificate: pem },
    });
    expect(temporalConnectionOptions(temporal, '127.0.0.1:1')).toEqual({ address: '127.0.0.1:1' });
    const missing = { ...temporal, tlsCa: join(temp.path, 'absent.pem') };
    expect(() => temporalConnectionOptions(missing, 'cloud:7233')).toThrow('temporal.tlsCa cannot be read');
  });
});
