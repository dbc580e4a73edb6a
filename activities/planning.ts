import type { RunRow } from '../src/db/index.js';
import { AppError } from '../src/errors/index.js';
import { isControlTooOld } from '../src/gate/index.js';
import {
  buildRunManifest,
  controlKey,
  readPopulation,
  runEntry,
  sampleCohort,
  type CohortManifest,
  type LaneSpec,
  type RunManifest,
} from '../src/replay/index.js';
import type { ActivityDeps } from './deps.js';
import { endProfilesOf } from './noiseProfile.js';

const LOG_TIMEOUT_MS = 60_000;
const USABLE: ReadonlySet<RunRow['status']> = new Set(['planned', 'running', 'done']);

/** Has all its results, or may come to have them. */
export const isUsable = ({ status }: RunRow): boolean => USABLE.has(status);

export interface CohortPlan {
  /** name@version whose recorded decisions are drawn. */
  readonly baseline: string;
  readonly type: string;
  readonly session: string | null;
  readonly size: number;
  readonly seed: number;
  readonly stratifyBy: readonly string[];
  readonly pinned: readonly string[];
}

export async function digestOf({ stores }: ActivityDeps, agent: string): Promise<string> {
  const row = await stores.agents.get(agent);
  if (row === null) {
    throw new AppError('agent.not_registered', `${agent} is not registered`, {
      field: 'agent',
      expected: 'a registered agent version',
      got: agent,
      fix: 'start a worker for it: tenet worker --agent FILE',
    });
  }
  return row.digest;
}

/** Named by its content: frozen again, it is the same cohort. */
export async function freezeCohort(deps: ActivityDeps, plan: CohortPlan): Promise<CohortManifest> {
  const { size, seed, baseline, type, session, pinned } = plan;
  const population = await readPopulation(deps.platform.ledger, plan);
  const { manifest, members } = sampleCohort({ population, size, seed, baseline, type, session, pinned });
  await deps.stores.cohorts.save(manifest, members);
  return manifest;
}

export interface LanePlanRequest {
  readonly cohort: CohortManifest;
  readonly lane: LaneSpec;
  readonly budget: RunManifest['budget'];
  /** The control arm whose live calls the lane may be served; absent for a control arm itself, which is shared by its key. */
  readonly control?: RunRow;
}

/**
 * The run of this lane, its manifest in the log. A run that ended without all its results gives way to a new attempt; one
 * that is planned, under way or done is used. A control arm is used as long as a noise profile holds, then measured again.
 */
export async function planRun(deps: ActivityDeps, request: LanePlanRequest): Promise<RunRow> {
  const { cohort, budget, control } = request;
  const { stores, platform, model, now } = deps;
  const lane =
    request.lane.policy.model === 'live' ? { ...request.lane, liveModel: model ?? 'not named' } : request.lane;
  for (let attempt = 1; ; attempt += 1) {
    const manifest = buildRunManifest({ tenant: platform.tenant, lane, cohort, budget, attempt });
    const known = await stores.runs.get(manifest.run);
    if (known !== null && (!isUsable(known) || isControlTooOld(known, now()))) continue;
    const shared = lane.lane === 'control' ? { controlKey: controlKey(manifest, lane.liveModel ?? null) } : {};
    if (shared.controlKey !== undefined) await releaseOld(deps, shared.controlKey);
    const { run } = await stores.runs.save({
      manifest,
      ...shared,
      ...(control === undefined ? {} : { controlRun: control.id }),
    });
    return run.entryId === null ? logManifest(deps, run) : run;
  }
}

async function releaseOld(deps: ActivityDeps, key: string): Promise<void> {
  const holder = await deps.stores.runs.findControl(key);
  if (holder === null || !isControlTooOld(holder, deps.now())) return;
  await endProfilesOf(deps, holder);
  await deps.stores.runs.releaseControl(holder.id);
}

async function logManifest({ stores, platform }: ActivityDeps, run: RunRow): Promise<RunRow> {
  await platform.ledger.append([{ ...runEntry(run.manifest), id: run.id }]);
  await platform.ledger.waitLogged([run.id], { timeoutMs: LOG_TIMEOUT_MS });
  return stores.runs.update(run.id, { entryId: run.id });
}
