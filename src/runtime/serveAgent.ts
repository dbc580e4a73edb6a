import { resolve } from 'node:path';
import { registerAgent } from '../api/index.js';
import { AppError } from '../errors/index.js';
import { agentWorkerOf, type AgentWorker } from './agentWorker.js';
import { describeAgent } from './describeAgent.js';
import { keepServing, type ServedStart } from './keepServing.js';
import type { ServedAgent, Stack, StackOptions } from './types.js';
import { priceFlags } from './livePrices.js';

/** Before the token ends: long enough for a start that fails a few times, short against its day. */
const RENEW_BEFORE_MS = 3_600_000;

/** Registers the version that `entry` is, and keeps a worker of it running until it is stopped. */
export async function serveAgent(
  stack: Omit<Stack, 'serveAgent' | 'stop'>,
  {
    agentEnv = {},
    redactFile,
    signal,
    onNotice = () => undefined,
  }: Pick<StackOptions, 'agentEnv' | 'redactFile' | 'signal' | 'onNotice'>,
  entry: string,
): Promise<ServedAgent> {
  const { services, platform, stores, apiUrl, config } = stack;
  const own = agentWorkerOf(entry);
  const env = { ...workerEnv(stack, own), ...agentEnv };
  const worker = [...own.argv, ...Object.keys(agentEnv).flatMap((name) => ['--pass-env', name])] as const;
  const { agent, digest } = await describeAgent([...worker, '--describe'], env, signal);
  const { address, namespace } = services.temporal;
  const flags = {
    api: apiUrl,
    temporal: address,
    namespace,
    tenant: platform.tenant,
    children: String(config.agent.children),
    ...priceFlags(config),
    ...(redactFile !== undefined && { redact: resolve(redactFile) }),
  };
  const argv = [...worker, ...Object.entries(flags).flatMap(([name, value]) => [`--${name}`, value])];
  let pass: { readonly token: string; readonly renewAt: number } | undefined;
  const start = async (): Promise<ServedStart> => {
    await assertUnchanged(own, entry, agent, digest);
    if (pass === undefined || pass.renewAt <= Date.now()) {
      const { token, expiresAt } = await registerAgent(platform, stores, { agent, digest });
      pass = { token, renewAt: expiresAt.getTime() - RENEW_BEFORE_MS };
    }
    const child = await services.spawnSupervised(`agent ${agent}`, argv, {
      env: { ...env, TENET_AGENT_TOKEN: pass.token },
      readyWhen: /"ready":\s*true/,
      signal,
    });
    return { process: child, renewAt: pass.renewAt };
  };
  const serving = await keepServing({ name: `agent ${agent}`, start, say: onNotice });
  const stop = (): Promise<void> => serving.stop();
  return {
    agent,
    digest,
    get process() {
      return { ...serving.current, stop };
    },
    ended: serving.ended,
    stop,
  };
}

/** A worker of changed files would wait at a queue of its own, which no run asks. */
async function assertUnchanged(own: AgentWorker, entry: string, agent: string, digest: string): Promise<void> {
  const now = await own.digest();
  if (now === digest) return;
  throw new AppError('agent.digest_changed', `the files of ${agent} have changed since it was registered: ${entry}`, {
    field: 'digest',
    expected: digest,
    got: now,
    fix: 'give the changed agent a new version and serve that',
  });
}

/** The worker's own environment; its children get none of it but the model's and what `agentEnv` names. */
function workerEnv({ config: { openai } }: Pick<Stack, 'config'>, own: AgentWorker): NodeJS.ProcessEnv {
  const { PATH, HOME, NODE_ENV } = process.env;
  const values = {
    PATH,
    HOME,
    NODE_ENV,
    ...Object.fromEntries(own.env.map((name) => [name, process.env[name]])),
    OPENAI_BASE_URL: openai.baseUrl,
    OPENAI_API_KEY: openai.apiKey,
  };
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));
}
