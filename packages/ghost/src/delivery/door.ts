import { gzip } from 'node:zlib';
import type { GhostProblem } from '../config.js';
import { encodePosted, SPOOL_CONTENT_TYPE, type SegmentFrame } from '../spool/index.js';
import type { AckCheckpoint } from './anchor.js';
import { parseRetryAfter } from './backoff.js';
import type { PostAnswer, PostRequest } from './httpPost.js';

/** What became of one record. */
export interface Settled {
  readonly id: string;
  readonly status: 'accepted' | 'duplicate' | 'conflict' | 'refused';
  readonly code?: string;
  readonly message?: string;
  readonly field?: string;
}

export type ParcelAnswer =
  /** null: a result that says nothing known. */
  | {
      readonly kind: 'settled';
      readonly results: readonly (Settled | null)[];
      readonly checkpoint: AckCheckpoint | null;
    }
  /** Nothing was decided about the records; the same bytes may be sent again. */
  | {
      readonly kind: 'later';
      readonly problem: GhostProblem;
      readonly retryAfterMs: number | undefined;
      readonly auth: boolean;
    }
  /** The request as a whole is wrong: some record in it is. */
  | { readonly kind: 'rejected'; readonly problem: GhostProblem }
  | { readonly kind: 'too-large'; readonly problem: GhostProblem }
  /** The server can't open this segment, and never will. */
  | { readonly kind: 'no-key'; readonly problem: GhostProblem };

/** Records of one segment, as they lie in the spool. */
export interface Parcel {
  /** Content of frame 0. null: the frames are readable lines. */
  readonly sealedBy: Uint8Array | null;
  readonly frames: readonly SegmentFrame[];
}

export interface Door {
  send(parcel: Parcel): Promise<ParcelAnswer>;
}

export interface DoorOptions {
  readonly endpoint: string;
  readonly apiKey: string;
  readonly timeoutMs: number;
  /** Bodies of lines above this are compressed. @default 16 KiB; never on the way to this same machine */
  readonly gzipBytes?: number | undefined;
  readonly now: () => number;
  readonly post: (request: PostRequest) => Promise<PostAnswer>;
}

const GZIP_BYTES = 16_384;
const LOOPBACK = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/;
/** Where the API itself says so with a code of its own, some record is wrong. All else speaks of the moment, the key or what lies between. */
const WRONG: ReadonlySet<number> = new Set([400, 422]);
const AUTH: ReadonlySet<number> = new Set([401, 403]);
const SEAL_KEY_UNKNOWN = 'spool.seal_key_unknown';

/** POST /api/v1/records */
export function recordsDoor(options: DoorOptions): Door {
  const url = new URL('/api/v1/records', options.endpoint);
  let gzipBytes = options.gzipBytes ?? (LOOPBACK.test(url.hostname) ? Infinity : GZIP_BYTES);
  return {
    async send(parcel) {
      try {
        const { body, headers } = await pack(parcel, gzipBytes);
        const answer = await options.post({
          url,
          headers: { ...headers, 'x-api-key': options.apiKey },
          body,
          timeoutMs: options.timeoutMs,
        });
        // RFC 9110 §15.5.16: something on the way does not know the encoding.
        if (answer.status === 415 && headers['content-encoding'] !== undefined) {
          gzipBytes = Infinity;
          return later({ code: 'ghost.delivery', message: `${url.origin} takes no gzip; sending without` });
        }
        return read(answer, options.now());
      } catch (error) {
        const message = `${url.origin} could not be reached: ${error instanceof Error ? error.message : String(error)}`;
        return later({ code: 'ghost.delivery', message });
      }
    },
  };
}

interface Packed {
  readonly body: Uint8Array;
  readonly headers: Readonly<Record<string, string>>;
}

const NEWLINE = Buffer.from('\n');

/** What is sealed does not get smaller. */
async function pack({ sealedBy, frames }: Parcel, gzipBytes: number): Promise<Packed> {
  if (sealedBy !== null)
    return { body: encodePosted(sealedBy, frames), headers: { 'content-type': SPOOL_CONTENT_TYPE } };
  const body = Buffer.concat(frames.flatMap(({ bytes }) => [bytes, NEWLINE]));
  const headers = { 'content-type': 'application/x-ndjson' };
  if (body.length <= gzipBytes) return { body, headers };
  const packed = await new Promise<Buffer>((resolve, reject) =>
    gzip(body, { level: 1 }, (error, result) => (error === null ? resolve(result) : reject(error))),
  );
  return { body: packed, headers: { ...headers, 'content-encoding': 'gzip' } };
}

const later = (problem: GhostProblem, retryAfterMs?: number, auth = false): ParcelAnswer => ({
  kind: 'later',
  problem,
  retryAfterMs,
  auth,
});

function read({ status, retryAfter, text }: PostAnswer, now: number): ParcelAnswer {
  if (status === 200) return readResults(text);
  const problem = problemOf(status, text);
  if (status === 413) return { kind: 'too-large', problem };
  if ((status === 409 || status === 410) && problem.code === SEAL_KEY_UNKNOWN) return { kind: 'no-key', problem };
  if (WRONG.has(status) && problem.code !== codeOf(status)) return { kind: 'rejected', problem };
  return later(problem, parseRetryAfter(retryAfter, now), AUTH.has(status));
}

/** A record that no result speaks of is sent again, which the server answers idempotently. */
function readResults(text: string): ParcelAnswer {
  const { results, checkpoint } = (parse(text) ?? {}) as { results?: unknown; checkpoint?: unknown };
  if (!Array.isArray(results))
    return later({ code: 'ghost.delivery', message: 'the answer is not an acknowledgement' });
  return {
    kind: 'settled',
    results: results.map((result: unknown) => (isSettled(result) ? result : null)),
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
    code: typeof code === 'string' ? code : codeOf(status),
    message: typeof detail === 'string' ? `HTTP ${status}: ${detail}` : `HTTP ${status}`,
    ...(typeof field === 'string' && { field }),
  };
}

const codeOf = (status: number): string => `http.${status}`;

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
