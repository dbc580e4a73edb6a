import type { Logger } from 'pino';

export interface ApiOptions {
  /** Default: pino at `info` to stderr. Requests are logged without headers, query and body. */
  readonly logger?: Logger;
  readonly limits?: Partial<ApiLimits>;
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
}

export const DEFAULT_LIMITS: ApiLimits = {
  recordsBytes: 8 * 1024 * 1024,
  lineBytes: 1024 * 1024,
  depth: 32,
  recordsLines: 5_000,
  resultsBytes: 8 * 1024 * 1024,
  batchItems: 2_000,
  bodiesAtOnce: 32,
};
