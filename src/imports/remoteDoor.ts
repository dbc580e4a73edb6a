import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import {
  fromBase64,
  openCheckpoint,
  parseVkey,
  RecordError,
  type Ed25519Verify,
  type Entry,
} from '@tenet-ledger/record';
import { AppError, ERROR_CODES, type ErrorCode } from '../errors/index.js';
import type { LedgerDoor } from './ledgerDoor.js';

export interface RemoteDoorDeps {
  readonly endpoint: string;
  /** Of scope write, bound to the key that signs. */
  readonly apiKey: string;
  /** Of the log, from enrolment: a checkpoint that it does not sign is not cited. */
  readonly vkey: string;
  readonly verify: Ed25519Verify;
  readonly signal?: AbortSignal;
  /** @default 6 */
  readonly attempts?: number;
  readonly wait?: (ms: number) => Promise<unknown>;
}

const ANSWER_WITHIN_MS = 60_000;
const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 30_000;
/** The server reads 8 MB, a line included. */
const BODY_BYTES = 7_000_000;

type Results = Awaited<ReturnType<LedgerDoor['post']>>;

/**
 * A platform elsewhere, by POST /api/v1/records. A batch is sent again as it is until it is answered: the server tells the same bytes by
 * producer, number and id, so a lost answer doubles nothing.
 */
export function remoteDoor(deps: RemoteDoorDeps): LedgerDoor {
  let after: Entry['after'] | undefined;
  return {
    // A key that writes may not read: what is there is told by the answers.
    present: () => Promise.resolve(new Set()),
    async post(submissions) {
      const results: Results[number][] = [];
      for (const lines of bodies(submissions.map((one) => `${JSON.stringify(one)}\n`))) {
        const answer = await postLines(deps, lines);
        results.push(...answer.results);
        after = citable(deps, answer.checkpoint) ?? after;
      }
      return results;
    },
    head: () => Promise.resolve(after),
  };
}

function* bodies(lines: readonly string[]): Generator<readonly string[], void> {
  let held: string[] = [];
  let bytes = 0;
  for (const line of lines) {
    if (held.length > 0 && bytes + line.length > BODY_BYTES) {
      yield held;
      [held, bytes] = [[], 0];
    }
    held.push(line);
    bytes += line.length;
  }
  if (held.length > 0) yield held;
}

interface Answer {
  readonly results: Results;
  readonly checkpoint: unknown;
}

async function postLines(deps: RemoteDoorDeps, lines: readonly string[]): Promise<Answer> {
  const { attempts = 6, wait = (ms: number) => sleep(ms, undefined, { signal: deps.signal }) } = deps;
  const body = gzipSync(lines.join(''), { level: 1 });
  for (let attempt = 1; ; attempt += 1) {
    const tried = await tryOnce(deps, body);
    if ('answer' in tried) return readAnswer(tried.answer, lines.length);
    if (attempt === attempts) throw unavailable(deps, tried.why);
    await wait(Math.max(tried.retryAfterMs, Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** (attempt - 1))));
  }
}

type Tried = { readonly answer: unknown } | { readonly why: string; readonly retryAfterMs: number };

async function tryOnce({ endpoint, apiKey, signal }: RemoteDoorDeps, body: Buffer): Promise<Tried> {
  const timeout = AbortSignal.timeout(ANSWER_WITHIN_MS);
  try {
    const response = await fetch(new URL('/api/v1/records', endpoint), {
      method: 'POST',
      headers: { 'content-type': 'application/x-ndjson', 'content-encoding': 'gzip', 'x-api-key': apiKey },
      body,
      // A key goes to the address that was given and to no other.
      redirect: 'error',
      signal: signal === undefined ? timeout : AbortSignal.any([signal, timeout]),
    });
    const answer: unknown = await response.json().catch(() => null);
    if (response.ok) return { answer };
    const seconds = Number(response.headers.get('retry-after'));
    if (response.status !== 429 && response.status < 500) throw refusal(response.status, answer);
    return { why: `HTTP ${response.status}`, retryAfterMs: Number.isFinite(seconds) ? seconds * 1_000 : 0 };
  } catch (error) {
    if (error instanceof AppError || signal?.aborted === true) throw error;
    const { cause, message } = error as Error & { readonly cause?: { readonly code?: string } };
    return { why: cause?.code ?? message, retryAfterMs: 0 };
  }
}

function readAnswer(answer: unknown, count: number): Answer {
  const { results, checkpoint } = (answer ?? {}) as { readonly results?: unknown; readonly checkpoint?: unknown };
  if (Array.isArray(results) && results.length === count) return { results: results as Results, checkpoint };
  throw new AppError('api.unavailable', 'the answer is not that of POST /api/v1/records', {
    fix: 'check the endpoint: a proxy may stand before it',
  });
}

/** What the server says of its head, where the log's key signed it. */
function citable({ vkey, verify }: RemoteDoorDeps, checkpoint: unknown): Entry['after'] | undefined {
  const { note, root } = (checkpoint ?? {}) as { readonly note?: unknown; readonly root?: unknown };
  if (typeof note !== 'string' || typeof root !== 'string') return undefined;
  try {
    const log = parseVkey(vkey);
    const { checkpoint: stated, note: opened } = openCheckpoint(note, [log], verify);
    const isSigned = opened.verified.length > 0 && stated.origin === log.name;
    const isStated = Buffer.compare(stated.root, fromBase64(root)) === 0;
    return isSigned && isStated && stated.size > 0 ? { size: stated.size, root } : undefined;
  } catch (error) {
    if (error instanceof RecordError) return undefined;
    throw error;
  }
}

function refusal(status: number, answer: unknown): AppError {
  const { code, detail } = (answer ?? {}) as { readonly code?: unknown; readonly detail?: unknown };
  const known = typeof code === 'string' && Object.hasOwn(ERROR_CODES, code) ? (code as ErrorCode) : 'api.unavailable';
  return new AppError(known, typeof detail === 'string' ? detail : `the platform answered HTTP ${status}`, {
    fix: status === 401 || status === 403 ? 'give a key of scope write, or a new enrolment token (--api-key)' : '',
  });
}

const unavailable = ({ endpoint }: RemoteDoorDeps, why: string): AppError =>
  new AppError('api.unavailable', `${endpoint} does not take records: ${why}`, {
    fix: 'run the same command again when it does: it goes on where it ended',
  });
