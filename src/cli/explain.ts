import { isAppError } from '../errors/index.js';
import { forTerminal } from './render/escape.js';
import { asCalled } from './called.js';

const MAX_PROBLEMS = 20;

/** Error as a person reads it: what, where, expected and got, and what to do. */
export function explain(error: unknown, debug = process.env['TENET_DEBUG'] === '1'): readonly string[] {
  if (!isAppError(error)) {
    const shown = error instanceof Error ? ((debug ? error.stack : undefined) ?? error.message) : String(error);
    const fix = isMissingModule(error)
      ? 'a part of this installation is missing: npm ci && npm run build'
      : 'this is a fault of ours: run it again with TENET_DEBUG=1 and report what it prints';
    return [
      ...shown.split('\n').map((line, at) => (at === 0 ? `error: ${forTerminal(line)}` : `  ${forTerminal(line)}`)),
      `  fix       ${fix}`,
    ];
  }
  const { field, expected, got, fix, problems } = error.details;
  const [first = '', ...rest] = error.message.split('\n');
  const lines = [`error: ${forTerminal(first)}  [${error.code}]`, ...rest.map((line) => `  ${forTerminal(line)}`)];
  const put = (label: string, value: unknown): void => {
    if (typeof value === 'string' && value !== '') lines.push(`  ${label.padEnd(9)} ${forTerminal(value)}`);
  };
  put('field', field);
  put('expected', expected);
  put('got', got);
  if (Array.isArray(problems)) {
    const texts = problems.filter((problem): problem is string => typeof problem === 'string');
    for (const problem of texts.slice(0, MAX_PROBLEMS)) lines.push(`  - ${forTerminal(problem)}`);
  }
  put('fix', typeof fix === 'string' ? asCalled(fix) : fix);
  if (debug) for (const line of (error.stack ?? '').split('\n').slice(1)) lines.push(`  ${forTerminal(line)}`);
  return lines;
}

const isMissingModule = (error: unknown): boolean =>
  (error as { readonly code?: unknown } | null)?.code === 'ERR_MODULE_NOT_FOUND';
