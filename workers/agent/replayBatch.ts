import { Context } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import { AppError, isAppError, toFailureInfo } from '../../src/errors/index.js';
import type { ReplayBatchInput, ReplayBatchOutput } from '../../src/replay/index.js';
import { BatchRun, type Runner } from './batchRun.js';
import { patiently, retryAfterOf } from './patiently.js';
import type { BatchHeader, ReplayDoors } from './replayDoors.js';

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
    const left = Date.parse(input.deadline) - deps.now();
    const deadline = AbortSignal.timeout(Math.max(0, Math.min(left, 2 ** 31 - 1)));
    const signal = AbortSignal.any([context.cancellationSignal, deadline]);
    try {
      assertContract(input);
      await runUntilDone(deps, input, progress, signal, context.info.attempt);
    } catch (error) {
      if (context.cancellationSignal.aborted) await context.cancelled;
      if (!deadline.aborted) throw failureOf(error);
    } finally {
      clearInterval(heartbeat);
      context.heartbeat({ ...progress });
    }
    return { done: progress.done, failed: progress.failed, refused: progress.refused, cursor: progress.cursor };
  };
}

async function runUntilDone(
  { doors, runner, agent, digest }: ReplayBatchDeps,
  input: ReplayBatchInput,
  progress: Progress,
  signal: AbortSignal,
  attempt: number,
): Promise<void> {
  const { runId, lane, repeat, until, count } = input;
  const range = { runId, lane, repeat };
  while (progress.cursor < until) {
    signal.throwIfAborted();
    const after = progress.cursor;
    const batch = await patiently({ tries: OPEN_TRIES, signal }, () =>
      doors.open({ ...range, after, until, count }, signal),
    ).catch(stopped);
    if (batch === null) return;
    assertOwn(batch.header, agent, digest);
    const before = progress.done + progress.failed + progress.refused;
    const putBackUnavailable = attempt <= LAST_PUT_BACK_ATTEMPT;
    const end = await new BatchRun({ doors, runner, range, signal, counts: progress, putBackUnavailable }).run(batch);
    if (end.modelUnavailable !== null) throw new ModelUnavailable(end.modelUnavailable.retryAfterMs);
    if (end.complete) progress.cursor = Math.max(batch.header.cursor, after);
    else if (progress.done + progress.failed + progress.refused === before) return;
    // A batch that hands out nothing and does not move on would be asked for without end.
    if (end.complete && batch.header.cursor <= after) return;
  }
}

/** A spent budget is a planned end, not a failure: the rows that are missing say the rest. */
function stopped(error: unknown): null {
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
