import { Context } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import { AppError, isAppError, toFailureInfo } from '../../src/errors/index.js';
import type { ReplayBatchInput, ReplayBatchOutput } from '../../src/replay/index.js';
import { BatchRun, type Runner } from './batchRun.js';
import { patiently, retryAfterOf } from './patiently.js';
import type { BatchHeader, OpenBatch, ReplayDoors } from './replayDoors.js';

export const REPLAY_BATCH = 'tenet.replayBatch.v1';

export interface ReplayBatchDeps {
  readonly doors: ReplayDoors;
  readonly runner: Runner;
  /** name@version that the children have loaded. */
  readonly agent: string;
  readonly digest: string;
  readonly now: () => number;
}

/** What a heartbeat carries. May be stale when it is read back: the server hands out only what is missing. */
interface Progress {
  cursor: number;
  done: number;
  failed: number;
  refused: number;
}

const HEARTBEAT_MS = 3_000;
const OPEN_TRIES = 8;
const LONGEST_TIMER_MS = 2 ** 31 - 1;
/** From this attempt on, an endpoint that keeps failing is a result: retries are bounded, and the run has to end. */
const LAST_PUT_BACK_ATTEMPT = 3;

/**
 * The one activity of an agent worker. Bodies come and go through the API; Temporal sees ordinals and counts. Ends early with
 * `cursor` < `until` where the deadline or the budget says so. Failures carry our codes, and only `Unavailable` ones are retried.
 */
export function createReplayBatch(deps: ReplayBatchDeps): (input: ReplayBatchInput) => Promise<ReplayBatchOutput> {
  return async (input) => {
    const context = Context.current();
    const progress = resume(input, context.info.heartbeatDetails);
    const heartbeat = setInterval(() => context.heartbeat({ ...progress }), HEARTBEAT_MS);
    let deadline: AbortSignal | undefined;
    try {
      assertContract(input);
      const left = Date.parse(input.deadline) - deps.now();
      deadline = AbortSignal.timeout(Math.max(0, Math.min(left, LONGEST_TIMER_MS)));
      await runUntilDone(deps, input, progress, context, deadline);
    } catch (error) {
      if (context.cancellationSignal.aborted) await context.cancelled;
      // Out of time is a planned end: the cursor says how far it came.
      if (deadline?.aborted !== true) throw failureOf(error);
    } finally {
      clearInterval(heartbeat);
      context.heartbeat({ ...progress });
    }
    return { done: progress.done, failed: progress.failed, refused: progress.refused, cursor: progress.cursor };
  };
}

async function runUntilDone(
  { doors, runner, agent, digest }: ReplayBatchDeps,
  { runId, lane, repeat, until, count }: ReplayBatchInput,
  progress: Progress,
  { cancellationSignal: cancelled, info }: Context,
  deadline: AbortSignal,
): Promise<void> {
  const range = { runId, lane, repeat };
  const signal = AbortSignal.any([cancelled, deadline]);
  const putBackUnavailable = info.attempt <= LAST_PUT_BACK_ATTEMPT;
  while (progress.cursor < until) {
    signal.throwIfAborted();
    const after = progress.cursor;
    const open = (): Promise<OpenBatch> => doors.open({ ...range, after, until, count }, signal);
    const batch = await patiently({ tries: OPEN_TRIES, signal }, open).catch(spent);
    if (batch === null) return;
    assertOwn(batch.header, agent, digest);
    const before = rowsOf(progress);
    const run = new BatchRun({ doors, runner, range, signal, cancelled, counts: progress, putBackUnavailable });
    const end = await run.run(batch);
    if (end.modelUnavailable !== null) throw new ModelUnavailable(end.modelUnavailable.retryAfterMs);
    if (end.complete) progress.cursor = Math.max(batch.header.cursor, after);
    // A batch that brings nothing forward would be asked for without end: its lease was spent on nothing.
    if (end.stop !== null || (progress.cursor === after && rowsOf(progress) === before)) return;
  }
}

const rowsOf = ({ done, failed, refused }: Progress): number => done + failed + refused;

/** A spent budget is a planned end, not a failure: the rows that are missing say the rest. */
function spent(error: unknown): null {
  if (isAppError(error) && error.code === 'budget.exhausted') return null;
  throw error;
}

class ModelUnavailable extends Error {
  constructor(readonly retryAfterMs: number | undefined) {
    super('the model endpoint of the lane failed');
  }
}

function failureOf(error: unknown): ApplicationFailure {
  if (error instanceof ModelUnavailable) {
    return ApplicationFailure.create({
      type: 'replay.model_unavailable',
      message: error.message,
      ...delay(error.retryAfterMs),
    });
  }
  const { type, message, nonRetryable } = toFailureInfo(error);
  return ApplicationFailure.create({ type, message, nonRetryable, ...delay(retryAfterOf(error)) });
}

const delay = (ms: number | undefined): { nextRetryDelay?: number } => (ms === undefined ? {} : { nextRetryDelay: ms });

function resume(input: ReplayBatchInput, details: unknown): Progress {
  const { cursor, done, failed, refused } = (
    typeof details === 'object' && details !== null ? details : {}
  ) as Partial<Progress>;
  if (typeof cursor !== 'number' || cursor < input.after || cursor > input.until)
    return { cursor: input.after, done: 0, failed: 0, refused: 0 };
  return { cursor, done: done ?? 0, failed: failed ?? 0, refused: refused ?? 0 };
}

function assertContract({ contract, deadline }: ReplayBatchInput): void {
  if ((contract as number) !== 1) {
    throw new AppError('input.invalid', 'this worker reads contract 1', {
      field: '/contract',
      expected: '1',
      got: String(contract),
      fix: 'update the agent worker',
    });
  }
  if (Number.isNaN(Date.parse(deadline)))
    throw new AppError('input.invalid', 'the deadline is not a time', {
      field: '/deadline',
      expected: 'RFC 3339',
      got: deadline,
    });
}

/** The server checks the token; this checks that the code loaded here is the code that was asked for. */
function assertOwn(header: BatchHeader, agent: string, digest: string): void {
  if (header.agent === agent && header.digest === digest) return;
  throw new AppError('agent.digest_changed', 'the run asks for another agent version than this worker has loaded', {
    expected: `${header.agent} ${header.digest}`,
    got: `${agent} ${digest}`,
    fix: 'start a worker for that version, or register this one',
  });
}
