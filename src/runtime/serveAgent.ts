import { registerAgent } from '../api/index.js';
import type { SupervisedProcess } from '../services/index.js';
import { describeAgent } from './describeAgent.js';
import type { Stack, StackOptions } from './stack.js';
import { workerFile } from './workerFile.js';

export interface ServedAgent {
  /** name@version */
  readonly agent: string;
  readonly digest: string;
  readonly process: SupervisedProcess;
}

/** Registers the version that `entry` is and starts its worker. */
export async function serveAgent(
  stack: Omit<Stack, 'serveAgent' | 'stop'>,
  { agentEnv = {}, signal }: Pick<StackOptions, 'agentEnv' | 'signal'>,
  entry: string,
): Promise<ServedAgent> {
  const { services, platform, stores, apiUrl } = stack;
  const env = { ...workerEnv(stack), ...agentEnv };
  const worker = [
    process.execPath,
    workerFile('agent'),
    '--agent',
    entry,
    ...Object.keys(agentEnv).flatMap((name) => ['--pass-env', name]),
  ] as const;
  const { agent, digest } = await describeAgent([...worker, '--describe'], env, signal);
  const { token } = await registerAgent(platform, stores, { agent, digest });
  const { address, namespace } = services.temporal;
  const options = { api: apiUrl, temporal: address, namespace, tenant: platform.tenant };
  const child = await services.spawnSupervised(
    `agent ${agent}`,
    [...worker, ...Object.entries(options).flatMap(([name, value]) => [`--${name}`, value])],
    { env: { ...env, TENET_AGENT_TOKEN: token }, readyWhen: /"ready":\s*true/, signal },
  );
  return { agent, digest, process: child };
}

/** The worker's own environment; its children get none of it but the model's and what `agentEnv` names. */
function workerEnv({ config: { openai } }: Pick<Stack, 'config'>): NodeJS.ProcessEnv {
  const { PATH, HOME, NODE_ENV } = process.env;
  const values = { PATH, HOME, NODE_ENV, OPENAI_BASE_URL: openai.baseUrl, OPENAI_API_KEY: openai.apiKey };
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));
}
