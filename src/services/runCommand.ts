import { spawn } from 'node:child_process';

export interface CommandResult {
  /** undefined when the program could not be started or ran out of time. */
  readonly code: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CommandOptions {
  readonly timeoutMs: number;
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
  readonly uid?: number | undefined;
  readonly gid?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

const MAX_OUTPUT = 256 * 1024;

/** Runs a helper program to its end. Never throws: what went wrong is in the result. */
export function runCommand(file: string, args: readonly string[], options: CommandOptions): Promise<CommandResult> {
  const { timeoutMs, cwd, env, uid, gid, signal } = options;
  return new Promise((resolve) => {
    const output = { stdout: '', stderr: '' };
    const child = spawn(file, args, {
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: timeoutMs,
      killSignal: 'SIGKILL',
      ...(cwd === undefined ? {} : { cwd }),
      ...(env === undefined ? {} : { env }),
      ...(uid === undefined ? {} : { uid }),
      ...(gid === undefined ? {} : { gid }),
      ...(signal === undefined ? {} : { signal }),
    });
    for (const name of ['stdout', 'stderr'] as const) {
      child[name].setEncoding('utf8').on('data', (chunk: string) => {
        output[name] = (output[name] + chunk).slice(-MAX_OUTPUT);
      });
    }
    child.once('error', (error) => resolve({ code: undefined, ...output, stderr: `${output.stderr}${error.message}` }));
    child.once('close', (code, killed) => {
      const note = killed === null ? '' : `\n${file} was ended by ${killed} (limit ${timeoutMs} ms)`;
      resolve({ code: code ?? undefined, stdout: output.stdout, stderr: output.stderr + note });
    });
  });
}

/** The last lines of what a failed program said, for an error message. */
export function lastWords(result: CommandResult, lines = 3): string {
  const said = `${result.stdout}\n${result.stderr}`.replace(/[^\P{Cc}\n]/gu, ' ').split('\n');
  return said
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .slice(-lines)
    .join(' · ');
}
