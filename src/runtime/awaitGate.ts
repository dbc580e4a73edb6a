import { setTimeout as sleep } from 'node:timers/promises';
import type { GateRow } from '../db/index.js';
import { AppError } from '../errors/index.js';
import type { GatePolicy } from '../gate/index.js';
import type { Stack } from './types.js';
import { workflowFailure } from './workflowFailure.js';

/** How far a gate is; a terminal line, a log, or nothing. */
export interface GateProgress {
  update(done: number, total: number, lane: string): void;
  say(note: string): void;
}

export interface GateWaiting extends Pick<Stack, 'stores' | 'temporal'> {
  /** Name of a process that the gate needs and that has died for good; null while all are well. */
  readonly alive?: () => string | null;
}

const POLL_MS = 1_000;
const ASK_EVERY_MS = 3_000;
const ASK_TIMEOUT_MS = 5_000;
/** How long Temporal may be silent before the waiting is given up. */
const SILENCE_MS = 60_000;

/**
 * Waits for the verdict and shows how far each lane is; the workflow goes on when the waiting is broken off. The row is what
 * counts. Where it stays pending, Temporal is asked whether anything still works on it: what nobody works on is not waited for.
 */
export async function awaitGate(
  waiting: GateWaiting,
  gateId: string,
  progress: GateProgress,
  signal?: AbortSignal,
): Promise<GateRow> {
  const { stores, alive } = waiting;
  const isClosed = askTemporal(waiting);
  for (;;) {
    signal?.throwIfAborted();
    const gate = await rowOf(stores, gateId);
    if (gate.status !== 'pending') return gate;
    const dead = alive?.() ?? null;
    if (dead !== null) throw died(dead, gateId);
    if (gate.workflow !== null && (await isClosed(gate.workflow))) return endOf(waiting, gateId, gate.workflow);
    await show(waiting, gate, progress);
    await sleep(POLL_MS, undefined, signal === undefined ? {} : { signal });
  }
}

async function rowOf(stores: Stack['stores'], gateId: string): Promise<GateRow> {
  const gate = await stores.gates.get(gateId);
  if (gate === null) throw new AppError('not_found', `gate ${gateId} does not exist`, { field: 'gate' });
  return gate;
}

/** The row is written before its workflow ends: pending after that is pending for ever. */
async function endOf({ stores, temporal }: GateWaiting, gateId: string, workflow: string): Promise<GateRow> {
  const gate = await rowOf(stores, gateId);
  if (gate.status !== 'pending') return gate;
  await temporal.workflow
    .getHandle(workflow)
    .result()
    .catch((error: unknown) => Promise.reject(workflowFailure(workflow, error)));
  throw new AppError('workflow.failed', `workflow ${workflow} ended and left gate ${gateId} without a verdict`, {
    fix: 'run the same command again',
  });
}

const died = (name: string, gateId: string): AppError =>
  new AppError('services.process_failed', `${name} ended while gate ${gateId} was waited for`, {
    fix: `read its log, then run the same command again: ${gateId} goes on where it stands`,
  });

/** Whether the workflow is closed or unknown, asked every few seconds. An answer that does not come says nothing at first. */
function askTemporal({ temporal }: GateWaiting): (workflowId: string) => Promise<boolean> {
  let asked = Number.NEGATIVE_INFINITY;
  let answered = performance.now();
  return async (workflowId) => {
    const now = performance.now();
    if (now - asked < ASK_EVERY_MS) return false;
    asked = now;
    try {
      const description = await temporal.withDeadline(Date.now() + ASK_TIMEOUT_MS, () =>
        temporal.workflow.getHandle(workflowId).describe(),
      );
      answered = performance.now();
      return description.status.name !== 'RUNNING' && description.status.name !== 'CONTINUED_AS_NEW';
    } catch (error) {
      if (error instanceof Error && error.name === 'WorkflowNotFoundError') return true;
      if (performance.now() - answered < SILENCE_MS) return false;
      const message = `Temporal has not answered for ${SILENCE_MS / 1000} s`;
      throw new AppError('temporal.unavailable', message, { fix: 'see that it runs: tenet doctor' }, { cause: error });
    }
  };
}

/** Only the lane that is under way is counted, and by its key alone: a run may have millions of results. */
async function show({ stores }: GateWaiting, gate: GateRow, progress: GateProgress): Promise<void> {
  const { repeats } = gate.policy as GatePolicy;
  const control = gate.controlRun === null ? null : await stores.runs.get(gate.controlRun);
  if (control === null) return progress.say('freezing the cohort');
  const { size } = control.manifest.cohort;
  const candidate = gate.candidateRun === null ? null : await stores.runs.get(gate.candidateRun);
  let done = 0;
  let lane = 'comparing';
  for (const [run, name, planned] of [
    [candidate, 'candidate', size * repeats.candidate],
    [control, 'control arm', size * repeats.control],
  ] as const) {
    const ended = run !== null && run.status !== 'planned' && run.status !== 'running';
    if (!ended) lane = name;
    done += ended ? planned : run === null ? 0 : await stores.replay.stored(run.id);
  }
  progress.update(done, size * (repeats.control + repeats.candidate), lane);
}
