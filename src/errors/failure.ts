import { isAppError } from './appError.js';

/** What an activity puts into `ApplicationFailure.create`: the code as type, and whether a retry can help. */
export interface FailureInfo {
  readonly type: string;
  readonly message: string;
  readonly nonRetryable: boolean;
}

export function toFailureInfo(error: unknown): FailureInfo {
  if (isAppError(error)) return { type: error.code, message: error.message, nonRetryable: !error.retryable };
  const message = error instanceof Error ? error.message : String(error);
  return { type: 'internal', message, nonRetryable: false };
}
