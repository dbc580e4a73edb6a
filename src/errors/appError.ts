import { ERROR_CODES, type ErrorCode } from './codes.js';
import type { ErrorKind } from './kind.js';

/** What every designed error says. `field` is a JSON pointer, a flag or a config key. */
export interface ErrorDetails {
  readonly field?: string;
  readonly expected?: string;
  readonly got?: string;
  /** What the reader should do now: one sentence, with the command where there is one. */
  readonly fix?: string;
  readonly [more: string]: unknown;
}

/**
 * An error the caller is meant to read. `code` is stable and documented in {@link ERROR_CODES}; the kind, HTTP status,
 * exit code and Temporal retry rule all follow from it. Wrap a lower failure with `cause`; never parse messages.
 */
export class AppError extends Error {
  readonly code: ErrorCode;
  readonly details: ErrorDetails;

  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}, options?: { cause?: unknown }) {
    super(message, options);
    this.name = 'AppError';
    this.code = code;
    this.details = details;
  }

  get kind(): ErrorKind {
    return ERROR_CODES[this.code].kind;
  }

  /** Whether the same call may succeed later without a change by the caller. */
  get retryable(): boolean {
    return this.kind === 'Unavailable';
  }
}

export function isAppError(error: unknown): error is AppError {
  return error instanceof AppError;
}
