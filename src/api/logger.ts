import pino, { type Logger } from 'pino';

/** stdout belongs to results; the log goes to stderr. */
export function createLogger(level = 'info'): Logger {
  return pino({ level, base: null, timestamp: pino.stdTimeFunctions.isoTime }, pino.destination({ fd: 2, sync: true }));
}

/**
 * What of an unforeseen error may be logged. Drivers and parsers quote the input in messages and in `detail`, so the
 * message of a SyntaxError and every extra property stay out.
 */
export function describeError(error: unknown): Record<string, unknown> {
  if (!(error instanceof Error)) return { name: typeof error };
  const { name, stack = '', cause } = error;
  const code: unknown = (error as { code?: unknown }).code;
  return {
    name,
    ...(error instanceof SyntaxError ? {} : { message: error.message }),
    ...(typeof code === 'string' ? { code } : {}),
    frames: stack.split('\n').filter((line) => /^\s+at /.test(line)),
    ...(cause === undefined ? {} : { cause: describeError(cause) }),
  };
}
