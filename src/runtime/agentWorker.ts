import { existsSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { agentDigest } from '../agents/index.js';
import { AppError } from '../errors/index.js';
import { runCommand } from '../services/index.js';
import { workerFile } from './workerFile.js';

/** How the worker of an agent's language is started. */
export interface AgentWorker {
  /** Program and arguments up to the agent's own; flags follow. */
  readonly argv: readonly [string, ...string[]];
  /** Variables of ours that it is to have beside PATH and HOME. */
  readonly env: readonly string[];
  /** SHA-256 over the agent's files, hex. Runs nothing of the agent. */
  digest(): Promise<string>;
}

const PYTHON_ENTRY = /\.py(?::[A-Za-z_]\w*)?$/;
const DIGEST_MS = 60_000;
const DIGEST = /^[0-9a-f]{64}$/;

/** `agent.py` and `agent.py:name` are served by the Python worker, anything else by ours. */
export function agentWorkerOf(entry: string): AgentWorker {
  if (PYTHON_ENTRY.test(entry)) return pythonWorker(resolve(entry));
  return {
    argv: [process.execPath, workerFile('agent'), '--agent', entry],
    env: [],
    digest: () => agentDigest(entry),
  };
}

function pythonWorker(entry: string): AgentWorker {
  const argv = [pythonOf(dirname(entry)), '-m', 'tenet_ghost.worker', '--agent', entry] as const;
  return { argv, env: ['PYTHONPATH', 'VIRTUAL_ENV'], digest: () => pythonDigest(argv) };
}

/** TENET_PYTHON, the active environment, or the nearest .venv or venv above the agent; else whatever `python3` is. */
function pythonOf(folder: string): string {
  const { TENET_PYTHON, VIRTUAL_ENV } = process.env;
  if (TENET_PYTHON !== undefined && TENET_PYTHON !== '') return TENET_PYTHON;
  const candidates = VIRTUAL_ENV === undefined || VIRTUAL_ENV === '' ? [] : [join(VIRTUAL_ENV, 'bin', 'python')];
  for (let at = folder; ; at = dirname(at)) {
    candidates.push(join(at, '.venv', 'bin', 'python'), join(at, 'venv', 'bin', 'python'));
    if (dirname(at) === at) break;
  }
  return candidates.find((file) => existsSync(file)) ?? 'python3';
}

async function pythonDigest([file, ...args]: readonly [string, ...string[]]): Promise<string> {
  const { stdout, stderr } = await runCommand(file, [...args, '--digest'], { timeoutMs: DIGEST_MS });
  let answer: { digest?: unknown; error?: { message?: unknown } } = {};
  try {
    answer = JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? '') as typeof answer;
  } catch {
    // What Python itself says about a module it does not have is on stderr.
  }
  if (typeof answer.digest === 'string' && DIGEST.test(answer.digest)) return answer.digest;
  const said = typeof answer.error?.message === 'string' ? answer.error.message : stderr.trimEnd().slice(-600);
  throw new AppError('agent.invalid', `the digest of the agent's files could not be taken\n${said}`, {
    field: '--agent',
    fix: `in the agent's environment: ${file} -m pip install "tenet-ghost[worker]"`,
  });
}
