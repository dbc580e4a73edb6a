import { describe, expect, it } from 'vitest';
import { AppError } from '../../src/errors/index.js';
import { targetOf } from '../../workers/agent/fence.js';
import { patiently, waitMs } from '../../workers/agent/patiently.js';
import {
  createProgressFile,
  closeProgressFile,
  markIdle,
  markPosition,
  readPosition,
} from '../../workers/agent/progressFile.js';
import { readLines } from '../../workers/agent/readLines.js';
import { readWorkerArgs, type WorkerArgs } from '../../workers/agent/workerArgs.js';

const needed = ['--agent', 'a.js', '--api', 'http://127.0.0.1:1', '--temporal', '127.0.0.1:2'];
const env = { TENET_AGENT_TOKEN: 'tnt_x' };

function readServeArgs(argv: readonly string[], environment: NodeJS.ProcessEnv): WorkerArgs {
  const asked = readWorkerArgs(argv, environment);
  if (asked.what !== 'serve') throw new Error(`read as ${asked.what}`);
  return asked.args;
}

describe('the arguments of an agent worker', () => {
  it('hands nothing of the environment to the agent but what is named, and the model', () => {
    const args = readServeArgs(
      [...needed, '--pass-env', 'MODE', '--pass-env', 'ABSENT', '--children', '4', '--price-prompt', '2.5'],
      {
        ...env,
        MODE: 'm',
        SECRET: 's',
        OPENAI_BASE_URL: 'http://127.0.0.1:9/v1',
        OPENAI_API_KEY: 'sk',
      },
    );
    expect(args).toMatchObject({
      api: 'http://127.0.0.1:1',
      namespace: 'default',
      tenant: 'local',
      children: 4,
      agentEnv: { MODE: 'm', OPENAI_BASE_URL: 'http://127.0.0.1:9/v1', OPENAI_API_KEY: 'sk' },
      model: { baseURL: 'http://127.0.0.1:9/v1', apiKey: 'sk', price: { prompt: 2.5, completion: 0 } },
    });
    expect(Object.keys(args.agentEnv)).toHaveLength(3);
  });

  it('gives an agent without a model a key that opens nothing, so that it can be loaded', () => {
    expect(readServeArgs(needed, env)).toMatchObject({ model: null, agentEnv: { OPENAI_API_KEY: 'none-in-replay' } });
  });

  it('explains itself', () => {
    expect(readWorkerArgs(['--help'], {})).toEqual({ what: 'help' });
  });

  it('need neither a token nor an address to describe an agent', () => {
    expect(readWorkerArgs(['--agent', 'a.js', '--describe'], {})).toMatchObject({
      what: 'describe',
      args: { agentEnv: { OPENAI_API_KEY: 'none-in-replay' } },
    });
  });

  it.each<[string, string[], NodeJS.ProcessEnv, string, string]>([
    ['an unknown flag', [...needed, '--speed', '9'], env, 'usage.invalid', ''],
    ['a missing address', needed.slice(0, 4), env, 'usage.invalid', '--temporal'],
    [
      'an address that is none',
      ['--agent', 'a', '--api', 'localhost', '--temporal', 'x'],
      env,
      'usage.invalid',
      '--api',
    ],
    ['no children', [...needed, '--children', '0'], env, 'usage.invalid', '--children'],
    [
      'our own secrets for the agent',
      [...needed, '--pass-env', 'TENET_AGENT_TOKEN'],
      env,
      'usage.invalid',
      '--pass-env',
    ],
    ['a live read without a port', [...needed, '--live-read', 'host'], env, 'usage.invalid', '--live-read'],
    ['no token', needed, {}, 'auth.missing', 'TENET_AGENT_TOKEN'],
  ])('refuse %s', (_, argv, environment, code, field) => {
    const read = (): unknown => readWorkerArgs(argv, environment);
    expect(read).toThrow(expect.objectContaining({ code }));
    if (field !== '')
      expect(read).toThrow(expect.objectContaining({ details: expect.objectContaining({ field }) as object }));
  });
});

describe('lines of a stream', () => {
  const encode = (parts: readonly (string | Uint8Array)[]): AsyncIterable<Uint8Array> =>
    (async function* () {
      for (const part of parts) yield typeof part === 'string' ? new TextEncoder().encode(part) : part;
    })();
  const linesOf = async (parts: readonly (string | Uint8Array)[]): Promise<string[]> => {
    const lines: string[] = [];
    for await (const line of readLines(encode(parts))) lines.push(line);
    return lines;
  };

  it('come whole, however the bytes were cut', async () => {
    const text = new TextEncoder().encode('{"a":"é"}\n{"b":"漢字"}\n\n{"c":1}\n');
    const whole = ['{"a":"é"}', '{"b":"漢字"}', '{"c":1}'];
    for (let size = 1; size < 12; size += 1) {
      const parts = Array.from({ length: Math.ceil(text.length / size) }, (_, i) =>
        text.slice(i * size, (i + 1) * size),
      );
      expect(await linesOf(parts)).toEqual(whole);
    }
  });

  it('are not taken from a stream that ends within one', async () => {
    await expect(linesOf(['{"a":1}\n{"b"'])).rejects.toThrow('ended within a line');
  });
});

describe('patience', () => {
  const signal = new AbortController().signal;
  const busy = new AppError('api.busy', 'later', { retryAfterMs: 5 });

  it('repeats what is unavailable, and nothing else', async () => {
    let n = 0;
    expect(
      await patiently({ tries: 3, signal, random: () => 0 }, async () => (++n < 3 ? Promise.reject(busy) : n)),
    ).toBe(3);
    await expect(patiently({ tries: 2, signal, random: () => 0 }, () => Promise.reject(busy))).rejects.toBe(busy);
    const wrong = new AppError('auth.forbidden', 'never');
    n = 0;
    await expect(patiently({ tries: 9, signal }, () => (n++, Promise.reject(wrong)))).rejects.toBe(wrong);
    expect(n).toBe(1);
  });

  it('waits at least as long as the server asks', () => {
    expect(waitMs(1, 9_000, () => 0)).toBe(9_000);
    expect(waitMs(40, undefined, () => 0.999)).toBeLessThanOrEqual(10_000);
  });
});

describe('the fence reads where a connection goes', () => {
  it.each<[unknown[], string]>([
    [[{ host: 'Example.COM', port: 443 }], 'example.com:443'],
    [[{ port: '80' }], 'localhost:80'],
    [[[{ host: '::1', port: 1 }, null]], '::1:1'],
    [[8080, '10.0.0.1'], '10.0.0.1:8080'],
    [['8080'], 'localhost:8080'],
    [['/run/x.sock'], '/run/x.sock'],
    [[{ path: '/run/x.sock' }], '/run/x.sock'],
  ])('%j', (args, target) => {
    expect(targetOf(args)).toBe(target);
  });
});

describe('the progress file', () => {
  it('says where a child is, and null between decisions', () => {
    const fd = createProgressFile();
    expect(readPosition(fd)).toBeNull();
    markPosition(fd, { job: 7, index: 3, since: 12.5 });
    expect(readPosition(fd)).toEqual({ job: 7, index: 3, since: 12.5 });
    markIdle(fd);
    expect(readPosition(fd)).toBeNull();
    closeProgressFile(fd);
  });
});
