import { performance } from 'node:perf_hooks';
import { parseRetryAfter } from '../delivery/backoff.js';

export interface ModelError {
  /** Of the moment or of the infrastructure, and not about this request. */
  readonly unavailable: boolean;
  readonly retryAfterMs: number | undefined;
}

/** Reads what the client library throws after its own retries. */
export function readModelError(error: unknown): ModelError {
  const { status, headers } = (typeof error === 'object' && error !== null ? error : {}) as {
    status?: unknown;
    headers?: unknown;
  };
  const connection = error instanceof Error && /^APIConnection/.test(error.constructor.name);
  const unavailable = connection || (typeof status === 'number' && (status === 429 || status === 408 || status >= 500));
  return { unavailable, retryAfterMs: unavailable ? retryAfter(headers) : undefined };
}

function retryAfter(headers: unknown): number | undefined {
  const value: unknown =
    headers instanceof Headers
      ? headers.get('retry-after')
      : (headers as Record<string, unknown> | undefined)?.['retry-after'];
  return typeof value === 'string' ? parseRetryAfter(value, performance.timeOrigin + performance.now()) : undefined;
}
