import { canonicalize, sha256, toHex, utf8, type Json } from '@tenet-ledger/record';
import { AppError } from '../errors/index.js';
import { contentId } from './ids.js';
import type { Budget, CohortManifest, LaneSpec, RunManifest } from './types.js';

export interface RunRequest {
  readonly tenant: string;
  readonly lane: LaneSpec;
  readonly cohort: CohortManifest;
  readonly budget?: Budget;
  /** hex, 32 bytes; see {@link RunManifest.runSeed} for the default. */
  readonly runSeed?: string;
  /** Changes the run's id, never its draws. */
  readonly attempt?: number;
}

const NO_BUDGET: Budget = { maxCalls: null, maxCost: null };

/**
 * The signed intent of a run. Pure in its request: planned again, it is the same run with the same draws. A budget stops a run
 * and draws nothing: lanes that differ in it alone may share a control arm.
 */
export function buildRunManifest(request: RunRequest): RunManifest {
  const { tenant, lane, cohort, budget = NO_BUDGET, attempt = 1 } = request;
  const drawn = { v: 1 as const, tenant, lane, cohort };
  const content = { ...drawn, budget };
  const runSeed = request.runSeed ?? toHex(sha256(utf8(canonicalize(drawn))));
  if (!/^[0-9a-f]{64}$/.test(runSeed)) {
    throw new AppError('input.invalid', 'the run seed is not 32 bytes in hex', {
      field: '/runSeed',
      expected: '64 digits 0-9a-f',
      got: `${runSeed.length} characters`,
    });
  }
  return { ...content, run: contentId('run_', { ...content, runSeed }, attempt), runSeed };
}

/**
 * Runs of equal key may share one control arm: same code, same decisions, same draws, same lane policy, same model.
 * `model` names what answers live calls (null where calls come from the tape): a changed model is another arm.
 */
export function controlKey(manifest: RunManifest, model: string | null = null): string {
  const { tenant, lane, cohort, runSeed } = manifest;
  return contentId('ctl_', {
    v: 1,
    tenant,
    lane: lane.lane,
    agent: lane.agent,
    digest: lane.digest,
    repeats: lane.repeats,
    policy: lane.policy,
    cohort: cohort.hash,
    runSeed,
    model,
  });
}

export interface RunEntry {
  readonly kind: 'run';
  readonly type: 'replay.run';
  readonly fields: readonly { readonly path: string; readonly value: Json }[];
}

/** The manifest as a ledger entry. It must be logged before the first re-run, and bind every input of the run. */
export function runEntry(manifest: RunManifest): RunEntry {
  const { run, tenant, lane, cohort, runSeed, budget } = manifest;
  const fields: [string, unknown][] = [
    ['/run', run],
    ['/tenant', tenant],
    ['/lane', lane],
    ['/cohort', cohort],
    ['/runSeed', runSeed],
    ['/budget', budget],
  ];
  return { kind: 'run', type: 'replay.run', fields: fields.map(([path, value]) => ({ path, value: value as Json })) };
}
