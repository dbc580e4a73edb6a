import { AppError, EXIT } from '../errors/index.js';
import { writeLines } from './progress.js';

const SIGNALS = ['SIGINT', 'SIGTERM'] as const;
/** One Ctrl-C may come twice: from the terminal to all of the group, and from npm, which passes it on. */
const ECHO_MS = 300;

export interface InterruptOptions {
  readonly say?: (line: string) => void;
  readonly now?: () => number;
  readonly exit?: (code: number) => void;
}

/**
 * Runs `work` until it ends or the user stops it. The first Ctrl-C aborts the signal; `work` breaks off where it can and
 * cleans up, and is waited for. The second leaves at once. Ends in `interrupted`, exit 130.
 */
export async function interruptible<T>(
  work: (signal: AbortSignal) => Promise<T>,
  options: InterruptOptions = {},
): Promise<T> {
  const {
    say = (line) => writeLines(process.stderr, [line]),
    now = Date.now,
    exit = (code) => process.exit(code),
  } = options;
  const controller = new AbortController();
  let stoppedAt: number | undefined;
  const onSignal = (): void => {
    if (stoppedAt === undefined) {
      stoppedAt = now();
      say('stopping; once more to leave at once');
      controller.abort(new AppError('interrupted', 'stopped', { fix: 'run the same command again' }));
    } else if (now() - stoppedAt > ECHO_MS) exit(EXIT.interrupted);
  };
  for (const name of SIGNALS) process.on(name, onSignal);
  try {
    return await work(controller.signal);
  } catch (error) {
    // Whatever failed while everything was being torn down, the reason is the interruption.
    throw controller.signal.aborted ? (controller.signal.reason as AppError) : error;
  } finally {
    for (const name of SIGNALS) process.off(name, onSignal);
  }
}

/**
 * Settles like `work`, or rejects as soon as the signal is aborted. `work` itself is not stopped by it: for reading and
 * waiting only, which may be left alone.
 */
export async function unlessAborted<T>(signal: AbortSignal, work: Promise<T>): Promise<T> {
  let onAbort: (() => void) | undefined;
  const aborted = new Promise<never>((_, reject) => {
    onAbort = () => reject(signal.reason as Error);
    if (signal.aborted) onAbort();
    else signal.addEventListener('abort', onAbort, { once: true });
  });
  try {
    return await Promise.race([aborted, work]);
  } finally {
    if (onAbort !== undefined) signal.removeEventListener('abort', onAbort);
  }
}
