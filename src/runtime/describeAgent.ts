import { AppError, ERROR_CODES, type ErrorCode, type ErrorDetails } from '../errors/index.js';
import { runCommand, type CommandResult } from '../services/index.js';

/** What an agent module says it is. */
export interface AgentDescription {
  readonly name: string;
  readonly version: string;
  /** Decision type. */
  readonly type: string;
  /** name@version */
  readonly agent: string;
  /** SHA-256 over its files, hex. */
  readonly digest: string;
}

/** A child may take 60 s to load a module; its worker says so before it is given up here. */
const TIMEOUT_MS = 75_000;

/**
 * Asks the agent worker, whose fenced child loads the module. The code of a version is never loaded in this process, which
 * holds the keys: not to register it either.
 */
export async function describeAgent(
  argv: readonly [string, ...string[]],
  env: NodeJS.ProcessEnv,
  signal: AbortSignal | undefined,
): Promise<AgentDescription> {
  const [file, ...args] = argv;
  const watched = { ...env, TENET_PARENT: String(process.pid) };
  const result = await runCommand(file, args, { timeoutMs: TIMEOUT_MS, env: watched, signal });
  signal?.throwIfAborted();
  const answer = lastObject(result.stdout);
  if (isDescription(answer)) return answer;
  throw errorIn(answer) ?? unanswered(result);
}

function lastObject(stdout: string): Record<string, unknown> | null {
  const line = stdout.trimEnd().split('\n').at(-1) ?? '';
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : null;
  } catch {
    return null;
  }
}

function isDescription(answer: object | null): answer is AgentDescription {
  const texts = ['name', 'version', 'type', 'agent', 'digest'] as const;
  return answer !== null && texts.every((name) => typeof Reflect.get(answer, name) === 'string');
}

function errorIn(answer: Record<string, unknown> | null): AppError | undefined {
  const { code, message, details } = (answer?.['error'] ?? {}) as Record<string, unknown>;
  if (typeof code !== 'string' || !Object.hasOwn(ERROR_CODES, code)) return undefined;
  return new AppError(code as ErrorCode, String(message), (details ?? {}) as ErrorDetails);
}

function unanswered({ code, stderr }: CommandResult): AppError {
  const said = stderr.trimEnd().split('\n').slice(-6).join('\n');
  return new AppError('agent.invalid', `the agent could not be described (exit code ${code ?? 'none'})\n${said}`, {
    field: '--agent',
    fix: 'run the module on its own and correct what it says',
  });
}
