import { setTimeout as sleep } from 'node:timers/promises';
import type { GateRow } from '../db/index.js';
import { AppError } from '../errors/index.js';
import type { Stack } from './stack.js';

/** How far a gate is; a terminal line, a log, or nothing. */
export interface GateProgress {
  update(done: number, total: number, lane: string): void;
  say(note: string): void;
}

const POLL_MS = 250;

/** Waits for the verdict and shows how far each lane is; the workflow goes on when the waiting is broken off. */
export async function awaitGate(
  { stores }: Pick<Stack, 'stores'>,
  gateId: string,
  progress: GateProgress,
  signal?: AbortSignal,
): Promise<GateRow> {
  for (;;) {
    signal?.throwIfAborted();
    const gate = await stores.gates.get(gateId);
    if (gate === null) throw new AppError('not_found', `gate ${gateId} does not exist`, { field: 'gate' });
    if (gate.status !== 'pending') return gate;
    const planned = { done: 0, total: 0 };
    let lane = 'freezing the cohort';
    for (const id of [gate.controlRun, gate.candidateRun]) {
      const run = id === null ? null : await stores.runs.get(id);
      if (run === null) continue;
      const rows = (await stores.replay.counts(run.id)).reduce((sum, count) => sum + count.rows, 0);
      planned.total += run.manifest.cohort.size * run.manifest.lane.repeats;
      planned.done += rows;
      if (run.status === 'running') lane = run.lane === 'control' ? 'control arm' : 'candidate';
      else if (run.status === 'done') lane = 'comparing';
    }
    if (planned.total === 0) progress.say(lane);
    else progress.update(planned.done, planned.total, lane);
    await sleep(POLL_MS, undefined, signal === undefined ? {} : { signal });
  }
}
