import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { exitCodeOf } from '../../src/errors/index.js';
import {
  doctor,
  freePort,
  listOrphans,
  startServices,
  stateFolderOf,
  type ServiceProgress,
} from '../../src/services/index.js';
import { startTimeOf } from '../../src/services/processIdentity.js';
import { configIn, failureOf, tempFolder } from './fixtures.js';

let temp: ReturnType<typeof tempFolder>;
beforeEach(() => {
  temp = tempFolder();
});
afterEach(() => temp.remove());

describe('starting everything a command needs', () => {
  it('brings up Postgres, Temporal and the weights at once, and faster the second time', async () => {
    const config = configIn(temp.path);
    const progress: ServiceProgress[] = [];
    const services = await startServices(config, { onProgress: (step) => progress.push(step) });
    expect(Object.keys(services.pids)).toEqual(['postgres', 'temporal']);
    expect(services.embedder.kind).toBe('minilm');
    const ready = progress.filter((step) => step.kind === 'ready').map((step) => step.service);
    expect(ready.sort()).toEqual(['embedder', 'postgres', 'temporal']);
    const { pids } = services;
    const worker = await services.spawnSupervised(
      'worker',
      [process.execPath, '-e', `console.log('up'); setInterval(() => 0, 999)`],
      {
        readyWhen: /up/,
      },
    );
    expect(services.pids).toEqual({ ...pids, worker: worker.pid });
    await services.stop();
    expect(Object.values({ ...pids, worker: worker.pid }).map(startTimeOf)).toEqual([undefined, undefined, undefined]);
    const began = Date.now();
    const warm = await startServices(config);
    expect(Date.now() - began).toBeLessThan(15_000);
    await warm.stop();
  });

  it('lets go of what came up when another part fails', async () => {
    const databaseUrl = `postgres://a:b@127.0.0.1:${await freePort()}/c`;
    const config = configIn(temp.path, { databaseUrl, embedder: 'lexical' });
    const error = await failureOf(startServices(config));
    expect(error.code).toBe('db.unavailable');
    expect(listOrphans(stateFolderOf(config))).toEqual([]);
  });

  it('can be interrupted, and then leaves nothing running', async () => {
    const config = configIn(temp.path, { embedder: 'lexical' });
    const error = await failureOf(startServices(config, { signal: AbortSignal.timeout(150) }));
    expect(error.code).toBe('interrupted');
    expect(exitCodeOf(error)).toBe(130);
    expect(listOrphans(stateFolderOf(config))).toEqual([]);
  });

  it('starts only what was asked for, and what was not cannot be used by mistake', async () => {
    const config = configIn(temp.path, { embedder: 'lexical' });
    const services = await startServices(config, { needs: { postgres: false, temporal: false } });
    expect(services.pids).toEqual({});
    expect(services.embedder).toEqual({ kind: 'lexical', why: 'set by configuration' });
    expect(() => services.databaseUrl).toThrow('did not ask for postgres');
    await services.stop();
  });
});

describe('doctor', () => {
  it('has a finding for every part, and a fix for each that is not ok', async () => {
    const findings = await doctor(configIn(temp.path, { toolsDir: join(temp.path, 'none') }));
    expect(findings.map(({ name }) => name)).toEqual([
      'node',
      'python',
      'state folder',
      'disk',
      'unprivileged user',
      'postgres',
      'temporal',
      'embedder',
      'ports',
      'running',
    ]);
    for (const { name, status, fix } of findings) expect(status === 'ok' || (fix ?? '') !== '', name).toBe(true);
    expect(findings.find(({ name }) => name === 'temporal')).toMatchObject({ status: 'warn' });
    expect(findings.find(({ name }) => name === 'embedder')).toMatchObject({ status: 'warn' });
  });

  it('fails on a newer state folder and warns of a taken port', async () => {
    mkdirSync(join(temp.path, '.tenet'));
    writeFileSync(join(temp.path, '.tenet/state.json'), '{"version":99,"createdBy":"tenet 9"}');
    const server = createServer((_, response) => response.writeHead(503).end());
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const byName = new Map(
      (await doctor(configIn(temp.path, { 'api.port': port }))).map((finding) => [finding.name, finding]),
    );
    server.close();
    expect(byName.get('state folder')).toMatchObject({
      status: 'fail',
      fix: expect.stringContaining('update Tenet') as string,
    });
    expect(byName.get('ports')).toMatchObject({
      status: 'warn',
      detail: expect.stringContaining(`api.port ${port} is taken by`) as string,
    });
  });
});
