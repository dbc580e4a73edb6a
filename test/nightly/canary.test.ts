import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ActivityDeps } from '../../activities/deps.js';
import { observeCanary } from '../../activities/observeCanary.js';
import { loadConfig } from '../../src/config/index.js';
import { judgeCanary, PROBES, type CanaryObservation, type ScanRow } from '../../src/nightly/index.js';
import { createAskModel } from '../../workers/askModel.js';
import { startModelServer, type ModelServer } from '../support/modelServer.js';

/** The fixed probes over real HTTP: what a provider that changes its model beneath us leaves in a night. */
let server: ModelServer;
let answer = '7773';
let served = 'm-1';

beforeAll(async () => {
  server = await startModelServer({ respond: () => ({ content: ` ${answer}\n`, model: served }) });
});
afterAll(() => server.close());

const configured = (env: NodeJS.ProcessEnv) => createAskModel(loadConfig({ flags: {}, env }).value);

/** One night's observation, as the activity keeps it. */
async function night(): Promise<CanaryObservation> {
  let kept: CanaryObservation | null = null;
  const scan = { canary: null } as unknown as ScanRow;
  const scans = {
    get: async () => scan,
    update: async (_id: string, patch: { readonly canary?: CanaryObservation }) => {
      kept = patch.canary ?? null;
      return scan;
    },
  };
  const askModel = configured({ OPENAI_BASE_URL: server.url, OPENAI_API_KEY: 'k' });
  await observeCanary({ askModel, model: 'host m', stores: { scans } } as unknown as ActivityDeps, 'drf_1');
  if (kept === null) throw new Error('nothing was kept');
  return kept;
}

describe('the canary', () => {
  test('asks each probe three times with everything fixed, and sends no case of anybody', async () => {
    const seen = await night();
    expect(seen).toMatchObject({ liveModel: 'host m', served: ['m-1 fp_stand_in'] });
    expect(seen.probes[0]).toEqual({ probe: 'sum.v1', answers: ['7773', '7773', '7773'] });
    expect(server.requests).toHaveLength(3 * PROBES.length);
    for (const { body } of server.requests) expect(body).toMatchObject({ temperature: 0, seed: 1 });
  });

  test('sees another answer, and another model behind the same name', async () => {
    const first = await night();
    expect(judgeCanary(await night(), [first]).status).toBe('same');
    answer = '7,773';
    expect(judgeCanary(await night(), [first])).toMatchObject({
      status: 'changed',
      changed: PROBES.map(({ id }) => id),
    });
    answer = '7773';
    served = 'm-2';
    expect(judgeCanary(await night(), [first])).toMatchObject({ status: 'changed', changed: [] });
  });

  test('is asked of nobody where no live model is configured', () => {
    expect(configured({})).toBeNull();
  });
});
