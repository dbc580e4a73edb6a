import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parsePolicy, type GatePolicy } from '../../dist/src/gate/index.js';
import type { GateView } from '../../dist/src/cli/views/gate.js';
import { AGENTS, openWorld, ROOT, type World } from './world.js';

/** Agents and workers that misbehave: every fault is a row or a verdict that says why, never a crash and never a pass. */
const csv = readFileSync(join(ROOT, 'examples/underwriting/applicants.csv'), 'utf8');
const file = join(ROOT, 'examples/underwriting/gates/underwriter.yaml');
const full = parsePolicy(readFileSync(file, 'utf8'), file);
const SESSION = 'faults';
const AVAILABLE_MS = 4_000;

let world: World;
let folder: string;
let applicants: ReadonlyMap<string, string>;

beforeAll(async () => {
  mkdirSync(AGENTS, { recursive: true });
  folder = mkdtempSync(join(AGENTS, 'faults-'));
  world = await openWorld({ env: { TENET_AGENT_AVAILABLE_WITHIN_MS: String(AVAILABLE_MS) } });
  const ids = await world.record(csv.split('\n').slice(0, 201).join('\n'), SESSION);
  applicants = new Map([...ids].map(([applicant, decision]) => [decision, applicant]));
  await world.stack.serveAgent(join(AGENTS, 'underwriter-1.0.0.js'));
}, 120_000);

afterAll(async () => {
  await world?.stop();
  if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
});

/** A version that does what `body` says before it decides as ever. `application` and `version` are in scope. */
function candidate(version: string, body: string): string {
  const entry = join(folder, `candidate-${version}.js`);
  writeFileSync(
    entry,
    [
      `import { underwriter } from '../underwriter.js';`,
      `import { ghost } from '@tenet-ledger/ghost';`,
      `import { agentOf } from '@tenet-ledger/ghost/replay';`,
      `const { options, fn } = agentOf(underwriter({ version: '${version}' }));`,
      `export const decide = ghost.agent(options, async (application) => {`,
      body,
      `  return fn(application);`,
      `});`,
      '',
    ].join('\n'),
  );
  return entry;
}

const policy = (over: Partial<GatePolicy> = {}): GatePolicy => ({
  ...full,
  cohort: { ...full.cohort, size: 200 },
  ...over,
});

async function rowsOf(view: GateView): Promise<Map<string, { status: string; code: string | null }>> {
  const run = await world.stack.stores.runs.get(view.candidateRun?.run ?? '');
  const found = new Map<string, { status: string; code: string | null }>();
  if (run === null) return found;
  for await (const page of world.stack.stores.replay.load(run)) {
    for (const { row, decision } of page) {
      const applicant = applicants.get(decision) ?? '';
      expect(found.has(applicant)).toBe(false);
      found.set(applicant, { status: row?.status ?? 'none', code: row?.refusal?.code ?? null });
    }
  }
  return found;
}

const MISBEHAVIOURS: Readonly<Record<string, { body: string; status: string; code: string }>> = {
  '0': { body: `throw new Error('broken');`, status: 'failed', code: 'replay.threw' },
  '1': { body: `await new Promise(() => undefined);`, status: 'timeout', code: 'replay.timeout' },
  '2': { body: `for (;;) {}`, status: 'timeout', code: 'replay.timeout' },
  '3': {
    body: `return { status: undefined, confidence: 0.5, reasons: [], score: 0, overTerm: false };`,
    status: 'invalid',
    code: 'replay.no_outcome',
  },
  '4': {
    body: `return { status: 'approve', confidence: NaN, reasons: ['x'], score: 0, overTerm: false };`,
    status: 'invalid',
    code: 'replay.bad_confidence',
  },
  '5': {
    body: `return { status: 'approve', confidence: 0.5, reasons: ['x'.repeat(10_000_000)], score: 0, overTerm: false };`,
    status: 'invalid',
    code: 'replay.too_large',
  },
  '6': { body: `process.exit(3);`, status: 'failed', code: 'replay.crashed' },
  '7': { body: `await fetch('http://127.0.0.1:59999/');`, status: 'refused', code: 'replay.fence' },
};

describe('a misbehaving candidate', () => {
  test('leaves one row a decision that says what it did, and the others are re-run', async () => {
    const body = Object.entries(MISBEHAVIOURS).map(
      ([id, { body: does }]) => `  if (application.id === '${id}') { ${does} }`,
    );
    await world.stack.serveAgent(candidate('2.0.0', body.join('\n')));
    const view = await world.gate({
      candidate: 'underwriter@2.0.0',
      session: SESSION,
      policy: policy({ lanes: { ...full.lanes, timeoutMs: 1_000 } }),
    });
    const rows = await rowsOf(view);
    expect(rows.size).toBe(200);
    for (const [id, { status, code }] of Object.entries(MISBEHAVIOURS))
      expect({ id, ...rows.get(id) }).toEqual({ id, status, code });
    expect([...rows.values()].filter(({ status }) => status === 'done')).toHaveLength(
      200 - Object.keys(MISBEHAVIOURS).length,
    );
    expect(view.status).not.toBe('pass');
  }, 120_000);

  test('a request of its own is reported with the address it wanted, and nothing was sent', async () => {
    const { createServer } = await import('node:http');
    let requests = 0;
    const server = createServer((_, response) => {
      requests += 1;
      response.end();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as { port: number };
    try {
      await world.stack.serveAgent(candidate('2.0.1', `  await fetch('http://127.0.0.1:${port}/');`));
      const view = await world.gate({ candidate: 'underwriter@2.0.1', session: SESSION, policy: policy() });
      expect(requests).toBe(0);
      expect(view.status).toBe('inconclusive');
      const refused = [...(await rowsOf(view)).values()];
      expect(refused.every(({ status, code }) => status === 'refused' && code === 'replay.fence')).toBe(true);
      expect(view.candidateRun?.yield.share).toBe(0);
    } finally {
      server.close();
    }
  }, 120_000);
});

describe('a worker', () => {
  test('that is killed in the middle of a run is replaced, and the run ends as if nothing had been', async () => {
    const entry = candidate('2.1.0', `  await new Promise((resolve) => setTimeout(resolve, 25));`);
    const first = await world.stack.serveAgent(entry);
    const gate = world.gate({ candidate: 'underwriter@2.1.0', session: SESSION, policy: policy() });
    const run = await untilSomeResults('underwriter@2.1.0');
    process.kill(first.process.pid, 'SIGKILL');
    await first.process.exited;
    const stalled = await resultCount(run);
    expect(stalled).toBeLessThan(200);
    await world.stack.serveAgent(entry);
    const view = await gate;
    expect(view.status).toBe('pass');
    expect((await rowsOf(view)).size).toBe(200);
  }, 180_000);

  test('that is busy for longer than a gate waits for a worker is not taken for an absent one', async () => {
    await world.stack.serveAgent(candidate('2.1.1', `  await new Promise((resolve) => setTimeout(resolve, 50));`));
    const view = await world.gate({
      candidate: 'underwriter@2.1.1',
      session: SESSION,
      policy: policy({ cohort: { ...full.cohort, size: 100 }, repeats: { control: 3, candidate: 4 } }),
    });
    expect(view.candidateRun?.status).toBe('done');
    expect(view.candidateRun?.yield.share).toBe(1);
  }, 120_000);

  test('that never comes makes the gate inconclusive within the stated time', async () => {
    const served = await world.stack.serveAgent(candidate('2.2.0', ''));
    await served.process.stop();
    const began = Date.now();
    const view = await world.gate({ candidate: 'underwriter@2.2.0', session: SESSION, policy: policy() });
    expect(view.status).toBe('inconclusive');
    expect(view.verdict?.rules[0]?.line).toContain('agent.not_available');
    expect(view.signed).not.toBeNull();
    expect(Date.now() - began).toBeLessThan(AVAILABLE_MS + 15_000);
  }, 60_000);

  test('of a version that nobody registered: the same, at once', async () => {
    const view = await world.gate({ candidate: 'underwriter@9.9.9', session: SESSION, policy: policy() });
    expect(view.status).toBe('inconclusive');
    expect(view.verdict?.rules[0]?.line).toContain('agent.not_registered');
  }, 60_000);
});

async function untilSomeResults(agent: string): Promise<string> {
  for (;;) {
    const run = (await world.stack.stores.runs.list(10)).find((row) => row.agent === agent);
    if (run !== undefined && (await resultCount(run.id)) > 0) return run.id;
    await sleep(20);
  }
}

async function resultCount(run: string): Promise<number> {
  return (await world.stack.stores.replay.counts(run)).reduce((sum, { rows }) => sum + rows, 0);
}
