import { spawn } from 'node:child_process';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { fixture, line, newChild, runLines } from './childSetup.js';
import { POLICY } from '../ghost/replaySetup.js';

describe('an agent module', () => {
  it.each([
    ['throws while loading', 'broken.mjs', 'the module failed to load: broken at the top'],
    ['exports no wrapped function', 'bare.mjs', 'it exports no function wrapped by ghost.agent'],
    ['exports two of them', 'two.mjs', 'it exports 2 wrapped functions'],
    ['ends the process while loading', 'quits.mjs', 'the agent process ended while loading (exit code 3)'],
    ['calls out while loading', 'calls.mjs', 'is refused in a replay'],
    ['does not exist', 'missing.mjs', 'no such agent module'],
  ])('that %s fails the start and every job with what is wrong', async (_, name, message) => {
    const bad = newChild({ file: fixture(name) });
    await expect(bad.start()).rejects.toMatchObject({
      code: 'agent.invalid',
      message: expect.stringContaining(message) as string,
    });
    await expect(runLines(bad, [line('ok')])).rejects.toMatchObject({ code: 'agent.invalid' });
    await bad.stop();
  });

  it('is named after its options', async () => {
    const child = newChild();
    expect(await child.start()).toBe('zoo@1.0.0');
    await child.stop();
  });
});

it('a child does not outlive its parent, even in a loop', async () => {
  const script = `
    import { ReplayChild } from ${JSON.stringify(pathToFileURL(resolve(import.meta.dirname, '../../dist/workers/agent/replayChild.js')).href)};
    const child = new ReplayChild({ file: ${JSON.stringify(fixture('zoo.mjs'))}, model: null, liveReads: [], env: {}, memoryMb: 128 });
    await child.start();
    console.log(child.pid);
    await child.run({ lines: [${JSON.stringify(line('loop'))}], policy: { ...${JSON.stringify(POLICY)}, timeoutMs: 600000 }, takeCall: null });
  `;
  const parent = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const pid = Number(
    await new Promise<string>((done) => parent.stdout.once('data', (chunk: Buffer) => done(chunk.toString()))),
  );
  await sleep(200);
  const state = (): string => {
    try {
      return readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.[0] ?? 'gone';
    } catch {
      return 'gone';
    }
  };
  expect(state()).toBe('R');
  parent.kill('SIGKILL');
  for (let i = 0; i < 40 && !['gone', 'Z'].includes(state()); i += 1) await sleep(100);
  expect(['gone', 'Z']).toContain(state());
});
