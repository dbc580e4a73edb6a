import { AppError, EXIT } from '../errors/index.js';

const SIGNALS = ['SIGINT', 'SIGTERM'] as const;

/**
 * Runs `work` until it ends or the user stops it. The first Ctrl-C aborts the signal and gives up waiting for `work`, so
 * that the caller's `finally` blocks close what is open; the second leaves at once. Ends in `interrupted`, exit 130.
 */
export async function interruptible<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  const onSignal = (): void => {
    if (controller.signal.aborted) process.exit(EXIT.interrupted);
    controller.abort(new AppError('interrupted', 'stopped', { fix: 'run the same command again' }));
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

/** Settles like `work`, or rejects as soon as the signal is aborted. `work` itself is not stopped by it. */
export async function unlessAborted<T>(signal: AbortSignal, work: Promise<T>): Promise<T> {
  signal.throwIfAborted();
  let onAbort: (() => void) | undefined;
  const aborted = new Promise<never>((_, reject) => {
    onAbort = () => reject(signal.reason as Error);
    signal.addEventListener('abort', onAbort, { once: true });
  });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    if (onAbort !== undefined) signal.removeEventListener('abort', onAbort);
  }
}
