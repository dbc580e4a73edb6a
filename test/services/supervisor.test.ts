import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { cleanOrphans, listOrphans, openStateFolder, Supervisor, type StateFolder } from '../../src/services/index.js';
import { isAlive, startTimeOf } from '../../src/services/processIdentity.js';
import { compileRooms } from './compiled.js';
import { eventually, failureOf, killHard, runScript, tempFolder } from './fixtures.js';

let temp: ReturnType<typeof tempFolder>;
let folder: StateFolder;
let rooms: ReturnType<typeof compileRooms>;
beforeAll(() => {
  rooms = compileRooms('supervisor');
});
afterAll(() => rooms.remove());
beforeEach(() => {
  temp = tempFolder();
  folder = openStateFolder({ stateDir: join(temp.path, '.tenet') });
});
afterEach(() => temp.remove());

const node = (script: string): string[] => [process.execPath, '-e', script];
const locks = (): string[] => readdirSync(folder.locks).filter((name) => name.startsWith('process.'));

describe('a supervised process', () => {
  it('is ready at its line, whose named groups are kept, and is locked by pid and start time', async () => {
    const supervisor = new Supervisor(folder);
    const process = await supervisor.spawn(
      'api',
      node(`console.log('listening on port 4711'); setInterval(() => 0, 999)`),
      {
        readyWhen: /listening on port (?<port>\d+)/,
      },
    );
    expect(process.ready).toEqual({ port: '4711' });
    expect(process.running()).toBe(true);
    const [file = ''] = locks().filter((name) => name.endsWith('.json'));
    const lock = JSON.parse(readFileSync(join(folder.locks, file), 'utf8')) as Record<string, unknown>;
    expect(lock).toMatchObject({ pid: process.pid, startTime: startTimeOf(process.pid), port: 4711 });
    expect(lock['startedBy']).toMatchObject({ pid: globalThis.process.pid });
    await Promise.all([process.stop(), supervisor.stopAll()]);
    expect(process.running()).toBe(false);
    expect(await process.exited).toEqual({ code: null, signal: 'SIGTERM' });
    expect(locks()).toEqual([]);
  });

  it('that ends early or never gets ready fails with its log and last lines', async () => {
    const supervisor = new Supervisor(folder);
    const early = await failureOf(
      supervisor.spawn('worker', node(`console.error('cannot load bundle'); process.exit(3)`), { readyWhen: /ready/ }),
    );
    expect(early.code).toBe('services.process_failed');
    expect(early.message).toContain('worker did not start: it ended (exit code 3)');
    expect(early.message).toContain('cannot load bundle');
    expect(early.details).toMatchObject({ log: join(folder.logs, 'worker.log') });
    const late = supervisor.spawn('worker', node('setInterval(() => 0, 999)'), {
      readyWhen: /ready/,
      readyTimeoutMs: 300,
    });
    expect((await failureOf(late)).message).toContain('not ready after 0.3 s');
    expect(locks()).toEqual([]);
  });

  it('that ignores SIGTERM is killed after its grace, with its own children', async () => {
    const supervisor = new Supervisor(folder);
    const script = `
      process.on('SIGTERM', () => undefined);
      const child = require('node:child_process').spawn('sleep', ['60']);
      console.log('child ' + child.pid); setInterval(() => 0, 999);`;
    const process = await supervisor.spawn('stubborn', node(script), {
      readyWhen: /child (?<child>\d+)/,
      graceMs: 150,
    });
    await supervisor.stopAll();
    expect((await process.exited).signal).toBe('SIGKILL');
    await eventually(() => startTimeOf(Number(process.ready['child'])) === undefined);
  });

  it('that is still starting is stopped with the others, and nothing is started after that', async () => {
    const supervisor = new Supervisor(folder);
    const starting = supervisor.spawn('slow', node('setInterval(() => 0, 999)'), { readyWhen: /never/ });
    const outcome = failureOf(starting);
    await eventually(() => supervisor.processes.length === 1);
    const [slow] = supervisor.processes;
    await supervisor.stopAll();
    expect(slow?.running()).toBe(false);
    expect((await outcome).message).toContain('slow did not start: it ended (SIGTERM)');
    expect(locks()).toEqual([]);
    expect((await failureOf(supervisor.spawn('late', node('0')))).code).toBe('interrupted');
  });

  it('gets the environment it was given and the id of its parent, nothing else', async () => {
    const supervisor = new Supervisor(folder);
    const process = await supervisor.spawn(
      'env',
      node(`console.log('env ' + Object.keys(globalThis.process.env).sort())`),
      {
        env: { ONLY: 'this' },
        readyWhen: /env (?<names>.+)/,
      },
    );
    expect(
      process.ready['names']?.split(',').filter((name) => !['PWD', 'OLDPWD', '_', 'SHLVL'].includes(name)),
    ).toEqual(['ONLY', 'TENET_PARENT']);
    await process.exited;
    await eventually(() => locks().length === 0);
  });

  const parentScript = (child: string): string => `
    const { Supervisor, openStateFolder } = await import(${JSON.stringify(rooms.importOf('services/index.js'))});
    const folder = openStateFolder({ stateDir: ${JSON.stringify(folder.dir)} });
    const child = await new Supervisor(folder).spawn('worker', [process.execPath, '--input-type=module', '-e', ${JSON.stringify(child)}], { readyWhen: /up/ });
    console.log('child ' + child.pid + ' ' + child.startTime);
    setInterval(() => undefined, 1000);`;

  it('of a parent ended by kill -9 is listed as orphan and ended by the next command', async () => {
    const { child: parent, line } = runScript(parentScript(`console.log('up'); setInterval(() => 0, 999)`));
    const [pid, startTime = ''] = (await line('child')).split(' ');
    const identity = { pid: Number(pid), startTime };
    expect(listOrphans(folder)).toEqual([]);
    await killHard(parent);
    expect(isAlive(identity)).toBe(true);
    expect(listOrphans(folder)).toEqual([{ name: 'worker', pid: identity.pid, kind: 'process' }]);
    expect(await cleanOrphans(folder)).toEqual([{ name: 'worker', pid: identity.pid, kind: 'process' }]);
    expect(isAlive(identity)).toBe(false);
    expect(locks()).toEqual([]);
  });

  it('is found by the note it wrote itself when the kill came before its pid was written into the lock', async () => {
    const { child: parent, line } = runScript(parentScript(`console.log('up'); setInterval(() => 0, 999)`));
    const [pid] = (await line('child')).split(' ');
    await killHard(parent);
    const file = join(folder.locks, locks().find((name) => name.endsWith('.json')) ?? '');
    const lock = JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>;
    writeFileSync(file, JSON.stringify({ ...lock, pid: undefined, startTime: undefined }));
    expect(await cleanOrphans(folder)).toEqual([{ name: 'worker', pid: Number(pid), kind: 'process' }]);
  });

  it('ends by itself when it watches its parent', async () => {
    const watching = `
      const { exitWithParent } = await import(${JSON.stringify(rooms.importOf('services/exitWithParent.js'))});
      exitWithParent(); console.log('up'); setInterval(() => 0, 999);`;
    const { child: parent, line } = runScript(parentScript(watching));
    const [pid, startTime = ''] = (await line('child')).split(' ');
    await killHard(parent);
    await eventually(() => !isAlive({ pid: Number(pid), startTime }));
  });

  it('goes with its parent when that ends without stopping it', async () => {
    const script = `${parentScript(`console.log('up'); setInterval(() => 0, 999)`)}\nsetTimeout(() => process.exit(1), 50);`;
    const { line } = runScript(script);
    const [pid, startTime = ''] = (await line('child')).split(' ');
    await eventually(() => !isAlive({ pid: Number(pid), startTime }));
    expect(existsSync(folder.locks)).toBe(true);
  });
});
