import { ApplicationFailure } from '@temporalio/common';
import { Worker } from '@temporalio/worker';
import type {
  AlertActivities,
  DriftActivities,
  GateActivities,
  GateOutcome,
  RunActivities,
  RunPlan,
  RunState,
  ScanOutcome,
} from '../../activities/index.js';
import { BUNDLE_PATH } from '../../dist/workers/bundle.js';
import type { ReplayBatchInput, ReplayBatchOutput } from '../../src/replay/index.js';
import { gateWorkflowId, PLATFORM_QUEUE } from '../../workflows/ids.js';
import type { TestTemporal } from '../support/temporal.js';

export const TENANT = 'acme';

type Activities = GateActivities & RunActivities & DriftActivities & AlertActivities;
type Batch = (input: ReplayBatchInput) => Promise<ReplayBatchOutput>;

/** Activities in memory: runs and gates are known by their ids, and what was called is kept in order. */
export class FakePlatform {
  readonly calls: string[] = [];
  readonly states = new Map<string, RunState>();
  readonly plans = new Map<string, RunPlan>();
  /** Put in place of what is here. */
  over: Partial<Activities> = {};

  readonly #activities: Activities = {
    prepareGate: async (gate) => ({ controlRun: `${gate}-control`, candidateRun: `${gate}-candidate` }),
    judgeGate: async () => undefined,
    signVerdict: async (gateId) => outcome(gateId, 'pass'),
    abandonGate: async (gateId) => outcome(gateId, 'inconclusive'),
    prepareRun: async ({ candidate }) => `run-${candidate}`,
    planRun: async (runId) => {
      this.states.set(runId, { status: 'running', note: null });
      return this.plans.get(runId) ?? planOf({ runId });
    },
    laneIsServed: async () => false,
    runState: async (runId) => this.states.get(runId) ?? { status: 'planned', note: null },
    finishRun: async (runId, status, note) => void this.states.set(runId, { status, note }),
    prepareScan: async ({ schedule }) => ({
      scanId: `drf-${schedule}`,
      controlRun: `${schedule}-control`,
      askCanary: true,
      ended: null,
    }),
    observeCanary: async () => undefined,
    judgeScan: async (scanId) => scanOutcome(scanId, 'no-evidence'),
    abandonScan: async ({ schedule }) => scanOutcome(`drf-${schedule}`, 'inconclusive'),
    compareRuns: async () => ({ entry: 'cmp_1', verdict: 'no-evidence' }),
    deliverAlert: async () => undefined,
    deadLetter: async () => undefined,
  };

  /** As the worker of the platform's queue is given them. */
  get activities(): Activities {
    const named = Object.entries(this.#activities).map(([name, fake]) => {
      const key = name as keyof Activities;
      const call = (...args: never[]): unknown => {
        this.calls.push([name, ...args.map((arg: unknown) => (typeof arg === 'string' ? arg : '…'))].join(' '));
        return ((this.over[key] ?? fake) as (...args: never[]) => unknown)(...args);
      };
      return [name, call];
    });
    return Object.fromEntries(named) as Activities;
  }

  of(name: keyof Activities): string[] {
    return this.calls.filter((call) => call.startsWith(`${name} `));
  }
}

export const outcome = (gateId: string, status: GateOutcome['status']): GateOutcome => ({
  gateId,
  status,
  verdictEntry: `ver_${gateId}`,
});

export const scanOutcome = (
  scanId: string,
  status: ScanOutcome['status'],
  deliveries: readonly string[] = [],
): ScanOutcome => ({ scanId, status, digest: 'd', deliveries, computed: 'first' });

export const planOf = (over: Partial<RunPlan> & Pick<RunPlan, 'runId'>): RunPlan => ({
  lane: 'candidate',
  queue: 'agent.test',
  batchSize: 10,
  window: 4,
  shards: [{ shard: 1, repeat: 1, after: 0, until: 20 }],
  availableWithinMs: 20_000,
  batchTimeoutMs: 60_000,
  ...over,
});

export const designed = (code: string, message: string): ApplicationFailure =>
  ApplicationFailure.create({ type: code, message, nonRetryable: true });

export const batchDone: Batch = async ({ after, until }) => ({
  done: until - after,
  failed: 0,
  refused: 0,
  cursor: until,
});

export interface Serving {
  stop(): Promise<void>;
}

/** The workflow code that the product runs, over fake activities. */
export async function servePlatform({ connection }: TestTemporal, fakes: FakePlatform): Promise<Serving> {
  const worker = await Worker.create({
    connection,
    taskQueue: PLATFORM_QUEUE,
    workflowBundle: { codePath: BUNDLE_PATH },
    activities: fakes.activities,
    reuseV8Context: true,
  });
  return serving(worker);
}

export async function serveAgent(
  { connection }: TestTemporal,
  batch: Batch,
  { queue = 'agent.test', slots = 20 } = {},
): Promise<Serving> {
  const worker = await Worker.create({
    connection,
    taskQueue: queue,
    activities: { 'tenet.replayBatch.v1': batch },
    maxConcurrentActivityTaskExecutions: slots,
  });
  return serving(worker);
}

function serving(worker: Worker): Serving {
  const running = worker.run();
  return {
    async stop() {
      if (worker.getState() === 'RUNNING') worker.shutdown();
      await running;
    },
  };
}

export async function runGate({ client }: TestTemporal, gateId: string): Promise<GateOutcome> {
  return (await client.workflow.execute('gateRunWorkflow', {
    taskQueue: PLATFORM_QUEUE,
    workflowId: gateWorkflowId(TENANT, gateId),
    args: [{ tenant: TENANT, gateId }],
  })) as GateOutcome;
}
