import { agentQueue } from '../src/agents/index.js';
import type { RunRow } from '../src/db/index.js';
import { AppError } from '../src/errors/index.js';
import { planShards } from '../src/replay/index.js';
import type { ActivityDeps } from './deps.js';
import { digestOf, freezeCohort, lanePolicy, planRun } from './planning.js';
import type { RunActivities, RunPlan, RunState } from './types.js';

/** A million decisions are 50 children of this size. */
const SHARD_SIZE = 20_000;
/** Batches of tape-served re-runs make orchestration vanish; live ones are paced by the model. */
const BATCH_SIZE = { tape: 500, live: 25 } as const;
/** Batches in flight per shard and repeat. */
const WINDOW = 4;
const BATCH_FLOOR_MS = 120_000;
const BATCH_CEILING_MS = 3_600_000;

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
      const { candidate, baseline, type, session, size, seed, repeats, maxCalls, maxCost } = request;
      const digest = await digestOf(deps, candidate);
      const stratifyBy = ['/decision/outcome'];
      const cohort = await freezeCohort(deps, { baseline, type, session, size, seed, stratifyBy, pinned: [] });
      const lane = { lane: 'candidate', agent: candidate, digest, repeats, policy: lanePolicy(request) } as const;
      return (await planRun(deps, { cohort, lane, budget: { maxCalls, maxCost } })).id;
    },

    async planRun(runId): Promise<RunPlan> {
      const run = await load(runId);
      await stores.runs.update(runId, { status: 'running' });
      const { lane, cohort } = run.manifest;
      const batchSize = BATCH_SIZE[lane.policy.model];
      const longest = batchSize * lane.policy.timeoutMs;
      return {
        runId,
        lane: run.lane,
        queue: agentQueue(platform.tenant, lane.agent, lane.digest),
        batchSize,
        window: WINDOW,
        shards: planShards({ size: cohort.size, repeats: lane.repeats, shardSize: SHARD_SIZE, batchSize }),
        availableWithinMs,
        batchTimeoutMs: Math.min(BATCH_CEILING_MS, Math.max(BATCH_FLOOR_MS, longest)),
      };
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
