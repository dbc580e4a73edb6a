import type { GateRow } from '../src/db/index.js';
import type { GatePolicy } from '../src/gate/index.js';
import { lanePolicy } from '../src/replay/index.js';
import type { ActivityDeps } from './deps.js';
import { candidateBudget, controlBudget } from './gateBudget.js';
import { digestOf, freezeCohort, isUsable, planRun } from './planning.js';
import type { GatePlan } from './types.js';

/**
 * Freezes the cohort, plans both lanes and signs their manifests. Everything is named by its content, so a second run
 * of this activity finds what the first one left and adds nothing. Budgets depend on what was spent before, so a plan that stands is
 * given as it is: planned again while its runs are under way it would be another.
 */
export async function prepareGate(deps: ActivityDeps, gate: GateRow): Promise<GatePlan> {
  const before = await plannedBefore(deps, gate);
  if (before !== null) return before;
  const policy = gate.policy as GatePolicy;
  const { repeats, type, pinned } = policy;
  const [baseline, candidate] = await Promise.all([digestOf(deps, gate.baseline), digestOf(deps, gate.candidate)]);
  const cohort = await freezeCohort(deps, {
    ...policy.cohort,
    baseline: gate.baseline,
    type,
    session: gate.session,
    pinned: pinned.map(({ decision }) => decision),
  });
  const shared = { policy: lanePolicy(policy.lanes) };
  const control = await planRun(deps, {
    cohort,
    budget: await controlBudget(deps, gate),
    lane: { ...shared, lane: 'control', agent: gate.baseline, digest: baseline, repeats: repeats.control },
  });
  const candidateRun = await planRun(deps, {
    cohort,
    budget: await candidateBudget(deps, gate, control),
    control,
    lane: { ...shared, lane: 'candidate', agent: gate.candidate, digest: candidate, repeats: repeats.candidate },
  });
  await deps.stores.gates.update(gate.id, { controlRun: control.id, candidateRun: candidateRun.id });
  return { controlRun: control.id, candidateRun: candidateRun.id };
}

async function plannedBefore({ stores }: ActivityDeps, gate: GateRow): Promise<GatePlan | null> {
  const { controlRun, candidateRun } = gate;
  if (controlRun === null || candidateRun === null) return null;
  const runs = await Promise.all([stores.runs.get(controlRun), stores.runs.get(candidateRun)]);
  return runs.every((run) => run !== null && run.entryId !== null && isUsable(run))
    ? { controlRun, candidateRun }
    : null;
}
