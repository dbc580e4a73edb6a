import type { FastifyInstance, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { MAX_FIELDS, toBase64, type Submission } from '@tenet-ledger/record';
import { AppError, type ErrorCode } from '../../errors/index.js';
import type { Checkpoint, ItemResult } from '../../ledger/index.js';
import type { BodyDoor } from '../admission.js';
import { callerOf, requireScope } from '../auth.js';
import type { ApiContext } from '../context.js';
import {
  isDeeperThan,
  NDJSON,
  parseJson,
  readNdjson,
  readSealedSpool,
  SPOOL,
  tooDeep,
  type NdjsonLine,
} from '../body/index.js';
import { binary, named, type RouteDoc } from '../openapi/route.js';
import { firstIssue } from '../problems.js';

const SUBMISSION = named(
  'Submission',
  z.strictObject({
    leaf: z.string().min(1).meta({ description: 'the signed statement, exact text' }),
    disclosures: z.array(z.string().min(1)).max(MAX_FIELDS).meta({ description: 'one per field of the statement' }),
  }),
);
const acknowledged = named(
  'Acknowledgement',
  z.strictObject({
    results: z
      .array(
        z.strictObject({
          line: z.int(),
          id: z.string().meta({ description: 'empty where the line does not get as far as having one' }),
          status: z.enum(['accepted', 'duplicate', 'conflict', 'refused']),
          code: z.string().optional(),
          message: z.string().optional(),
          field: z.string().optional(),
        }),
      )
      .meta({ description: 'one per record, in order; accepted means durable' }),
    checkpoint: z
      .strictObject({ size: z.int(), root: z.string(), note: z.string() })
      .nullable()
      .meta({ description: 'the latest: what the next records may cite' }),
  }),
);

export const RECORD_DOCS: readonly RouteDoc[] = [
  {
    method: 'post',
    path: '/api/v1/records',
    id: 'postRecords',
    summary: 'Signed records into the log',
    about:
      'One record a line, or a part of a sealed spool; gzip is taken. At most 8 MB inflated, 1 MB a line, 5,000 records. Signatures ' +
      'and digests are verified before the answer; a bad record is one refused result. Idempotent by producer, seq and id.',
    scope: 'write',
    body: { [NDJSON]: SUBMISSION, [SPOOL]: binary },
    answer: { schema: acknowledged },
    errors: [
      'input.invalid',
      'input.too_large',
      'input.media_type',
      'spool.invalid',
      'spool.seal_key_unknown',
      'api.busy',
      'api.backlog',
    ],
  },
];

/** What {@link SUBMISSION} accepts, told by hand: a schema's verdict costs as much as parsing the line. */
function isSubmission(value: unknown): value is Submission {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const { leaf, disclosures } = value as Readonly<Record<string, unknown>>;
  return (
    Object.keys(value).length === 2 &&
    typeof leaf === 'string' &&
    leaf !== '' &&
    Array.isArray(disclosures) &&
    disclosures.length <= MAX_FIELDS &&
    disclosures.every((one) => typeof one === 'string' && one !== '')
  );
}

const MAX_ID = 200;

/** One per non-blank line, in order. */
type LineResult = ItemResult & { readonly line: number };

/**
 * POST /api/v1/records. Answered after commit: an `accepted` item is durable. A line that does not fit is one refused item;
 * the rest of the batch is taken. The latest checkpoint is what the next records may cite as `after`.
 */
export function recordsRoute(app: FastifyInstance, context: ApiContext, door: BodyDoor): void {
  const { platform, limits, backlog } = context;
  app.post(
    '/api/v1/records',
    { bodyLimit: limits.recordsBytes, onRequest: [requireScope(context, 'write'), backlog.admit, door.admit] },
    async (request) => {
      const { kid } = callerOf(request);
      if (kid === null)
        throw new AppError('auth.forbidden', 'the API key is bound to no record key', { field: '/kid' });
      const each = { lineBytes: limits.lineBytes, lines: limits.recordsLines };
      await platform.sealKeys.refresh();
      const lines = isSpool(request)
        ? readSealedSpool(request.body, platform.sealKeys, each)
        : readNdjson(request.body, each);
      const read: ReadLine[] = [];
      const taken = await platform.ledger.ingest(submissionsOf(lines, read, limits.depth), { kids: [kid] });
      backlog.added(taken.filter(({ status }) => status === 'accepted').length);
      const checkpoint = await platform.ledger.latestCheckpoint();
      return { results: merge(read, taken), checkpoint: checkpoint && checkpointOf(checkpoint) };
    },
  );
}

const isSpool = ({ headers }: FastifyRequest): boolean =>
  headers['content-type']?.split(';', 1)[0]?.trim().toLowerCase() === SPOOL;

/** What became of a line before the ledger saw it. */
interface ReadLine {
  readonly line: number;
  /** null for a line that was handed on. */
  readonly refused: LineResult | null;
}

/** One after the other, as the ledger asks for them: what it has checked need not stay in memory. */
function* submissionsOf(lines: Iterable<NdjsonLine>, read: ReadLine[], depth: number): Generator<Submission, void> {
  for (const line of lines) {
    const item = readSubmission(line, depth);
    read.push({ line: line.line, refused: 'status' in item ? item : null });
    if (!('status' in item)) yield item;
  }
}

function readSubmission(line: NdjsonLine, depth: number): Submission | LineResult {
  const refuse = (code: ErrorCode, message: string, field: string): LineResult => ({
    line: line.line,
    id: claimedId(line.text),
    status: 'refused',
    code,
    message,
    field,
  });
  if ('problem' in line) return refuse(line.problem, line.message, '');
  const value = parseJson(line.text);
  if (value === undefined) return refuse('input.invalid', `line ${line.line} is not JSON`, '');
  // What it accepts is flat, so that only what it does not accept has to be looked at for its depth.
  if (isSubmission(value)) return value;
  if (isDeeperThan(line.text, depth)) return refuse('input.too_deep', tooDeep(depth, `line ${line.line}`), '');
  const parsed = SUBMISSION.safeParse(value);
  if (parsed.success) return parsed.data;
  const { field, message } = firstIssue(parsed.error);
  return refuse('input.invalid', `line ${line.line}: ${message}`, field);
}

/**
 * The id that a refused line claims, so that its sender can tell which record it was and does not send it again for ever.
 * Empty where the line does not get as far as having one.
 */
function claimedId(text: string): string {
  const payload = memberOf(parseJson(String(memberOf(parseJson(text), 'leaf'))), 'payload');
  const id = memberOf(parseJson(Buffer.from(String(payload), 'base64').toString('utf8')), 'id');
  return typeof id === 'string' && id.length <= MAX_ID ? id : '';
}

function memberOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined;
}

function merge(read: readonly ReadLine[], taken: readonly ItemResult[]): LineResult[] {
  let next = 0;
  return read.map((line) => {
    if (line.refused) return line.refused;
    const result = taken[next];
    next += 1;
    if (!result) throw new Error('the ledger answered fewer results than it was given items');
    return { line: line.line, ...result };
  });
}

function checkpointOf({ size, root, note }: Checkpoint): { size: number; root: string; note: string } {
  return { size, root: toBase64(root), note };
}
