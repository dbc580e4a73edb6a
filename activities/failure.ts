import { ApplicationFailure, CompleteAsyncError, log } from '@temporalio/activity';
import { TemporalFailure } from '@temporalio/common';
import { isAppError, toFailureInfo } from '../src/errors/index.js';

/**
 * Errors become ApplicationFailures: the code is the type, and only what may pass by itself is retried. Histories are readable by
 * whoever reads Temporal, so neither a value (`got`), nor a cause, nor the text of an error that is not ours goes along; where
 * such an error came from is in the worker's own log.
 */
export function asFailure<A extends unknown[], R>(activity: (...args: A) => Promise<R>): (...args: A) => Promise<R> {
  return async (...args) => {
    try {
      return await activity(...args);
    } catch (error) {
      if (isOfTemporal(error)) throw error;
      const { type, message, nonRetryable } = toFailureInfo(error);
      if (isAppError(error)) {
        const { field, expected, fix } = error.details;
        throw ApplicationFailure.create({ type, message, nonRetryable, details: [{ field, expected, fix }] });
      }
      log.error('an activity met a fault', { fault: message, at: framesOf(error) });
      throw ApplicationFailure.create({ type, message, nonRetryable });
    }
  };
}

/** Cancellation and asynchronous completion are told to the worker by what is thrown. */
function isOfTemporal(error: unknown): boolean {
  if (error instanceof TemporalFailure || error instanceof CompleteAsyncError) return true;
  return error instanceof Error && error.name === 'AbortError';
}

/** The stack without the message that it starts with. */
function framesOf(error: unknown): string[] {
  const stack = error instanceof Error ? (error.stack ?? '') : '';
  return stack.split('\n').flatMap((line) => (/^\s+at /.test(line) ? [line.trim()] : []));
}
