import type { GateRow, RunRow } from '../src/db/index.js';
import { AppError } from '../src/errors/index.js';
import type { GatePolicy } from '../src/gate/index.js';
import {
  buildRunManifest,
  controlKey,
  runEntry,
  sampleCohort,
  valueAt,
  type CohortManifest,
  type LanePolicy,
  type LaneSpec,
  type PopulationMember,
} from '../src/replay/index.js';
import type { ActivityDeps } from './deps.js';
import type { GatePlan } from './types.js';

const MAX_RESULT_BYTES = 1024 * 1024;
const PAGE = 500;
const LOG_TIMEOUT_MS = 60_000;
const USABLE: ReadonlySet<RunRow['status']> = new Set(['planned', 'running', 'done']);

/**
 * Freezes the cohort, plans both lanes and signs their manifests. Everything is named by its content, so a second run
 * of this activity finds what the first one left and adds nothing.
 */
export async function prepareGate(deps: ActivityDeps, gate: GateRow): Promise<GatePlan> {
  const { stores } = deps;
  const policy = gate.policy as GatePolicy;
  const [baseline, candidate] = await Promise.all([digestOf(deps, gate.baseline), digestOf(deps, gate.candidate)]);
  const cohort = await freezeCohort(deps, gate, policy);

  const control = await planRun(deps, policy, cohort, {
    lane: 'control',
    agent: gate.baseline,
    digest: baseline,
    repeats: policy.repeats.control,
    policy: lanePolicy(policy),
  });
  const candidateRun = await planRun(
    deps,
    policy,
    cohort,
    {
      lane: 'candidate',
      agent: gate.candidate,
      digest: candidate,
      repeats: policy.repeats.candidate,
      policy: lanePolicy(policy),
    },
    control,
  );
  await stores.gates.update(gate.id, { controlRun: control.id, candidateRun: candidateRun.id });
  return { controlRun: control.id, candidateRun: candidateRun.id };
}

async function digestOf({ stores }: ActivityDeps, agent: string): Promise<string> {
  const row = await stores.agents.get(agent);
  if (row === null) {
    throw new AppError('agent.not_registered', `${agent} is not registered`, {
      field: 'agent',
      expected: 'a registered agent version',
      got: agent,
      fix: `start a worker for it: tenet worker --agent FILE`,
    });
  }
  return row.digest;
}

function lanePolicy({ lanes }: GatePolicy): LanePolicy {
  return {
    model: lanes.model,
    liveReads: lanes.liveReads,
    randomness: 'fresh',
    timeoutMs: lanes.timeoutMs,
    maxResultBytes: MAX_RESULT_BYTES,
  };
}

async function freezeCohort(deps: ActivityDeps, gate: GateRow, policy: GatePolicy): Promise<CohortManifest> {
  const population = await readPopulation(deps, gate, policy);
  const { manifest, members } = sampleCohort({
    population,
    size: policy.cohort.size,
    seed: policy.cohort.seed,
    baseline: gate.baseline,
    type: policy.type,
    session: gate.session,
    pinned: policy.pinned.map(({ decision }) => decision),
  });
  await deps.stores.cohorts.save(manifest, members);
  return manifest;
}

async function readPopulation(
  { platform }: ActivityDeps,
  gate: GateRow,
  policy: GatePolicy,
): Promise<PopulationMember[]> {
  const population: PopulationMember[] = [];
  let cursor: string | undefined;
  do {
    const page = await platform.ledger.listDecisions({
      agent: gate.baseline,
      type: policy.type,
      limit: PAGE,
      ...(gate.session === null ? {} : { session: gate.session }),
      ...(cursor === undefined ? {} : { cursor }),
    });
    for (const view of await platform.ledger.readDecisions(page.ids)) {
      if (view.idx === null || view.erased) continue;
      const stratum = policy.cohort.stratifyBy
        .map((path) => JSON.stringify(valueAt(view.fields, path) ?? null))
        .join(' ');
      population.push({ decision: view.id, stratum });
    }
    cursor = page.cursor ?? undefined;
  } while (cursor !== undefined);
  return population;
}

/** A run that ended without all its results gives way to a new attempt; one that is planned, under way or done is used. */
async function planRun(
  deps: ActivityDeps,
  policy: GatePolicy,
  cohort: CohortManifest,
  lane: LaneSpec,
  control?: RunRow,
): Promise<RunRow> {
  const { stores, platform, model } = deps;
  for (let attempt = 1; ; attempt += 1) {
    const manifest = buildRunManifest({ tenant: platform.tenant, lane, cohort, budget: policy.budget, attempt });
    const known = await stores.runs.get(manifest.run);
    if (known !== null && !USABLE.has(known.status)) continue;
    const shared = control === undefined ? { controlKey: controlKey(manifest, model) } : { controlRun: control.id };
    const { run } = await stores.runs.save({ manifest, ...shared });
    return run.entryId === null ? logManifest(deps, run) : run;
  }
}

async function logManifest({ stores, platform }: ActivityDeps, run: RunRow): Promise<RunRow> {
  await platform.ledger.append([{ ...runEntry(run.manifest), id: run.id }]);
  await platform.ledger.waitLogged([run.id], { timeoutMs: LOG_TIMEOUT_MS });
  return stores.runs.update(run.id, { entryId: run.id });
}
