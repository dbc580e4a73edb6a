import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import type { LiveModel, RedactOptions } from '@tenet-ledger/ghost/replay';
import { AppError } from '../../src/errors/index.js';
import { readRedactRules } from './readRedactRules.js';

/** What a child of the worker is made with. */
export interface AgentArgs {
  readonly agentFile: string;
  readonly memoryMb: number;
  readonly model: LiveModel | null;
  readonly liveReads: readonly string[];
  /** The agent's whole environment in the child. */
  readonly agentEnv: Readonly<Record<string, string>>;
  /** What the recorded decisions were redacted by; null: the secrets that always are. */
  readonly redact: RedactOptions | null;
}

export interface WorkerArgs extends AgentArgs {
  readonly api: string;
  readonly temporal: string;
  readonly namespace: string;
  readonly tenant: string;
  readonly token: string;
  readonly children: number;
}

export type Asked =
  | { readonly what: 'help' }
  | { readonly what: 'describe'; readonly args: AgentArgs }
  | { readonly what: 'serve'; readonly args: WorkerArgs };

export const USAGE = `usage: agent.js --agent FILE --api URL --temporal HOST:PORT [options]
       agent.js --agent FILE --describe [options]

  --agent FILE        compiled entry module that exports one function wrapped by ghost.agent
  --describe          load the agent in a fenced child, print what it is as one line of JSON, and end; needs no token
  --api URL           address of the Tenet API
  --temporal ADDR     address of the Temporal server
  --namespace NAME    Temporal namespace (default: default)
  --tenant NAME       tenant of the task queue (default: TENET_TENANT, else local)
  --children N        processes that run decisions (default: 1; more for lanes with a live model)
  --memory-mb N       heap of each (default: 512)
  --pass-env NAME     hand this variable to the agent; it sees no other (repeatable)
  --live-read H:P     endpoint that reads may reach where the lane allows live reads (repeatable)
  --redact FILE       JSON: what the recorded decisions were redacted by, as in ghost.configure; with the key of
                      pseudonyms, recorded values are put back for the agent, and taken out of what it answers
  --price-prompt N, --price-completion N
                      price of a million tokens of the live model, for --max-cost

  TENET_AGENT_TOKEN   replay token of this agent version
  OPENAI_BASE_URL, OPENAI_API_KEY
                      endpoint of the live model; the only address the agent may reach

example:
  TENET_AGENT_TOKEN=tnt_… node dist/workers/agent.js --agent dist/examples/underwriting/underwriter-1.0.0.js \\
    --api http://127.0.0.1:7400 --temporal 127.0.0.1:7233 --tenant demo
`;

const OPTIONS = {
  agent: { type: 'string' },
  api: { type: 'string' },
  temporal: { type: 'string' },
  namespace: { type: 'string', default: 'default' },
  tenant: { type: 'string' },
  children: { type: 'string', default: '1' },
  'memory-mb': { type: 'string', default: '512' },
  'pass-env': { type: 'string', multiple: true, default: [] as string[] },
  'live-read': { type: 'string', multiple: true, default: [] as string[] },
  redact: { type: 'string' },
  'price-prompt': { type: 'string' },
  'price-completion': { type: 'string' },
  describe: { type: 'boolean', default: false },
  help: { type: 'boolean', short: 'h', default: false },
} as const;

export function readWorkerArgs(argv: readonly string[], env: NodeJS.ProcessEnv): Asked {
  const values = parse(argv);
  if (values.help) return { what: 'help' };
  const agent = readAgentArgs(values, env);
  if (values.describe) return { what: 'describe', args: agent };
  const token = env['TENET_AGENT_TOKEN'] ?? '';
  if (token === '')
    throw new AppError('auth.missing', 'TENET_AGENT_TOKEN is not set', {
      field: 'TENET_AGENT_TOKEN',
      fix: 'register the agent version; it prints its token',
    });
  const args: WorkerArgs = {
    ...agent,
    api: url('--api', needed(values, 'api')),
    temporal: needed(values, 'temporal'),
    namespace: values.namespace,
    tenant: values.tenant ?? env['TENET_TENANT'] ?? 'local',
    token,
    children: whole('--children', values.children, 64),
  };
  return { what: 'serve', args };
}

function readAgentArgs(values: Values, env: NodeJS.ProcessEnv): AgentArgs {
  const baseURL =
    env['OPENAI_BASE_URL'] ?? (env['OPENAI_API_KEY'] === undefined ? undefined : 'https://api.openai.com/v1');
  const apiKey = env['OPENAI_API_KEY'] ?? '';
  const price = priceOf(values['price-prompt'], values['price-completion']);
  return {
    agentFile: resolve(needed(values, 'agent')),
    memoryMb: whole('--memory-mb', values['memory-mb'], 65_536),
    model: baseURL === undefined ? null : { baseURL: url('OPENAI_BASE_URL', baseURL), apiKey, ...(price && { price }) },
    liveReads: values['live-read'].map(hostPort),
    agentEnv: agentEnvironment(values['pass-env'], env, baseURL, apiKey),
    redact: values.redact === undefined ? null : readRedactRules(values.redact),
  };
}

type Values = ReturnType<typeof parse>;

function needed(values: Values, name: 'agent' | 'api' | 'temporal'): string {
  const value = values[name];
  if (value === undefined || value === '') throw wrong(`--${name}`, 'a value', 'nothing');
  return value;
}

function parse(argv: readonly string[]) {
  try {
    return parseArgs({ args: [...argv], options: OPTIONS, strict: true, allowPositionals: false }).values;
  } catch (cause) {
    throw new AppError(
      'usage.invalid',
      cause instanceof Error ? cause.message : String(cause),
      { fix: 'see --help' },
      { cause },
    );
  }
}

/** Client libraries refuse to be built without a key; where no model is configured they get one that opens nothing. */
function agentEnvironment(
  names: readonly string[],
  env: NodeJS.ProcessEnv,
  baseURL: string | undefined,
  apiKey: string,
): Record<string, string> {
  const passed: Record<string, string> = { OPENAI_API_KEY: apiKey === '' ? 'none-in-replay' : apiKey };
  if (baseURL !== undefined) passed['OPENAI_BASE_URL'] = baseURL;
  for (const name of names) {
    if (/^TENET_/.test(name)) throw wrong('--pass-env', 'a variable of the agent; ours are not handed out', name);
    const value = env[name];
    if (value !== undefined) passed[name] = value;
  }
  return passed;
}

function priceOf(prompt: string | undefined, completion: string | undefined): LiveModel['price'] {
  if (prompt === undefined && completion === undefined) return undefined;
  const read = (flag: string, text: string | undefined): number => {
    const value = Number(text ?? '0');
    if (!Number.isFinite(value) || value < 0) throw wrong(flag, 'a price of a million tokens', text ?? '');
    return value;
  };
  return { prompt: read('--price-prompt', prompt), completion: read('--price-completion', completion) };
}

function whole(flag: string, text: string, most: number): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1 || value > most)
    throw wrong(flag, `a whole number from 1 to ${most}`, text);
  return value;
}

function url(flag: string, text: string): string {
  const parsed = URL.canParse(text) ? new URL(text) : null;
  if (parsed === null || !/^https?:$/.test(parsed.protocol)) throw wrong(flag, 'an http or https address', text);
  return text;
}

function hostPort(text: string): string {
  if (!/^[^\s:]+:\d{1,5}$/.test(text)) throw wrong('--live-read', 'host:port', text);
  return text.toLowerCase();
}

const wrong = (field: string, expected: string, got: string): AppError =>
  new AppError('usage.invalid', `${field}: expected ${expected}`, { field, expected, got, fix: 'see --help' });
