import type { Logger } from 'pino';
import type { GateRow } from '../db/index.js';
import type { GatePolicy } from '../gate/index.js';

/** Starts gates. Implemented by runtime/ for a server that reaches Temporal. */
export interface GateDoor {
  /** The gate of these inputs, under way or ended: the same inputs are the same gate. */
  start(asked: {
    readonly policy: GatePolicy;
    /** name@version, or the version alone. */
    readonly candidate: string;
    /** null: the version recorded last. */
    readonly baseline: string | null;
    readonly session: string | null;
    readonly repository: string | null;
    readonly revision: string | null;
  }): Promise<GateRow>;
}

export interface ApiOptions {
  /** Without it POST /api/v1/gates answers 503. */
  readonly gates?: GateDoor;
  /** Default: pino at `info` to stderr. Requests are logged without headers, query and body. */
  readonly logger?: Logger;
  readonly limits?: Partial<ApiLimits>;
  /** Milliseconds; only differences count. Default: the process's clock. */
  readonly now?: () => number;
}

export interface ApiLimits {
  /** Whole body of POST /records, inflated. @default 8 MiB */
  readonly recordsBytes: number;
  /** One line of any NDJSON body. @default 1 MiB */
  readonly lineBytes: number;
  /** Arrays and objects within each other, in any JSON that is posted. @default 32 */
  readonly depth: number;
  /** Lines of POST /records: an answer is about as long as its question. @default 5000 */
  readonly recordsLines: number;
  /** Whole body of POST …/results, inflated. @default 8 MiB */
  readonly resultsBytes: number;
  /** Lines of POST …/results and items of GET …/batches. @default 2000 */
  readonly batchItems: number;
  /** Bodies held in memory at once; beyond it 429. @default 32 */
  readonly bodiesAtOnce: number;
  /** Requests per second that one API key may keep up; beyond it 429. @default 200 */
  readonly requestsPerSecond: number;
  /** Requests that one API key may make at once after a pause. @default 400 */
  readonly burst: number;
  /** Entries that may wait for their place in the log; beyond it records are answered 503. @default 100 000 */
  readonly maxQueued: number;
  /** Entries that one search may open; the answer says how many it did. @default 1000 */
  readonly searchCandidates: number;
}

export const DEFAULT_LIMITS: ApiLimits = {
  recordsBytes: 8 * 1024 * 1024,
  lineBytes: 1024 * 1024,
  depth: 32,
  recordsLines: 5_000,
  resultsBytes: 8 * 1024 * 1024,
  batchItems: 2_000,
  bodiesAtOnce: 32,
  requestsPerSecond: 200,
  burst: 400,
  maxQueued: 100_000,
  searchCandidates: 1_000,
};
