import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { ApiKeyBinding, RunRow } from '../../db/index.js';
import { AppError } from '../../errors/index.js';
import { callerOf } from '../auth.js';
import type { ApiContext } from '../context.js';
import { parseInput } from '../problems.js';

export const RUN_PARAMS = z.strictObject({ runId: z.string().min(1).max(100) });
/** A query value that is a whole number, nothing else. */
export const ordinal = z
  .string()
  .regex(/^\d{1,9}$/, 'expected a whole number')
  .transform(Number);
export const LANE_QUERY = z.object({ lane: z.enum(['control', 'candidate']), repeat: ordinal });

/** The run of the path, if this caller's token was minted for exactly its agent version and it still takes work. */
export async function runOfCaller(
  { stores }: ApiContext,
  request: FastifyRequest,
  { lane, repeat }: z.output<typeof LANE_QUERY>,
): Promise<RunRow> {
  const { runId } = parseInput(RUN_PARAMS, request.params);
  const run = await stores.runs.get(runId);
  if (!run) throw new AppError('not_found', 'no such run', { field: '/runId' });
  assertOwn(callerOf(request), run);
  if (lane !== run.lane) {
    throw new AppError('input.invalid', 'the run has another lane', { field: '/lane', expected: run.lane, got: lane });
  }
  const { repeats } = run.manifest.lane;
  if (repeat < 1 || repeat > repeats) {
    const expected = `1 to ${repeats}`;
    throw new AppError('input.invalid', 'the run has no such repeat', {
      field: '/repeat',
      expected,
      got: String(repeat),
    });
  }
  return run;
}

function assertOwn(caller: ApiKeyBinding, run: RunRow): void {
  if (caller.agent === run.agent && caller.digest === run.digest) return;
  throw new AppError('auth.forbidden', 'this token was minted for another agent version than the run uses', {
    field: '/runId',
    got: `${caller.agent}`,
    fix: 'register the version that the run names and use its token',
  });
}

/** The manifest is signed before the first re-run: an unsigned or ended run hands out nothing. */
export function assertOpen(run: RunRow): void {
  if (run.status !== 'planned' && run.status !== 'running') {
    throw new AppError('replay.run_closed', `the run is ${run.status}`, { field: '/runId', got: run.status });
  }
  if (run.entryId === null) {
    throw new AppError('replay.run_closed', 'the manifest of the run is not signed yet', { field: '/runId' });
  }
}
