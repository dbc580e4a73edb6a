import { agentQueue } from '../src/agents/index.js';
import type { RunRow } from '../src/db/index.js';
import { AppError } from '../src/errors/index.js';
import { lanePolicy } from '../src/replay/index.js';
import type { ActivityDeps } from './deps.js';
import { digestOf, freezeCohort, planRun } from './planning.js';
import { runPlan } from './runPlan.js';
import type { RunActivities, RunPlan, RunState } from './types.js';

export function createRunActivities(deps: ActivityDeps): RunActivities {
  const { stores, platform, availableWithinMs } = deps;
  const load = async (runId: string): Promise<RunRow> => {
    const run = await stores.runs.get(runId);
    if (run === null) throw new AppError('not_found', `run ${runId} does not exist`, { field: 'run' });
    return run;
  };
  const stateOf = ({ status, note }: RunRow): RunState => ({ status, note });

  const whyStopped = async (runId: string): Promise<string> =>
    (await stores.replay.stopReason(await load(runId))) ?? 'its deadline passed before every re-run had a result';

  return {
    async prepareRun(request) {
      const { candidate, baseline, type, session, size, seed, repeats, maxCalls, maxCost, maxTokens } = request;
      const digest = await digestOf(deps, candidate);
      const stratifyBy = ['/decision/outcome'];
      const cohort = await freezeCohort(deps, { baseline, type, session, size, seed, stratifyBy, pinned: [] });
      const lane = { lane: 'candidate', agent: candidate, digest, repeats, policy: lanePolicy(request) } as const;
      return (
        await planRun(deps, {
          cohort,
          lane,
          budget: { maxCalls, maxCost, ...(maxTokens === undefined ? {} : { maxTokens }) },
        })
      ).id;
    },

    async planRun(runId): Promise<RunPlan> {
      const run = await load(runId);
      await stores.runs.update(runId, { status: 'running' });
      const { lane, cohort } = run.manifest;
      const queue = agentQueue(platform.tenant, lane.agent, lane.digest);
      return runPlan({ runId, lane, queue, size: cohort.size, availableWithinMs });
    },

    async laneIsServed(runId, waitedMs) {
      const { lane } = (await load(runId)).manifest;
      const queue = agentQueue(platform.tenant, lane.agent, lane.digest);
      const since = new Date(deps.now().getTime() - waitedMs);
      return deps.lanes.isServed({ queue, runs: await stores.runs.underway(lane.agent, lane.digest), since });
    },

    async runState(runId) {
      return stateOf(await load(runId));
    },

    async finishRun(runId, status, note) {
      const said = note ?? (status === 'stopped' ? await whyStopped(runId) : null);
      await stores.runs.update(runId, { status, ...(said === null ? {} : { note: said }) });
    },
  };
}
