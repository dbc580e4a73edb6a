import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { decisionId } from '@tenet-ledger/record';
import { loadConfig } from '../../dist/src/config/index.js';
import { awaitGate } from '../../dist/src/runtime/index.js';
import { createProgress } from '../../dist/src/cli/progress.js';
import { judgedBy, requestGate, startGate } from '../../dist/src/runtime/index.js';
import { startStack, type Stack } from '../../dist/src/runtime/index.js';
import { loadGate } from '../../dist/src/cli/views/loadGate.js';
import type { GateView } from '../../dist/src/cli/views/gate.js';
import type { GatePolicy } from '../../dist/src/gate/index.js';
import { toolsDir } from '../support/toolsDir.js';

/** The built product with real services in a folder of its own: what the tests here see is what a user runs. */
export interface World {
  readonly stack: Stack;
  readonly stateDir: string;
  /** Records every row of a CSV by the baseline version under one session; decision id by applicant id. */
  record(csv: string, session: string): Promise<ReadonlyMap<string, string>>;
  gate(request: GateRequest): Promise<GateView>;
  stop(): Promise<void>;
}

export interface GateRequest {
  readonly candidate: string;
  readonly session: string;
  readonly policy: GatePolicy;
  /** @default BASELINE */
  readonly baseline?: string;
  readonly signal?: AbortSignal;
}

export const ROOT = join(import.meta.dirname, '../..');
export const AGENTS = join(ROOT, 'dist', 'examples', 'underwriting');
export const BASELINE = 'underwriter@1.0.0';

export interface WorldOptions {
  /** Extra environment of the platform's processes. */
  readonly env?: Readonly<Record<string, string>>;
  /** What agents are handed. */
  readonly agentEnv?: Readonly<Record<string, string>>;
  readonly model?: {
    readonly baseUrl: string;
    readonly apiKey: string;
    readonly pricePrompt?: number;
    readonly priceCompletion?: number;
  };
}

export async function openWorld({ env = {}, agentEnv = {}, model }: WorldOptions = {}): Promise<World> {
  const stateDir = mkdtempSync(join(tmpdir(), 'tenet-e2e-'));
  const { value } = loadConfig({ flags: { stateDir, toolsDir }, env: {} });
  const config = model === undefined ? value : { ...value, openai: { ...value.openai, ...model } };
  const stack = await startStack(config, { env, agentEnv });
  return {
    stack,
    stateDir,
    record: (csv, session) => record(stack, csv, session),
    gate: (request) => runGate(stack, request),
    async stop() {
      await stack.stop();
      rmSync(stateDir, { recursive: true, force: true });
    },
  };
}

async function record(stack: Stack, csv: string, session: string): Promise<ReadonlyMap<string, string>> {
  const { ghost } = await import('../../packages/ghost/dist/index.js');
  const { parseApplicants } = await import('../../dist/examples/underwriting/applicants.js');
  const { decide } = await import('../../dist/examples/underwriting/underwriter-1.0.0.js');
  const { apiKey: token } = await stack.stores.apiKeys.mint({ scopes: ['enrol'], label: 'e2e', singleUse: true });
  const keyFile = join(stack.services.folder.dir, 'keys', 'producers', 'e2e.pem');
  const identity = await ghost.enrol({ endpoint: stack.apiUrl, token, keyFile });
  const problems: string[] = [];
  ghost.configure({ ...identity, session, onProblem: ({ code, message }) => problems.push(`${code}: ${message}`) });
  const ids = new Map<string, string>();
  for (const applicant of parseApplicants(csv).applicants) {
    await decide(applicant);
    const { tenant } = stack.platform;
    ids.set(applicant.id, decisionId({ tenant, agent: 'underwriter', version: '1.0.0', session, key: applicant.id }));
  }
  const { pending } = await ghost.flush({ timeout: 60_000 });
  if (pending > 0 || problems.length > 0) throw new Error(`${pending} pending, ${problems.join('; ')}`);
  await stack.platform.ledger.waitLogged([...ids.values()], { timeoutMs: 60_000 });
  return ids;
}

async function runGate(
  stack: Stack,
  { candidate, session, policy, baseline = BASELINE, signal = new AbortController().signal }: GateRequest,
): Promise<GateView> {
  const { platform, stores, temporal } = stack;
  const digests = await Promise.all(
    [baseline, candidate].map(async (agent) => (await stores.agents.get(agent))?.digest ?? null),
  );
  const gate = await requestGate(platform, stores, {
    policy,
    baseline,
    judgedBy: judgedBy(stack.config, stack.services.embedder),
    candidate,
    session,
    digests: [digests[0] ?? null, digests[1] ?? null],
  });
  await startGate(temporal, platform.tenant, gate);
  const ended = await awaitGate(stack, gate.id, createProgress('gate'), signal);
  return loadGate({ platform, stores, signal }, ended);
}
