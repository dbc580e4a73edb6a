import type { LanePolicy } from '@tenet-ledger/ghost/replay';
import { AppError, type ErrorCode, ERROR_CODES } from '../../src/errors/index.js';
import type { ReplayBatchInput } from '../../src/replay/index.js';
import { readLines } from './readLines.js';

/** First line of a batch. */
export interface BatchHeader {
  readonly v: 1;
  readonly runId: string;
  readonly lane: string;
  readonly repeat: number;
  /** name@version */
  readonly agent: string;
  readonly digest: string;
  readonly policy: LanePolicy;
  readonly limits: { readonly maxCalls: number | null };
  /** Ordinal up to which everything has a result once this batch is reported. */
  readonly cursor: number;
}

export interface OpenBatch {
  readonly header: BatchHeader;
  /** ReplayItems as NDJSON lines, as they arrive. */
  readonly lines: AsyncIterable<string>;
}

export interface StoredAnswer {
  readonly stored: number;
  readonly duplicates: number;
  /** Why nothing more may be spent. */
  readonly stop: string | null;
}

export type Range = Pick<ReplayBatchInput, 'runId' | 'lane' | 'repeat' | 'after' | 'until' | 'count'>;

/** The two doors that an agent worker knows. Failures are AppErrors with the server's code; `retryAfterMs` where it said so. */
export interface ReplayDoors {
  open(range: Range, signal: AbortSignal): Promise<OpenBatch>;
  post(
    range: Pick<Range, 'runId' | 'lane' | 'repeat'>,
    lines: readonly string[],
    signal: AbortSignal,
  ): Promise<StoredAnswer>;
}

const REQUEST_MS = 60_000;

export function replayDoors(api: string, token: string): ReplayDoors {
  const headers = { 'x-api-key': token };
  const door = (run: string, name: string, query: Record<string, string | number>): URL => {
    const url = new URL(`/api/v1/replay/${encodeURIComponent(run)}/${name}`, api);
    for (const [key, value] of Object.entries(query)) url.searchParams.set(key, String(value));
    return url;
  };
  return {
    async open({ runId, lane, repeat, after, until, count }, signal) {
      const response = await request(door(runId, 'batches', { lane, repeat, after, until, count }), {
        headers,
        signal,
      });
      if (response.body === null) throw new AppError('api.unavailable', 'the batch has no body');
      const lines = readLines(response.body);
      const first = await lines.next();
      if (first.done === true) throw new AppError('api.unavailable', 'the batch has no header');
      return { header: readHeader(first.value), lines };
    },
    async post({ runId, lane, repeat }, lines, signal) {
      const response = await request(door(runId, 'results', { lane, repeat }), {
        method: 'POST',
        headers: { ...headers, 'content-type': 'application/x-ndjson' },
        body: `${lines.join('\n')}\n`,
        signal: AbortSignal.any([signal, AbortSignal.timeout(REQUEST_MS)]),
      });
      const answer = (await response.json()) as Partial<StoredAnswer>;
      return { stored: answer.stored ?? 0, duplicates: answer.duplicates ?? 0, stop: answer.stop ?? null };
    },
  };
}

async function request(url: URL, init: RequestInit): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(url, init);
  } catch (cause) {
    if (init.signal?.aborted === true && (cause as Error).name === 'AbortError') throw cause;
    throw new AppError('api.unavailable', `${url.origin} did not answer`, {}, { cause });
  }
  if (response.ok) return response;
  throw problemOf(response, await response.text().catch(() => ''));
}

/** The server's own code where it is one of ours; otherwise its status says whether another try can help. */
function problemOf({ status, headers }: Response, text: string): AppError {
  let problem: Record<string, unknown> = {};
  try {
    problem = JSON.parse(text) as Record<string, unknown>;
  } catch {
    // An answer of something in between: the status is all there is.
  }
  const { code, detail, field, expected, got, fix } = problem;
  const known = typeof code === 'string' && Object.hasOwn(ERROR_CODES, code) ? (code as ErrorCode) : undefined;
  const fallback: ErrorCode =
    status >= 500 || status === 429 || status === 408
      ? 'api.unavailable'
      : status === 401
        ? 'auth.invalid'
        : 'input.invalid';
  const seconds = Number(headers.get('retry-after') ?? Number.NaN);
  const details = Object.fromEntries(
    Object.entries({ field, expected, got, fix }).filter(([, value]) => typeof value === 'string'),
  );
  return new AppError(known ?? fallback, typeof detail === 'string' ? detail : `the API answered HTTP ${status}`, {
    ...details,
    ...(Number.isFinite(seconds) && { retryAfterMs: Math.max(0, seconds) * 1000 }),
  });
}

function readHeader(line: string): BatchHeader {
  const header = JSON.parse(line) as Partial<BatchHeader>;
  if (
    header.v !== 1 ||
    header.policy === undefined ||
    typeof header.cursor !== 'number' ||
    typeof header.digest !== 'string'
  ) {
    throw new AppError('input.invalid', 'the header of the batch is not one this worker reads', {
      expected: 'v 1',
      got: line.slice(0, 200),
    });
  }
  return header as BatchHeader;
}
