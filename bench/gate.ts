import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ghost } from '@tenet-ledger/ghost';
import type { GateRow } from '../src/db/index.js';
import { parsePolicy } from '../src/gate/index.js';
import { awaitGate, judgedBy, requestGate, startGate, type Stack } from '../src/runtime/index.js';
import { ownPackage } from '../src/services/index.js';
import { enrolled } from './producer.js';

const SESSION = 'bench-gate';
const DECISIONS = 1_000;
const TARGET_SECONDS = 5;
const CANDIDATES = ['underwriter@1.0.1', 'underwriter@1.1.0', 'underwriter@1.0.2'];

interface Timed {
  readonly gate: GateRow;
  readonly seconds: number;
  /** From the first re-run asked for to the last result, of the lanes that this gate ran. */
  readonly replay: number;
}

/**
 * What a gate takes beyond its re-runs: cohort frozen, manifests signed, results compared with the noise floor and tested as a
 * cohort, verdict signed. The gate of the example: 300 decisions, three control re-runs, reasons that vary.
 */
export async function benchGate(stack: Stack): Promise<string[]> {
  const { root } = ownPackage();
  const agents = join(root, 'dist/examples/underwriting');
  await record(stack, agents, readFileSync(join(root, 'examples/underwriting/applicants.csv'), 'utf8'));
  const versions = ['1.0.0', ...CANDIDATES.map((name) => name.slice(name.indexOf('@') + 1))];
  for (const version of versions) await stack.serveAgent(join(agents, `underwriter-${version}.js`));
  const timed: Timed[] = [];
  for (const candidate of CANDIDATES) timed.push(await run(stack, root, candidate));
  const worst = Math.max(...timed.map(overhead));
  return [
    `gate, beyond its re-runs: ${worst.toFixed(2)} s at most, target ${TARGET_SECONDS} s at most: ${worst <= TARGET_SECONDS ? 'reached' : 'NOT reached'}`,
    ...timed.map(
      (one) =>
        `  ${one.gate.candidate} ${one.gate.status}: ${one.seconds.toFixed(2)} s in all, re-runs ${one.replay.toFixed(2)} s, beyond them ${overhead(one).toFixed(2)} s`,
    ),
  ];
}

const overhead = ({ seconds, replay }: Timed): number => seconds - replay;

async function run(stack: Stack, root: string, candidate: string): Promise<Timed> {
  const { platform, stores } = stack;
  const file = join(root, 'examples/underwriting/gates/underwriter.yaml');
  const baseline = 'underwriter@1.0.0';
  const digestOf = async (agent: string): Promise<string | null> => (await stores.agents.get(agent))?.digest ?? null;
  const began = performance.now();
  const asked = new Date();
  const row = await requestGate(platform, stores, {
    policy: parsePolicy(readFileSync(file, 'utf8'), file),
    baseline,
    judgedBy: judgedBy(stack.config, stack.services.embedder),
    candidate,
    session: SESSION,
    digests: [await digestOf(baseline), await digestOf(candidate)],
  });
  await startGate(stack.temporal, platform.tenant, row);
  const gate = await awaitGate(stack, row.id, { update() {}, say() {} });
  const seconds = (performance.now() - began) / 1000;
  const runs = await Promise.all([gate.controlRun, gate.candidateRun].map((id) => stores.runs.get(id ?? '')));
  const lanes = runs.map((lane) =>
    lane === null || lane.finishedAt === null || lane.createdAt < asked
      ? 0
      : (lane.finishedAt.getTime() - lane.createdAt.getTime()) / 1000,
  );
  // Both lanes are planned at once and run one after the other.
  return { gate, seconds, replay: Math.max(...lanes) };
}

async function record(stack: Stack, agents: string, csv: string): Promise<void> {
  const load = async <T>(file: string): Promise<T> => (await import(pathToFileURL(join(agents, file)).href)) as T;
  const { parseApplicants } = await load<typeof import('../examples/underwriting/applicants.js')>('applicants.js');
  const { decide } = await load<typeof import('../examples/underwriting/underwriter-1.0.0.js')>('underwriter-1.0.0.js');
  ghost.configure({ ...(await enrolled(stack, 'bench-gate')), session: SESSION });
  for (const applicant of parseApplicants(csv).applicants.slice(0, DECISIONS)) await decide(applicant);
  const { pending } = await ghost.flush({ timeout: 120_000 });
  if (pending > 0) throw new Error(`${pending} records were not acknowledged`);
  while ((await stack.platform.ledger.status()).queued > 0) await new Promise((resolve) => setTimeout(resolve, 50));
}
