import { accessSync, constants } from 'node:fs';
import { basename, delimiter, dirname, resolve, sep } from 'node:path';
import { shellWord, shownPath } from './shellWord.js';

/** How this process was called: what a printed command has to begin with to do what it says. */
export interface Called {
  /** `tenet` where a shell finds it by that name, else the path it was run by. */
  readonly command: string;
  /** Options that lead to the same state: `--state-dir DIR`, `--config FILE`. */
  readonly flags: string;
}

/** Options of the program that every later command needs too. */
const KEPT = ['--state-dir', '--config'];

/** From the arguments of the process: the interpreter, the script as it was found, and what followed. */
export function calledAs(
  argv: readonly string[],
  cwd: string = process.cwd(),
  env: NodeJS.ProcessEnv = process.env,
): Called {
  const [node = 'node', script = 'tenet', ...rest] = argv;
  return { command: commandOf(resolve(cwd, script), cwd, env, node), flags: keptFlags(rest) };
}

function commandOf(script: string, cwd: string, env: NodeJS.ProcessEnv, node: string): string {
  const onPath = (env['PATH'] ?? '').split(delimiter).includes(dirname(script));
  // npm lends its own PATH for the time of a command: what it finds there, a shell does not.
  if (basename(script) === 'tenet' && onPath) return env['npm_command'] === undefined ? 'tenet' : 'npx tenet';
  const near = shownPath(script, cwd);
  const path = shellWord(near.includes(sep) ? near : `.${sep}${near}`);
  return isExecutable(script) ? path : `${shellWord(basename(node))} ${path}`;
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function keptFlags(args: readonly string[]): string {
  const end = args.indexOf('--');
  const own = end < 0 ? args : args.slice(0, end);
  return KEPT.flatMap((name) => {
    const at = own.findLastIndex((arg) => arg === name || arg.startsWith(`${name}=`));
    const value = own[at]?.startsWith(`${name}=`) === true ? own[at].slice(name.length + 1) : own[at + 1];
    return at < 0 || value === undefined ? [] : [` ${name} ${shellWord(value)}`];
  }).join('');
}

let called: Called = { command: 'tenet', flags: '' };

/** Once, by the entry of the binary. */
export function rememberCall(as: Called): void {
  called = as;
}

export const calledCommand = (): string => called.command;

const OWN =
  /(?<![\w./@-])tenet(?= (?:config|db|decision|demo|dev|doctor|gate|import|ledger|login|logout|producer|replay|whoami|worker)\b)/g;

/** Our own text with each `tenet …` in it as it has to be typed here; one that names a state folder means it. Never for recorded text. */
export function asCalled(text: string, { flags = called.flags, command }: Partial<Called> = called): string {
  const kept = text.includes(' --state-dir ') ? '' : flags;
  return text.replace(OWN, () => `${command ?? called.command}${kept}`);
}
