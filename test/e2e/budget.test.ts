import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { parsePolicy, type GatePolicy } from '../../dist/src/gate/index.js';
import { startModelServer, type ModelServer } from '../support/modelServer.js';
import { AGENTS, openWorld, ROOT, type World } from './world.js';

/** Live model calls cost money: the budget is a hard stop, and a gate that it stopped has judged nothing. */
const csv = readFileSync(join(ROOT, 'examples/underwriting/applicants.csv'), 'utf8');
const file = join(ROOT, 'examples/underwriting/gates/underwriter.yaml');
const policy = parsePolicy(readFileSync(file, 'utf8'), file);
const CALLS = 40;

let server: ModelServer;
let world: World;

beforeAll(async () => {
  server = await startModelServer({
    respond: ({ body }) => ({ content: (body['messages'] as readonly { content: string }[]).at(-1)?.content ?? '' }),
  });
  // The agents' children read these; this process records without a model.
  const endpoint = { OPENAI_BASE_URL: server.url, OPENAI_API_KEY: 'test' };
  world = await openWorld({
    agentEnv: { UNDERWRITER_MODEL: 'stand-in', ...endpoint },
    model: { baseUrl: server.url, apiKey: 'test' },
  });
  await world.record(csv.split('\n').slice(0, 101).join('\n'), 'budget');
  await world.stack.serveAgent(join(AGENTS, 'underwriter-1.0.0.js'));
}, 120_000);

afterAll(async () => {
  await world?.stop();
  await server?.close();
});

const limited: GatePolicy = {
  ...policy,
  cohort: { ...policy.cohort, size: 100 },
  lanes: { ...policy.lanes, model: 'live' },
  budget: { maxCalls: CALLS, maxCost: null },
};

test('a gate that reaches --max-calls stops there, is inconclusive, and says why', async () => {
  const view = await world.gate({ candidate: 'underwriter@1.0.0', session: 'budget', policy: limited });
  const budget = view.verdict?.rules.find(({ rule }) => rule === 'budget');
  expect(view.status).toBe('inconclusive');
  expect(budget?.status).toBe('inconclusive');
  expect(view.control?.status).toBe('stopped');
  expect(view.control?.note ?? '').toContain('budget');
  // One budget for the gate: three quarters of it for the control arm, one for the candidate.
  expect(server.requests.length).toBeGreaterThan(CALLS / 2);
  expect(server.requests.length).toBeLessThanOrEqual(CALLS);
  expect(budget?.line).toContain(`${server.requests.length} model calls of ${CALLS}`);
}, 120_000);

test('tried again it spends what is left, and no more', async () => {
  const view = await world.gate({ candidate: 'underwriter@1.0.0', session: 'budget', policy: limited });
  const budget = view.verdict?.rules.find(({ rule }) => rule === 'budget');
  expect(view.attempt).toBe(2);
  expect(view.status).toBe('inconclusive');
  expect(server.requests.length).toBeLessThanOrEqual(CALLS);
  expect(budget?.line).toContain(`${server.requests.length} model calls of ${CALLS}`);
}, 120_000);
