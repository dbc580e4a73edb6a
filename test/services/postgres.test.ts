import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { TenetConfig } from '../../src/config/index.js';
import { exitCodeOf } from '../../src/errors/index.js';
import {
  cleanOrphans,
  freePort,
  listOrphans,
  startServices,
  stateFolderOf,
  type ServiceProgress,
  type Services,
} from '../../src/services/index.js';
import { isAlive, startTimeOf } from '../../src/services/processIdentity.js';
import { compileRooms } from './compiled.js';
import { configIn, eventually, failureOf, killHard, runScript, tempFolder } from './fixtures.js';

const needs = { postgres: true, temporal: false, embedder: false };
const start = (config: TenetConfig, onProgress?: (progress: ServiceProgress) => void): Promise<Services> =>
  startServices(config, { needs, ...(onProgress === undefined ? {} : { onProgress }) });

async function query<T extends pg.QueryResultRow>(url: string, sql: string): Promise<T[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<T>(sql)).rows;
  } finally {
    await client.end();
  }
}

let rooms: ReturnType<typeof compileRooms>;
let temp: ReturnType<typeof tempFolder>;
let config: TenetConfig;
beforeAll(() => {
  rooms = compileRooms('postgres');
});
afterAll(() => rooms.remove());

const newFolder = (): void => {
  temp = tempFolder();
  config = configIn(temp.path);
};
const removeFolder = async (): Promise<void> => {
  await stopAll();
  temp.remove();
};
const stopAll = async (): Promise<void> => {
  if (existsSync(config.stateDir)) await cleanOrphans(stateFolderOf(config));
};

/** A command in a process of its own that starts Postgres and stays. */
function command(): { child: ReturnType<typeof runScript>['child']; up: Promise<{ pid: number; startTime: string }> } {
  const { child, line } = runScript(`
    const { loadConfig } = await import(${JSON.stringify(rooms.importOf('config/index.js'))});
    const { startServices } = await import(${JSON.stringify(rooms.importOf('services/index.js'))});
    const config = loadConfig({ env: {}, cwd: ${JSON.stringify(temp.path)} }).value;
    const services = await startServices(config, { needs: ${JSON.stringify(needs)} });
    process.on('SIGTERM', () => void services.stop().then(() => process.exit(0)));
    console.log('up ' + services.pids.postgres);
    setInterval(() => undefined, 1000);`);
  const up = line('up').then((pid) => ({ pid: Number(pid), startTime: startTimeOf(Number(pid)) ?? 'ended' }));
  return { child, up };
}

describe('Postgres', () => {
  beforeAll(newFolder);
  afterEach(stopAll);
  afterAll(removeFolder);

  it('starts with fsync, UTF-8 and the C locale, keeps its data, and stops twice without complaint', async () => {
    const first = await start(config);
    expect(first.postgres).toMatchObject({ source: 'embedded', version: expect.stringMatching(/^18\./) as string });
    const [settings] = await query<Record<string, string>>(
      first.databaseUrl,
      `select current_setting('fsync') as fsync, current_setting('synchronous_commit') as commit,
              current_setting('server_encoding') as encoding, current_setting('lc_messages') as messages,
              (select datcollate from pg_database where datname = current_database()) as collate`,
    );
    expect(settings).toEqual({ fsync: 'on', commit: 'on', encoding: 'UTF8', messages: 'C', collate: 'C' });
    await query(first.databaseUrl, 'create table kept_by_stop as select 42 as answer');
    await Promise.all([first.stop(), first.stop()]);
    expect(startTimeOf(first.postgres.pid ?? -1)).toBeUndefined();
    const again = await start(config);
    expect(await query(again.databaseUrl, 'select answer from kept_by_stop')).toEqual([{ answer: 42 }]);
    await again.stop();
  });

  it('takes no connection without its password, which only the owner can read', async () => {
    const services = await start(config);
    const open = services.databaseUrl.replace(/:[^:@]+@/, ':wrong@');
    await expect(query(open, 'select 1')).rejects.toThrow(/password authentication failed/);
    const modes = ['secrets', 'secrets/postgres'].map((path) => existsSync(join(config.stateDir, path)));
    expect(modes).toEqual([true, true]);
    await services.stop();
  });

  it('is shared by two commands and stopped by the last one, whoever started it', async () => {
    const { child, up } = command();
    const server = await up;
    const second = await start(config);
    expect(second.postgres.pid).toBe(server.pid);
    const gone = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGTERM');
    await gone;
    expect(await query(second.databaseUrl, 'select 1 as one')).toEqual([{ one: 1 }]);
    await second.stop();
    expect(isAlive(server)).toBe(false);
  });

  it('is started once by two commands that start together', async () => {
    const [a, b] = await Promise.all([start(config), start(config)]);
    expect(a.postgres.pid).toBe(b.postgres.pid);
    await a.stop();
    expect(await query(b.databaseUrl, 'select 1 as one')).toEqual([{ one: 1 }]);
    await b.stop();
  });

  it('survives kill -9 of its command as an orphan that the next command adopts', async () => {
    const { child, up } = command();
    const server = await up;
    await killHard(child);
    expect(isAlive(server)).toBe(true);
    expect(listOrphans(stateFolderOf(config))).toEqual([{ name: 'postgres', pid: server.pid, kind: 'service' }]);
    const progress: string[] = [];
    const next = await start(config, ({ message }) => progress.push(message));
    expect(next.postgres.pid).toBe(server.pid);
    expect(progress.at(-1)).toContain('already running');
    await next.stop();
    expect(isAlive(server)).toBe(false);
  });

  it('is found and adopted even when the kill came before its lock was written', async () => {
    const { child, up } = command();
    const server = await up;
    await killHard(child);
    rmSync(join(config.stateDir, 'locks'), { recursive: true });
    const next = await start(config);
    expect(next.postgres.pid).toBe(server.pid);
    await next.stop();
    expect(isAlive(server)).toBe(false);
  });

  it('recovers from its own kill -9, whose stale lock is cleaned', async () => {
    const first = await start(config);
    await query(first.databaseUrl, 'create table kept as select 7 as answer');
    process.kill(first.postgres.pid ?? -1, 'SIGKILL');
    await first.stop();
    const again = await start(config);
    expect(again.postgres.pid).not.toBe(first.postgres.pid);
    expect(await query(again.databaseUrl, 'select answer from kept')).toEqual([{ answer: 7 }]);
    await again.stop();
  });

  it('does not believe a lock whose pid was given to another process', async () => {
    const locks = join(config.stateDir, 'locks');
    mkdirSync(locks, { recursive: true });
    const lock = { name: 'postgres', pid: process.pid, startTime: 'long ago', port: 1, startedBy: {}, detail: {} };
    writeFileSync(join(locks, 'postgres.json'), JSON.stringify(lock));
    const services = await start(config);
    expect(services.postgres.pid).not.toBe(process.pid);
    await services.stop();
  });

  it('on a port that another process has names port, owner, key and what to try', async () => {
    const port = await freePort();
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
    const error = await failureOf(start(configIn(temp.path, { 'postgres.port': port })));
    server.close();
    expect(error.code).toBe('services.port_in_use');
    expect(error.message).toContain(`port ${port} for the embedded Postgres`);
    expect(error.message).toContain(`(pid ${process.pid})`);
    expect(error.details).toMatchObject({ field: 'postgres.port' });
  });

  it('listens on the port that was fixed', async () => {
    const port = await freePort();
    const services = await start(configIn(temp.path, { 'postgres.port': port }));
    expect(services.postgres.port).toBe(port);
    await services.stop();
  });

  it('at a configured address is used as it is, and not stopped', async () => {
    const own = await start(config);
    const other = tempFolder();
    const services = await start(configIn(other.path, { databaseUrl: own.databaseUrl }));
    expect(services.postgres).toMatchObject({ source: 'url', databaseUrl: own.databaseUrl });
    expect(services.pids).toEqual({});
    await services.stop();
    expect(await query(own.databaseUrl, 'select 1 as one')).toEqual([{ one: 1 }]);
    await own.stop();
    other.remove();
  });

  it('at a configured address that does not answer is named without its password', async () => {
    const port = await freePort();
    const error = await failureOf(
      start(configIn(temp.path, { databaseUrl: `postgres://me:hunter2@127.0.0.1:${port}/x` })),
    );
    expect(error.code).toBe('db.unavailable');
    expect(error.message).toContain(`postgres://me:********@127.0.0.1:${port}/x does not answer`);
    expect(JSON.stringify([error.message, error.details])).not.toContain('hunter2');
    expect(error.details.fix).toContain('unset it to use the embedded Postgres');
  });
});

describe('the embedded Postgres in a new folder', () => {
  beforeEach(newFolder);
  afterEach(removeFolder);

  it('is begun anew after kill -9 in the middle of initdb', async () => {
    const { child } = command();
    const entries = (): string[] => (existsSync(config.stateDir) ? readdirSync(config.stateDir) : []);
    await eventually(() => entries().some((name) => name.startsWith('postgres.new-')), 20_000);
    await killHard(child);
    expect(entries()).not.toContain('postgres');
    const services = await start(config);
    expect(await query(services.databaseUrl, 'select 1 as one')).toEqual([{ one: 1 }]);
    expect(entries().filter((name) => name.startsWith('postgres'))).toEqual(['postgres']);
    await services.stop();
  });

  it('with a broken data folder says which, where its log is, its last lines and what to try', async () => {
    const services = await start(config);
    await services.stop();
    rmSync(join(config.stateDir, 'postgres/global/pg_control'));
    const error = await failureOf(start(config));
    expect(error.code).toBe('db.unavailable');
    expect(exitCodeOf(error)).toBe(1);
    const log = join(config.stateDir, 'logs/postgres.log');
    expect(error.message).toContain('Postgres did not start: it ended');
    expect(error.message).toContain(log);
    expect(error.message).toContain('pg_control');
    expect(error.details).toMatchObject({ log });
    expect(error.details.fix).toContain('DATABASE_URL');
    expect(listOrphans(stateFolderOf(config))).toEqual([]);
    expect(existsSync(join(config.stateDir, 'locks/postgres.lock'))).toBe(false);
  });

  it('refuses data of another major version, and an emptied data folder', async () => {
    const data = join(config.stateDir, 'postgres');
    mkdirSync(data, { recursive: true });
    writeFileSync(join(data, 'PG_VERSION'), '12\n');
    const older = await failureOf(start(config));
    expect(older.code).toBe('db.unavailable');
    expect(older.message).toContain('made by Postgres 12');
    rmSync(join(data, 'PG_VERSION'));
    expect((await failureOf(start(config))).details.fix).toContain('holds no database');
  });

  it.runIf(process.getuid?.() === 0)(
    'as root keeps its data where its user can reach it, linked from a closed folder',
    async () => {
      chmodSync(temp.path, 0o700);
      const services = await start(config);
      const link = join(config.stateDir, 'postgres');
      const data = realpathSync(link);
      expect(data).toMatch(/^\/var\/(lib|tmp)\/tenet\//);
      expect(readFileSync(join(dirname(data), 'belongs-to'), 'utf8').trim()).toBe(realpathSync(config.stateDir));
      expect(await query(services.databaseUrl, 'select 1 as one')).toEqual([{ one: 1 }]);
      await services.stop();
      rmSync(dirname(data), { recursive: true });
      expect((await failureOf(start(config))).message).toContain('links to a folder that is gone');
    },
  );
});
