import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ghost } from '@tenet-ledger/ghost';
import { replayAgent } from '@tenet-ledger/ghost/replay';
import { loadAgent } from '../src/agents/index.js';
import type { GateRow } from '../src/db/index.js';
import { awaitGate, judgedBy, requestGate, startGate, type ServedAgent, type Stack } from '../src/runtime/index.js';
import { parsePolicy } from '../src/gate/index.js';
import { ownPackage } from '../src/services/index.js';
import { enrolled } from './producer.js';
import { cpuOf, cpuUsed, type Figure } from './report.js';

const DECISIONS = 5_000;
const WARM_UP = 500;
const CONTROL = 2;
const SESSION = 'bench-replay';

const policyText = (size: number): string => `
version: 1
name: bench
agent: noop
type: bench.noop
cohort: { size: ${size}, seed: 1 }
repeats: { control: ${CONTROL}, candidate: 1 }
`;

/**
 * Re-runs per second of a whole gate with an agent that does nothing: cohort frozen, manifests signed, decisions read from
 * Postgres, re-run in the fenced child, results stored, compared, verdict signed. A small gate before it has the workers load
 * their models and compile.
 */
export async function benchReplay(stack: Stack): Promise<Figure> {
  const entry = join(ownPackage().root, 'dist', 'bench', 'noopAgent.js');
  const served = await stack.serveAgent(entry);
  await record(stack, entry);
  await runGate(stack, served, WARM_UP);
  const pids = { ...stack.services.pids };
  const before = cpuOf(pids);
  const began = performance.now();
  const beganAt = Date.now();
  const ended = await runGate(stack, served, DECISIONS);
  const seconds = (performance.now() - began) / 1000;
  const after = cpuOf(pids);
  const runs = await Promise.all([ended.controlRun, ended.candidateRun].map((id) => stack.stores.runs.get(id ?? '')));
  const at = (time: Date | null | undefined): string => (((time?.getTime() ?? NaN) - beganAt) / 1000).toFixed(2);
  const times = runs.map((run) => `${run?.lane} ${at(run?.createdAt)}–${at(run?.finishedAt)} s`);
  const reruns = DECISIONS * (CONTROL + 1);
  return {
    name: 'replay, end to end, no-op agent, unchanged outcomes',
    value: reruns / seconds,
    unit: 'decisions/s',
    target: 2_000,
    limit: { name: 'the same re-runs in one process, without database, API or fence', value: await bareRate(entry) },
    notes: [
      `${DECISIONS} decisions × ${CONTROL} control + 1 candidate = ${reruns} re-runs in ${seconds.toFixed(2)} s, verdict ${ended.status}; planned to done: ${times.join(', ')}, then compared and signed`,
      ...cpuUsed(before, after, { seconds, pieces: reruns, unit: 'decision' }),
    ],
  };
}

async function runGate(stack: Stack, { agent, digest }: ServedAgent, size: number): Promise<GateRow> {
  const { platform, stores } = stack;
  const gate = await requestGate(platform, stores, {
    policy: parsePolicy(policyText(size), 'bench'),
    baseline: agent,
    judgedBy: judgedBy(stack.config, stack.services.embedder),
    candidate: agent,
    session: SESSION,
    digests: [digest, digest],
  });
  await startGate(stack.temporal, platform.tenant, gate);
  return awaitGate(stack, gate.id, { update() {}, say() {} });
}

async function record(stack: Stack, entry: string): Promise<void> {
  const identity = await enrolled(stack, 'bench-replay');
  ghost.configure({ ...identity, session: SESSION });
  const { decide } = (await import(pathToFileURL(entry).href)) as {
    decide: (input: { id: string; note: string }) => unknown;
  };
  for (let i = 0; i < DECISIONS; i += 1) decide({ id: String(i), note: 'x'.repeat(200) });
  const { pending } = await ghost.flush({ timeout: 120_000 });
  if (pending > 0) throw new Error(`${pending} records were not acknowledged`);
  for (;;) {
    const { queued } = await stack.platform.ledger.status();
    if (queued === 0) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

async function bareRate(entry: string): Promise<number> {
  const { wrapped } = await loadAgent(entry);
  const rounds = 5_000;
  const item = {
    input: { id: '1', note: 'x'.repeat(200) },
    tape: [],
    seed: '00'.repeat(32),
    occurredAt: '2026-01-01T00:00:00.000Z',
  };
  const policy = {
    model: 'tape',
    liveReads: false,
    randomness: 'fresh',
    timeoutMs: 5_000,
    maxResultBytes: 1_048_576,
  } as const;
  const began = performance.now();
  for (let i = 0; i < rounds; i += 1) await replayAgent(wrapped, { ...item, decision: `dec_${i}` }, policy);
  return rounds / ((performance.now() - began) / 1000);
}
