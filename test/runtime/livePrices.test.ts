import { describe, expect, it } from 'vitest';
import { loadConfig } from '../../src/config/index.js';
import { assertPriced } from '../../src/runtime/index.js';
import { priceFlags } from '../../src/runtime/livePrices.js';
import { readWorkerArgs } from '../../workers/agent/workerArgs.js';

const config = (env: NodeJS.ProcessEnv = {}) => loadConfig({ env, cwd: '/' }).value;
const priced = config({ TENET_OPENAI_PRICE_PROMPT: '0.4', TENET_OPENAI_PRICE_COMPLETION: '1.6' });

describe('a limit by cost', () => {
  it('is refused where a live lane has no price, and only there', () => {
    expect(() => assertPriced(config(), { model: 'live', maxCost: 5 })).toThrow(
      expect.objectContaining({
        code: 'config.invalid',
        details: expect.objectContaining({ field: 'openai.pricePrompt' }) as object,
      }) as Error,
    );
    for (const spending of [{ model: 'tape', maxCost: 5 } as const, { model: 'live', maxCost: null } as const])
      expect(() => assertPriced(config(), spending)).not.toThrow();
    expect(() => assertPriced(priced, { model: 'live', maxCost: 5 })).not.toThrow();
  });

  it('is counted by the agent worker with the configured prices', () => {
    const flags = Object.entries(priceFlags(priced)).flatMap(([name, value]) => [`--${name}`, value]);
    const argv = ['--agent', 'a.js', '--api', 'http://127.0.0.1:1', '--temporal', '127.0.0.1:2', ...flags];
    const env = { TENET_AGENT_TOKEN: 'tnt_x', OPENAI_BASE_URL: 'http://127.0.0.1:9/v1' };
    expect(readWorkerArgs(argv, env)).toMatchObject({
      args: { model: { price: { prompt: 0.4, completion: 1.6 } } },
    });
    expect(priceFlags(config())).toEqual({});
  });
});
