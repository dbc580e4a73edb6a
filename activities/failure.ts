import { ApplicationFailure } from '@temporalio/activity';
import { isAppError, toFailureInfo } from '../src/errors/index.js';

/** Designed errors become ApplicationFailures: the code is the type, and only what may pass by itself is retried. */
export function asFailure<A extends unknown[], R>(activity: (...args: A) => Promise<R>): (...args: A) => Promise<R> {
  return async (...args) => {
    try {
      return await activity(...args);
    } catch (error) {
      if (!isAppError(error)) throw error;
      const { type, message, nonRetryable } = toFailureInfo(error);
      throw ApplicationFailure.create({ type, message, nonRetryable, details: [error.details], cause: error });
    }
  };
}
