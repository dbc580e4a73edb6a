import type { GhostProblem } from '../types.js';
import type { AckCheckpoint } from './anchor.js';
import { parseRetryAfter } from './backoff.js';
import type { Sealed } from './delivery.js';
import type { PostAnswer, PostRequest } from './httpPost.js';

/** What became of one record. */
export interface Settled {
  readonly id: string;
  readonly status: 'accepted' | 'duplicate' | 'conflict' | 'refused';
  readonly code?: string;
  readonly message?: string;
  readonly field?: string;
}

export type BatchAnswer =
  | { readonly kind: 'settled'; readonly results: readonly Settled[]; readonly checkpoint: AckCheckpoint | null }
  /** Nothing was decided about the records; the same bytes may be sent again. */
  | { readonly kind: 'later'; readonly problem: GhostProblem; readonly retryAfterMs: number | undefined }
  /** The request as a whole is wrong: some record in it is. */
  | { readonly kind: 'rejected'; readonly problem: GhostProblem };

export interface Door {
  send(batch: readonly Sealed[]): Promise<BatchAnswer>;
}

export interface DoorOptions {
  readonly endpoint: string;
  readonly apiKey: string;
  readonly timeoutMs: number;
  readonly now: () => number;
  readonly post: (request: PostRequest) => Promise<PostAnswer>;
}

/** Statuses that speak of the moment or of the key, never of the records. */
const LATER = new Set([401, 403, 404, 408, 425, 429]);

/** POST /api/v1/records */
export function recordsDoor(options: DoorOptions): Door {
  const url = new URL('/api/v1/records', options.endpoint);
  const headers = { 'content-type': 'application/x-ndjson', 'x-api-key': options.apiKey };
  return {
    async send(batch) {
      const body = batch.map((sealed) => `${sealed.line}\n`).join('');
      try {
        return read(await options.post({ url, headers, body, timeoutMs: options.timeoutMs }), options.now());
      } catch (error) {
        const message = `${url.origin} could not be reached: ${error instanceof Error ? error.message : String(error)}`;
        return { kind: 'later', problem: { code: 'ghost.delivery', message }, retryAfterMs: undefined };
      }
    },
  };
}

function read({ status, retryAfter, text }: PostAnswer, now: number): BatchAnswer {
  if (status === 200) return readResults(text);
  const problem = problemOf(status, text);
  if (status >= 500 || LATER.has(status))
    return { kind: 'later', problem, retryAfterMs: parseRetryAfter(retryAfter, now) };
  return { kind: 'rejected', problem };
}

/** A record that no result speaks of is sent again, which the server answers idempotently. */
function readResults(text: string): BatchAnswer {
  const parsed = parse(text);
  const { results, checkpoint } = (parsed ?? {}) as { results?: unknown; checkpoint?: unknown };
  if (!Array.isArray(results)) {
    return {
      kind: 'later',
      problem: { code: 'ghost.delivery', message: 'the answer is not an acknowledgement' },
      retryAfterMs: undefined,
    };
  }
  return {
    kind: 'settled',
    results: results.filter(isSettled),
    checkpoint: isCheckpoint(checkpoint) ? checkpoint : null,
  };
}

const STATUSES: ReadonlySet<unknown> = new Set(['accepted', 'duplicate', 'conflict', 'refused']);

function isSettled(value: unknown): value is Settled {
  const { id, status } = (typeof value === 'object' && value !== null ? value : {}) as Record<string, unknown>;
  return typeof id === 'string' && STATUSES.has(status);
}

function isCheckpoint(value: unknown): value is AckCheckpoint {
  const { size, root, note } = (typeof value === 'object' && value !== null ? value : {}) as Record<string, unknown>;
  return Number.isSafeInteger(size) && typeof root === 'string' && typeof note === 'string';
}

function problemOf(status: number, text: string): GhostProblem {
  const { code, detail, field } = (parse(text) ?? {}) as Record<string, unknown>;
  return {
    code: typeof code === 'string' ? code : `http.${status}`,
    message: typeof detail === 'string' ? `HTTP ${status}: ${detail}` : `HTTP ${status}`,
    ...(typeof field === 'string' && { field }),
  };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
