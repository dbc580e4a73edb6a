import type { GateRow, RunRow, Spent } from '../src/db/index.js';
import { splitBudget, type ControlReuse, type GatePolicy } from '../src/gate/index.js';
import type { ActivityDeps } from './deps.js';

type Budget = GatePolicy['budget'];
type Deps = Pick<ActivityDeps, 'stores'>;

/**
 * One budget for a gate and all its attempts. Whoever planned a run pays for it: one that was there before the gate's first
 * attempt (a control arm that is shared) costs this gate nothing.
 */
export async function gateSpent(deps: Deps, gate: GateRow): Promise<Spent> {
  const total = { calls: 0, cost: 0, tokens: 0 };
  for (const { id } of await ownRuns(deps, gate)) {
    const { calls, cost, tokens } = await deps.stores.replay.spent(id);
    total.calls += calls;
    total.cost += cost;
    total.tokens += tokens;
  }
  return total;
}

/** What this gate did not have to spend, since its control arm was there before its first attempt; null where it was not. */
export async function controlReuse(deps: Deps, gate: GateRow, control: RunRow): Promise<ControlReuse | null> {
  if ((await ownRuns(deps, gate, control)).some(({ id }) => id === control.id)) return null;
  const { calls, tokens } = await deps.stores.replay.spent(control.id);
  const by = await deps.stores.gates.firstWith(control.id);
  return { gate: by === gate.id ? null : by, reruns: await deps.stores.replay.stored(control.id), calls, tokens };
}

/** The control arm's part of what is left, by re-runs. */
export async function controlBudget(deps: Deps, gate: GateRow): Promise<Budget> {
  const { budget, repeats } = gate.policy as GatePolicy;
  return splitBudget(leftOf(budget, await claimed(deps, gate)), repeats).control;
}

/** All that the control arm leaves: it is planned first, and may have been there already. */
export async function candidateBudget(deps: Deps, gate: GateRow, control: RunRow): Promise<Budget> {
  return leftOf((gate.policy as GatePolicy).budget, await claimed(deps, gate, control));
}

/** As `gateSpent`, but a run that is under way counts with all that it may spend: it may have been left running. */
async function claimed(deps: Deps, gate: GateRow, control?: RunRow): Promise<Spent> {
  const total = { calls: 0, cost: 0, tokens: 0 };
  for (const { id, status, manifest } of await ownRuns(deps, gate, control)) {
    const { calls, cost, tokens } = await deps.stores.replay.spent(id);
    const underWay = status === 'planned' || status === 'running';
    const { maxCalls, maxCost, maxTokens = null } = manifest.budget;
    total.calls += underWay ? Math.max(calls, maxCalls ?? 0) : calls;
    total.cost += underWay ? Math.max(cost, maxCost ?? 0) : cost;
    total.tokens += underWay ? Math.max(tokens, maxTokens ?? 0) : tokens;
  }
  return total;
}

function leftOf({ maxCalls, maxCost, maxTokens }: Budget, { calls, cost, tokens }: Spent): Budget {
  const left = (max: number | null, used: number): number | null => (max === null ? null : Math.max(0, max - used));
  return {
    maxCalls: left(maxCalls, calls),
    maxCost: left(maxCost, cost),
    ...(maxTokens === undefined ? {} : { maxTokens: left(maxTokens, tokens) }),
  };
}

/** `more`: a run that the gate's row does not name yet. */
async function ownRuns({ stores }: Deps, gate: GateRow, more?: RunRow): Promise<RunRow[]> {
  const attempts = [...(await stores.gates.earlierAttempts(gate.id)), gate];
  const began = Math.min(...attempts.map(({ createdAt }) => createdAt.getTime()));
  const named = attempts.flatMap(({ controlRun, candidateRun }) => [controlRun, candidateRun]);
  const runs: RunRow[] = [];
  for (const id of new Set([...named, more?.id ?? null])) {
    const run = id === null ? null : await stores.runs.get(id);
    if (run !== null && run.createdAt.getTime() >= began) runs.push(run);
  }
  return runs;
}
