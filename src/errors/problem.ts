import { isAppError } from './appError.js';
import type { ErrorKind } from './kind.js';
import { codeRow } from './codes.js';

/** RFC 9457 problem details. `code` is the stable error code; `field`, `expected`, `got`, `fix` follow ErrorDetails. */
export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly code: string;
  readonly [more: string]: unknown;
}

const STATUS: Record<ErrorKind, number> = {
  InvalidInput: 400,
  NotFound: 404,
  Conflict: 409,
  Unavailable: 503,
  IntegrityViolation: 500,
};

/** An unknown failure keeps its text out of the answer: it may quote what the caller must not see. */
export function toProblem(error: unknown): Problem {
  if (!isAppError(error)) {
    return {
      type: 'about:blank',
      title: 'internal error',
      status: 500,
      detail: 'see the server log',
      code: 'internal',
    };
  }
  const { kind, http, about } = codeRow(error.code);
  return {
    ...error.details,
    type: `urn:tenet:error:${error.code}`,
    title: about,
    status: http ?? STATUS[kind],
    detail: error.message,
    code: error.code,
  };
}
