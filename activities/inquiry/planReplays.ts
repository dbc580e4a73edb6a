import { lanePolicy, sampleCohort, type CohortManifest } from '../../src/replay/index.js';
import { isAppError } from '../../src/errors/index.js';
import { parseStep, type InquiryCase } from '../../src/inquiry/index.js';
import type { ActivityDeps } from '../deps.js';
import { digestOf, planRun } from '../planning.js';
import { caseOf, stepOf } from './context.js';

const TIMEOUT_MS = 30_000;
/** Every decision in scope is re-run: nothing is drawn, so the seed names no draw. */
const SEED = 1;
const NO_BUDGET = { maxCalls: null, maxCost: null };

/**
 * A run for each version that the collection names, over all decisions in scope that still have their values. Planned again it is
 * the same run. A version that nobody registered gets none, and the collection says so.
 */
export async function planReplays(deps: ActivityDeps, stepId: string): Promise<string[]> {
  const step = await stepOf(deps, stepId);
  const { replays, budget = NO_BUDGET } = parseStep('collect', step.body);
  if (replays.length === 0) return [];
  const cohorts = await cohortsOf(deps, await caseOf(deps, step.inquiry));
  const runs: string[] = [];
  for (const { agent, model } of replays) {
    const digest = await digestOf(deps, agent).catch((error: unknown) => {
      if (isAppError(error) && error.code === 'agent.not_registered') return null;
      throw error;
    });
    if (digest === null) continue;
    const policy = lanePolicy({ model, liveReads: false, timeoutMs: TIMEOUT_MS });
    const lane = { lane: 'candidate', agent, digest, repeats: 1, policy } as const;
    for (const cohort of cohorts.filter(({ baseline }) => sameAgent(baseline, agent)))
      runs.push((await planRun(deps, { cohort, lane, budget: model === 'live' ? budget : NO_BUDGET })).id);
  }
  return runs;
}

const nameOf = (agent: string): string => agent.slice(0, agent.lastIndexOf('@'));
const sameAgent = (a: string, b: string): boolean => nameOf(a) === nameOf(b);

/** One for each recorded version and type: a cohort speaks of one of each. */
async function cohortsOf(deps: ActivityDeps, { scope }: InquiryCase): Promise<CohortManifest[]> {
  const { ledger } = deps.platform;
  if (scope === null) return [];
  const size = (await ledger.latestCheckpoint())?.size ?? 0;
  const found = (await deps.stores.scopes.decisions(scope.query, size)).filter(({ erased }) => !erased);
  const groups = new Map<string, { agent: string; type: string; ids: string[] }>();
  for (const { id, agent, type } of await ledger.readItems(found.map((one) => one.id))) {
    const key = JSON.stringify([agent, type]);
    const group = groups.get(key) ?? { agent, type, ids: [] };
    group.ids.push(id);
    groups.set(key, group);
  }
  const cohorts: CohortManifest[] = [];
  for (const { agent, type, ids } of groups.values()) {
    const population = ids.map((decision) => ({ decision, stratum: 'in scope' }));
    const drawn = { population, size: ids.length, seed: SEED, baseline: agent, type, session: null, pinned: [] };
    const { manifest, members } = sampleCohort(drawn);
    await deps.stores.cohorts.save(manifest, members);
    cohorts.push(manifest);
  }
  return cohorts;
}
