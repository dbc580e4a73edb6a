import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { AppError, isAppError } from '../../errors/index.js';
import {
  parseResultLine,
  replayResultSchema,
  unusableResult,
  type LanePolicy,
  type ReplayResult,
} from '../../replay/index.js';
import type { BodyDoor } from '../admission.js';
import { requireScope } from '../auth.js';
import type { ApiContext } from '../context.js';
import { isDeeperThan, NDJSON, parseJson, readNdjson, tooDeep, type NdjsonLine } from '../body/index.js';
import { named, type RouteDoc } from '../openapi/route.js';
import { parseInput } from '../problems.js';
import { LANE_QUERY, RUN_PARAMS, runOfCaller } from './replayRun.js';

const QUERY = LANE_QUERY.strict();
const result = named('ReplayResult', replayResultSchema);
const stored = named(
  'StoredResults',
  z.strictObject({
    stored: z.int(),
    duplicates: z.int(),
    stop: z.string().nullable().meta({ description: 'why nothing more may be spent' }),
  }),
);

export const RESULTS_DOCS: readonly RouteDoc[] = [
  {
    method: 'post',
    path: '/api/v1/replay/:runId/results',
    id: 'postReplayResults',
    summary: 'Results of re-runs, one a line; gzip is taken',
    about:
      'Idempotent by run, lane, repeat and decision. A result that can not be taken becomes an invalid row of its decision.',
    scope: 'replay',
    params: RUN_PARAMS,
    query: QUERY,
    body: { [NDJSON]: result },
    answer: { schema: stored },
    errors: ['input.invalid', 'input.too_large', 'input.media_type', 'not_found', 'replay.run_closed', 'api.busy'],
  },
];

/**
 * POST /api/v1/replay/{runId}/results. Idempotent by (run, lane, repeat, decision). A result that can't be taken becomes an
 * `invalid` row of its decision: one poisoned decision is a row, never a failed batch and never a pass. `stop` says
 * why nothing more may be spent.
 */
export function resultsRoute(app: FastifyInstance, context: ApiContext, door: BodyDoor): void {
  const { stores, limits } = context;
  app.post(
    '/api/v1/replay/:runId/results',
    { bodyLimit: limits.resultsBytes, onRequest: [requireScope(context, 'replay'), door.admit] },
    async (request) => {
      const asked = parseInput(QUERY, request.query);
      const run = await runOfCaller(context, request, asked);
      const lines = readNdjson(request.body, { lineBytes: limits.lineBytes, lines: limits.batchItems });
      const results = Array.from(lines, (line) => readResult(line, run.manifest.lane.policy, limits.depth));
      const { stored, duplicates } = await stores.replay.store(run, asked.repeat, results);
      return { stored, duplicates, stop: await stores.replay.stopReason(run) };
    },
  );
}

function readResult(line: NdjsonLine, policy: LanePolicy, depth: number): ReplayResult {
  const refusal = refusalOf(line, depth);
  if (refusal !== null) return standIn(line, refusal);
  try {
    return parseResultLine(line.text, policy.maxResultBytes);
  } catch (error) {
    if (!isAppError(error)) throw error;
    return standIn(line, error);
  }
}

function refusalOf(line: NdjsonLine, depth: number): AppError | null {
  if ('problem' in line) return new AppError(line.problem, line.message);
  return isDeeperThan(line.text, depth) ? new AppError('input.too_deep', tooDeep(depth, 'a replay result')) : null;
}

/** Without a decision there is nothing the row could stand for. What the re-run spent is kept: budgets count it. */
function standIn({ line, text }: { readonly line: number; readonly text: string }, why: AppError): ReplayResult {
  const value = parseJson(text);
  const { decision, calls, usage } = isObject(value) ? value : {};
  if (typeof decision !== 'string') {
    const field = `/${line}${why.details.field ?? ''}`;
    throw new AppError('input.invalid', `line ${line}: ${why.message}`, { ...why.details, field });
  }
  const code = why.code === 'input.too_large' ? 'replay.too_large' : 'replay.invalid_result';
  const row = unusableResult(decision, 'invalid', code, why.message);
  const model = isObject(calls) ? spentOf(calls['model']) : 0;
  const cost = isObject(usage) ? spentOf(usage['cost']) : 0;
  return {
    ...row,
    calls: { ...row.calls, model: Math.min(Math.ceil(model), 2 ** 31 - 1) },
    usage: { ...row.usage, cost },
  };
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;

const spentOf = (value: unknown): number =>
  typeof value === 'number' && Number.isFinite(value) && value > 0 ? value : 0;
