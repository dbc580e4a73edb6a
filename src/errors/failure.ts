import { isAppError } from './appError.js';

/** What an activity puts into `ApplicationFailure.create`: the code as type, and whether a retry can help. */
export interface FailureInfo {
  readonly type: string;
  readonly message: string;
  readonly nonRetryable: boolean;
}

/** A failure is kept in the open by Temporal. Ours say only what they were written to say; of others it learns name and code. */
export function toFailureInfo(error: unknown): FailureInfo {
  if (isAppError(error)) return { type: error.code, message: error.message, nonRetryable: !error.retryable };
  return { type: 'internal', message: `a fault of ours: ${nameOf(error)}`, nonRetryable: false };
}

const WORD = /^[A-Za-z][\w.]{0,63}$/;
const CODE = /^\w{1,32}$/;

/** The message is left out: drivers and parsers quote the value that they choked on. */
function nameOf(error: unknown): string {
  if (!(error instanceof Error)) return 'something was thrown that is no Error';
  const name = WORD.test(error.name) ? error.name : 'Error';
  const { code } = error as { readonly code?: unknown };
  return typeof code === 'string' && CODE.test(code) ? `${name} ${code}` : name;
}
