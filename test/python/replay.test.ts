import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { decisionId } from '@tenet-ledger/record';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createProgress } from '../../dist/src/cli/progress.js';
import { loadGate } from '../../dist/src/cli/views/loadGate.js';
import type { GateView } from '../../dist/src/cli/views/gate.js';
import { loadConfig } from '../../dist/src/config/index.js';
import { parsePolicy } from '../../dist/src/gate/index.js';
import { awaitGate, judgedBy, requestGate, startGate, startStack, type Stack } from '../../dist/src/runtime/index.js';
import { runCommand, type CommandResult } from '../../dist/src/services/index.js';
import { hasPython, pythonEnv } from '../support/pythonEnv.js';
import { toolsDir } from '../support/toolsDir.js';

/** One agent in Python, recorded by its SDK and re-run by its worker, through the gate that every agent goes through. */
const AGENTS = join(import.meta.dirname, 'agents');
const PACKAGE = join(import.meta.dirname, '../../python/tenet_ghost');
const SRC = join(PACKAGE, 'src');
const COUNT = 150;
const SESSION = 'python';

const policyFile = join(import.meta.dirname, 'lender.yaml');
const policy = parsePolicy(readFileSync(policyFile, 'utf8'), policyFile);

/** As the agent has it. */
const scoreOf = (i: number): number => 560 + ((i * 37) % 100);
const expectedFlips = Array.from({ length: COUNT }, (_, i) => i).filter((i) => scoreOf(i) >= 600 && scoreOf(i) < 620);

const env = await pythonEnv(readFileSync(join(PACKAGE, 'requirements-test.txt'), 'utf8').trim().split('\n'));
let stateDir: string;
let stack: Stack;
let before: NodeJS.ProcessEnv;

describe.skipIf(!hasPython(env))('an agent in Python', () => {
  beforeAll(async () => {
    before = { ...process.env };
    stateDir = mkdtempSync(join(tmpdir(), 'tenet-python-'));
    Object.assign(process.env, { TENET_PYTHON: hasPython(env) ? env.python : '', PYTHONPATH: SRC });
    const { value } = loadConfig({ flags: { stateDir, toolsDir }, env: {} });
    stack = await startStack(value);
    const serve = (version: string): Promise<unknown> => stack.serveAgent(join(AGENTS, `lender_${version}.py`));
    await Promise.all([record(), ...['1_0_0', '1_0_1', '1_1_0'].map(serve)]);
  }, 180_000);

  afterAll(async () => {
    await stack?.stop();
    rmSync(stateDir, { recursive: true, force: true });
    for (const name of ['TENET_PYTHON', 'PYTHONPATH']) {
      if (before[name] === undefined) delete process.env[name];
      else process.env[name] = before[name];
    }
  });

  test('passes against itself: what was recorded comes out again', async () => {
    const view = await gate('lender@1.0.0');
    expect(explained(view)).toEqual({ status: 'pass', flips: [] });
  }, 120_000);

  test('passes in new words', async () => {
    const view = await gate('lender@1.0.1');
    expect(explained(view)).toEqual({ status: 'pass', flips: [] });
  }, 120_000);

  test('fails with a changed rule, and exactly the decisions between the two limits are named', async () => {
    const view = await gate('lender@1.1.0');
    expect(expectedFlips.length).toBeGreaterThan(5);
    expect(explained(view)).toEqual({ status: 'fail', flips: expectedFlips.map(idOf).sort() });
  }, 120_000);
});

const explained = (view: GateView): unknown => ({
  status: view.status,
  flips: [...(view.verdict?.flips ?? [])].sort(),
});

const idOf = (i: number): string =>
  decisionId({ tenant: stack.platform.tenant, agent: 'lender', version: '1.0.0', session: SESSION, key: `A-${i}` });

async function record(): Promise<void> {
  const { apiKey: token } = await stack.stores.apiKeys.mint({ scopes: ['enrol'], label: 'python', singleUse: true });
  const input = {
    endpoint: stack.apiUrl,
    token,
    keyFile: join(stateDir, 'producer.pem'),
    spool: join(stateDir, 'spool'),
    session: SESSION,
    count: COUNT,
  };
  const python = hasPython(env) ? env.python : '';
  const { code, stdout, stderr } = await run(python, [join(AGENTS, 'record.py'), JSON.stringify(input)]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(JSON.parse(stdout)).toEqual({ pending: 0, problems: [], stats: COUNT });
  await stack.platform.ledger.waitLogged(
    Array.from({ length: COUNT }, (_, i) => idOf(i)),
    { timeoutMs: 60_000 },
  );
}

const run = (file: string, args: readonly string[]): Promise<CommandResult> =>
  runCommand(file, args, { timeoutMs: 60_000, env: { PATH: process.env['PATH'], PYTHONPATH: SRC } });

async function gate(candidate: string): Promise<GateView> {
  const { platform, stores, temporal } = stack;
  const baseline = 'lender@1.0.0';
  const [first = null, second = null] = await Promise.all(
    [baseline, candidate].map(async (agent) => (await stores.agents.get(agent))?.digest ?? null),
  );
  const row = await requestGate(platform, stores, {
    policy,
    baseline,
    candidate,
    session: SESSION,
    judgedBy: judgedBy(stack.config, stack.services.embedder),
    digests: [first, second],
  });
  await startGate(temporal, platform.tenant, row);
  const { signal } = new AbortController();
  const ended = await awaitGate(stack, row.id, createProgress('gate'), signal);
  return loadGate({ platform, stores, signal }, ended);
}
