import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { toBase64, type Submission } from '@tenet-ledger/record';
import { AppError, type ErrorCode } from '../../errors/index.js';
import type { Checkpoint, ItemResult } from '../../ledger/index.js';
import type { BodyDoor } from '../admission.js';
import { callerOf, requireScope } from '../auth.js';
import type { ApiContext } from '../context.js';
import { parseJson, readNdjson, type NdjsonLine } from '../ndjson.js';
import { firstIssue } from '../problems.js';

const SUBMISSION = z.strictObject({ leaf: z.string().min(1), disclosures: z.array(z.string().min(1)).max(256) });

const MAX_ID = 200;

/** One per non-blank line, in order. */
type LineResult = ItemResult & { readonly line: number };

/**
 * POST /api/v1/records. Answered after commit: an `accepted` item is durable. A line that does not fit is one refused item;
 * the rest of the batch is taken. The latest checkpoint is what the next records may cite as `after`.
 */
export function recordsRoute(app: FastifyInstance, context: ApiContext, door: BodyDoor): void {
  const { platform, limits } = context;
  app.post(
    '/api/v1/records',
    { bodyLimit: limits.recordsBytes, onRequest: [requireScope(context, 'write'), door.admit] },
    async (request) => {
      const { kid } = callerOf(request);
      if (kid === null)
        throw new AppError('auth.forbidden', 'the API key is bound to no record key', { field: '/kid' });
      const lines = readNdjson(request.body, { lineBytes: limits.recordBytes, lines: limits.recordsLines });
      const read = lines.map(readSubmission);
      const items = read.flatMap((line) => ('item' in line ? [line.item] : []));
      const taken = items.length === 0 ? [] : await platform.ledger.ingest(items, { kids: [kid] });
      const checkpoint = await platform.ledger.latestCheckpoint();
      return { results: merge(read, taken), checkpoint: checkpoint && checkpointOf(checkpoint) };
    },
  );
}

type ReadLine =
  { readonly line: number; readonly item: Submission } | { readonly line: number; readonly refused: LineResult };

function readSubmission(line: NdjsonLine): ReadLine {
  const refuse = (code: ErrorCode, message: string, field: string): ReadLine => ({
    line: line.line,
    refused: { line: line.line, id: claimedId(line.text), status: 'refused', code, message, field },
  });
  if ('problem' in line) return refuse(line.problem, line.message, '');
  const value = parseJson(line.text);
  if (value === undefined) return refuse('input.invalid', `line ${line.line} is not JSON`, '');
  const parsed = SUBMISSION.safeParse(value);
  if (parsed.success) return { line: line.line, item: parsed.data };
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
    if ('refused' in line) return line.refused;
    const result = taken[next];
    next += 1;
    if (!result) throw new Error('the ledger answered fewer results than it was given items');
    return { line: line.line, ...result };
  });
}

function checkpointOf({ size, root, note }: Checkpoint): { size: number; root: string; note: string } {
  return { size, root: toBase64(root), note };
}
