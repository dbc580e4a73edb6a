import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startRecordsApi } from '../support/recordsApi.js';
import { Callers } from './support/callers.js';

let callers: Callers;
beforeEach(() => {
  callers = new Callers();
});
afterEach(() => callers.clear());

const COUNT = 1_000;
const burst = `for (let n = 0; n < ${COUNT}; n += 1) decide(n);`;
const pause = (ms: number): string => `await new Promise((done) => setTimeout(done, ${ms}));`;

function expectAll(count = COUNT): void {
  const decisions = callers.decisions();
  expect(new Set(decisions.map(({ id }) => id)).size).toBe(count);
  expect(decisions).toHaveLength(count);
  for (const entries of callers.spooled().values()) {
    expect(entries.map(({ producer }) => producer.seq)).toEqual(entries.map((_, i) => i + 1));
    expect(entries.at(-1)).toMatchObject({ kind: 'capture', type: 'capture.closed' });
  }
}

describe('a process that ends', () => {
  it.each([
    ['by process.exit right after 1,000 decisions', `${burst} process.exit(3);`, 3],
    ['by itself', burst, 0],
    ['by process.exit once the thread is up', `decide(-1); ${pause(400)} ${burst} process.exit(4);`, 4],
    ['after a configuration took another one’s place', `${burst} ghost.configure({}); process.exit(5);`, 5],
  ] as const)('%s, leaves all of them in the spool', async (_, code, expected) => {
    const { status, stdout, stderr } = await callers.run(`${callers.prelude()} ${code}`);
    expect({ status, stdout, stderr }).toEqual({ status: expected, stdout: '', stderr: '' });
    expectAll(code.includes('decide(-1)') ? COUNT + 1 : COUNT);
  });

  it('by an uncaught exception, ends as it would have and leaves all of them in the spool', async () => {
    const { status, stderr } = await callers.run(`${callers.prelude()} ${burst} throw new Error('of the caller');`);
    expect(status).toBe(1);
    expect(stderr).toContain('Error: of the caller');
    expectAll();
  });

  it('by SIGTERM, dies of it at once, with what the thread has taken in the spool', async () => {
    const code = `${callers.prelude()} for (let n = 0; n < 50; n += 1) decide(n);
      while (ghost.stats().spooled < 50) { ${pause(5)} } say('up'); setInterval(() => undefined, 1000);`;
    const { signal } = await callers.run(code, (pid) => process.kill(pid, 'SIGTERM'));
    expect(signal).toBe('SIGTERM');
    expect(callers.decisions()).toHaveLength(50);
  });

  it('by SIGTERM that the application handles, drains as at any exit', async () => {
    const code = `${callers.prelude()} process.on('SIGTERM', () => { ${burst} process.exit(0); }); decide(-1); say('up'); setInterval(() => undefined, 1000);`;
    const { status } = await callers.run(code, (pid) => process.kill(pid, 'SIGTERM'));
    expect(status).toBe(0);
    expectAll(COUNT + 1);
  });

  it('by SIGTERM that the application answers with ghost.close, has its last words at the server', async () => {
    const api = await startRecordsApi();
    try {
      const code = `${callers.prelude({ endpoint: api.url })}
        process.once('SIGTERM', () => void ghost.close({ timeout: 5_000 }).finally(() => process.exit(143)));
        setInterval(() => undefined, 1000); ${burst} say('up');`;
      const { status, stderr } = await callers.run(code, (pid) => process.kill(pid, 'SIGTERM'));
      expect({ status, stderr }).toEqual({ status: 143, stderr: '' });
      expect(api.received.filter(({ entry }) => entry.kind === 'decision')).toHaveLength(COUNT);
      expect(api.received.at(-1)?.entry.type).toBe('capture.closed');
      expect(callers.spooled().size).toBe(0);
    } finally {
      await api.close();
    }
  });

  it('is not kept alive, by the thread as little as by a server that is away', async () => {
    const { status, ms } = await callers.run(`${callers.prelude()} decide(1);`);
    expect(status).toBe(0);
    expect(ms).toBeLessThan(10_000);
    expectAll(1);
  });

  it('is listened to by one handler of exit and by none of a signal', async () => {
    const { stdout } = await callers.run(
      `const before = process.listenerCount('exit'); ${callers.prelude()} decide(1); ghost.configure({});
       say(['exit', 'beforeExit', 'SIGTERM', 'SIGINT', 'SIGHUP', 'uncaughtException', 'unhandledRejection'].map((name) => process.listenerCount(name) - (name === 'exit' ? before : 0)));`,
    );
    expect(JSON.parse(stdout)).toEqual([1, 0, 0, 0, 0, 0, 0]);
  });
});

describe('several processes and threads', () => {
  it('that were forked, each have a producer of their own', async () => {
    const child = `${callers.prelude()} ${burst}`;
    const { status } = await callers.run(
      `${callers.prelude()} import { spawn } from 'node:child_process';
       decide(-1);
       await Promise.all([1, 2].map(() => new Promise((done) => spawn(process.execPath, ['--input-type=module', '-e', ${JSON.stringify(child)}]).on('exit', done))));`,
    );
    expect(status).toBe(0);
    expect(callers.spooled().size).toBe(3);
    expectAll(2 * COUNT + 1);
  });

  it('of a cluster record side by side', async () => {
    const { status } = await callers.run(
      `${callers.prelude()} import cluster from 'node:cluster'; import { writeFileSync } from 'node:fs';
       const file = ${JSON.stringify(`${callers.dir}/worker.mjs`)};
       writeFileSync(file, ${JSON.stringify(`${callers.prelude()} ${burst} process.disconnect();`)});
       cluster.setupPrimary({ exec: file, execArgv: [] });
       await Promise.all([1, 2].map(() => new Promise((done) => cluster.fork().on('exit', done))));`,
    );
    expect(status).toBe(0);
    expectAll(2 * COUNT);
  });

  it('of the application’s own threads record side by side', async () => {
    const { status } = await callers.run(
      `${callers.prelude()} import { Worker } from 'node:worker_threads';
       const code = ${JSON.stringify(`${callers.prelude().replace('process.pid', "'thread'")} ${burst}`)};
       decide(-1);
       await new Promise((done) => new Worker(new URL('data:text/javascript,' + encodeURIComponent(code))).on('exit', done));`,
    );
    expect(status).toBe(0);
    expectAll(COUNT + 1);
  });
});

describe('the thread', () => {
  /** Every thread the SDK starts is within reach of the test. */
  const watched = `
    import threads from 'node:worker_threads';
    import { syncBuiltinESMExports } from 'node:module';
    const started = [];
    threads.Worker = class extends threads.Worker { constructor(...args) { super(...args); started.push(this); } };
    syncBuiltinESMExports();
  `;
  const late = (prelude: string): string =>
    prelude.replace(/import { ghost } from ('[^']+');/, 'const { ghost } = await import($1);');

  it('that dies is started again; nothing is lost and it is said', async () => {
    const code = `${watched} ${late(callers.prelude())} decide(-1); ${pause(400)} await started[0].terminate(); ${burst}
      for (let n = 0; n < 500 && ghost.stats().spooled <= ${COUNT}; n += 1) ${pause(20)}
      say({ threads: started.length, problems, spooled: ghost.stats().spooled });`;
    const { status, stdout } = await callers.run(code);
    const said = JSON.parse(stdout) as { threads: number; problems: { code: string }[]; spooled: number };
    expect(status).toBe(0);
    expect(said).toMatchObject({ threads: 2, spooled: COUNT + 1 });
    expect(said.problems.map(({ code: one }) => one)).toContain('ghost.thread');
    expect(callers.decisions()).toHaveLength(COUNT + 1);
  });

  it('that keeps dying is done without', async () => {
    const code = `${watched} ${late(callers.prelude())} decide(-1);
      for (let i = 0; i < 5; i += 1) { ${pause(150)} await started.at(-1).terminate(); } ${burst} ${pause(1500)}
      say({ threads: started.length, problems: problems.map((one) => one.message), spooled: ghost.stats().spooled });`;
    const { stdout } = await callers.run(code);
    const said = JSON.parse(stdout) as { threads: number; problems: string[]; spooled: number };
    expect(said.threads).toBe(4);
    expect(said.problems.filter((one) => one.includes('thread is gone')).at(-1)).toContain(
      "caller's thread from now on",
    );
    expect(new Set(callers.decisions().map(({ id }) => id)).size).toBe(COUNT + 1);
  });

  it('that can not be had is done without', async () => {
    const code = `import threads from 'node:worker_threads'; import { syncBuiltinESMExports } from 'node:module';
      threads.Worker = class { constructor() { throw new Error('no threads here'); } }; syncBuiltinESMExports();
      ${late(callers.prelude())} ${burst} say(problems.map((one) => one.code)); process.exit(0);`;
    const { stdout } = await callers.run(code);
    expect(JSON.parse(stdout)).toEqual(['ghost.thread']);
    expectAll();
  });

  it('loads nothing of the application, and what it writes goes nowhere', async () => {
    const preload = `${callers.dir}/preload.cjs`;
    const { stdout, stderr } = await callers.run(
      `import { writeFileSync } from 'node:fs'; import { spawnSync } from 'node:child_process';
       writeFileSync(${JSON.stringify(preload)}, "process.stdout.write(require('worker_threads').isMainThread ? 'main' : 'thread');");
       const code = ${JSON.stringify(`${callers.prelude()} decide(1); ${pause(500)}`)};
       const { stdout } = spawnSync(process.execPath, ['--input-type=module', '-e', code], { env: { ...process.env, NODE_OPTIONS: '--require ' + ${JSON.stringify(preload)} } });
       process.stdout.write(stdout);`,
    );
    expect({ stdout, stderr }).toEqual({ stdout: 'main', stderr: '' });
  });
});
