import type { GateRow } from '../src/db/index.js';
import { splitBudget, type GatePolicy } from '../src/gate/index.js';
import type { ActivityDeps } from './deps.js';
import { digestOf, freezeCohort, lanePolicy, planRun } from './planning.js';
import type { GatePlan } from './types.js';

/**
 * Freezes the cohort, plans both lanes and signs their manifests. Everything is named by its content, so a second run
 * of this activity finds what the first one left and adds nothing.
 */
export async function prepareGate(deps: ActivityDeps, gate: GateRow): Promise<GatePlan> {
  const policy = gate.policy as GatePolicy;
  const { repeats, type, pinned } = policy;
  const budget = splitBudget(policy.budget, repeats);
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
    budget: budget.control,
    lane: { ...shared, lane: 'control', agent: gate.baseline, digest: baseline, repeats: repeats.control },
  });
  const candidateRun = await planRun(deps, {
    cohort,
    budget: budget.candidate,
    control,
    lane: { ...shared, lane: 'candidate', agent: gate.candidate, digest: candidate, repeats: repeats.candidate },
  });
  await deps.stores.gates.update(gate.id, { controlRun: control.id, candidateRun: candidateRun.id });
  return { controlRun: control.id, candidateRun: candidateRun.id };
}
