import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { agentDigest } from '../../src/agents/index.js';
import { describeAgent } from '../../src/runtime/describeAgent.js';
import { workerFile } from '../../src/runtime/workerFile.js';
import { fixture } from './childSetup.js';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'tenet-describe-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const describeFixture = (
  name: string,
  env: NodeJS.ProcessEnv = {},
  flags: readonly string[] = [],
  signal?: AbortSignal,
) =>
  describeAgent(
    [process.execPath, workerFile('agent'), '--agent', fixture(name), '--describe', ...flags],
    { PATH: process.env['PATH'], ...env },
    signal,
  );

describe('finding out what an agent module is', () => {
  it('loads its code in a fenced child that sees none of our variables, and never here', async () => {
    const file = join(folder, 'seen.jsonl');
    const env = { NOSY_FILE: file, TENET_DATABASE_URL: 'postgres://secret', TENET_AGENT_TOKEN: 'tnt_secret' };
    const found = await describeFixture('nosy.mjs', env, ['--pass-env', 'NOSY_FILE']);
    expect(found).toEqual({
      name: 'nosy',
      version: '1.2.3',
      type: 'loan.approve',
      agent: 'nosy@1.2.3',
      digest: await agentDigest(fixture('nosy.mjs')),
    });
    const lines = readFileSync(file, 'utf8').trim().split('\n');
    const [seen, reached] = lines.map((line) => JSON.parse(line) as { pid?: number; env?: string[]; reach?: string });
    expect(lines).toHaveLength(2);
    expect(seen?.pid).not.toBe(process.pid);
    expect(seen?.env?.filter((name) => !name.startsWith('NODE_')).sort()).toEqual(['NOSY_FILE', 'OPENAI_API_KEY']);
    expect(reached?.reach).toBe('FenceError');
  });

  it.each([
    ['bare.mjs', 'it exports no function wrapped by ghost.agent'],
    ['two.mjs', 'it exports 2 wrapped functions'],
    ['broken.mjs', 'the module failed to load'],
    ['quits.mjs', 'the agent process ended while loading'],
  ])('says of %s that %s', async (name, message) => {
    await expect(describeFixture(name)).rejects.toMatchObject({
      code: 'agent.invalid',
      message: expect.stringContaining(message) as string,
      details: { field: '--agent', fix: expect.stringContaining('ghost.agent') as string },
    });
  });

  it('says that there is no such module', async () => {
    await expect(describeFixture('absent.mjs')).rejects.toMatchObject({ code: 'agent.invalid' });
  });

  it('is broken off by Ctrl-C', async () => {
    const stop = new AbortController();
    const asked = describeFixture('noop.mjs', {}, [], stop.signal);
    stop.abort(new Error('stopped'));
    await expect(asked).rejects.toThrow('stopped');
  });
});
