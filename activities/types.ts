import type { GateSummary } from '../src/gate/index.js';
import type { ControlStatistics, LaneName, LaneYield } from '../src/replay/index.js';

/** What the orchestration knows of activities: ids and counts in, ids and counts out. No body passes through Temporal. */
export interface GatePlan {
  readonly controlRun: string;
  readonly candidateRun: string;
}

export interface ShardPlan {
  readonly shard: number;
  readonly repeat: number;
  /** Ordinals (after, until] of the frozen cohort. */
  readonly after: number;
  readonly until: number;
}

export interface RunPlan {
  readonly runId: string;
  readonly lane: LaneName;
  /** Task queue of the agent version. */
  readonly queue: string;
  readonly batchSize: number;
  readonly window: number;
  readonly shards: readonly ShardPlan[];
  /** How long a batch waits for a worker before it is asked whether there is one at all. */
  readonly availableWithinMs: number;
  /** Longest time one batch may take: count × per-decision time-out, bounded. */
  readonly batchTimeoutMs: number;
}

export type RunStatus = 'planned' | 'running' | 'done' | 'not_available' | 'stopped' | 'failed';

export interface RunState {
  readonly status: RunStatus;
  readonly note: string | null;
}

export interface GateOutcome {
  readonly gateId: string;
  readonly status: 'pass' | 'fail' | 'inconclusive';
  readonly verdictEntry: string;
}

export interface GateActivities {
  readonly prepareGate: (gateId: string) => Promise<GatePlan>;
  readonly judgeGate: (gateId: string) => Promise<void>;
  readonly signVerdict: (gateId: string) => Promise<GateOutcome>;
  /** Writes and signs an inconclusive verdict that says why nothing could be judged. */
  readonly abandonGate: (gateId: string, code: string, reason: string) => Promise<GateOutcome>;
}

/** One lane without a verdict: recorded decisions of the baseline, re-run by a version. */
export interface ReplayRequest {
  readonly baseline: string;
  readonly candidate: string;
  readonly type: string;
  readonly session: string | null;
  readonly size: number;
  readonly seed: number;
  readonly repeats: number;
  readonly model: 'tape' | 'live';
  readonly liveReads: boolean;
  readonly timeoutMs: number;
  readonly maxCalls: number | null;
  readonly maxCost: number | null;
}

export interface RunActivities {
  /** Freezes the cohort, plans the lane and signs its manifest; the run's id. */
  readonly prepareRun: (request: ReplayRequest) => Promise<string>;
  readonly planRun: (runId: string) => Promise<RunPlan>;
  /** Whether a worker of the run's agent version is there at all, for a batch that waited so long for one. */
  readonly laneIsServed: (runId: string, waitedMs: number) => Promise<boolean>;
  readonly runState: (runId: string) => Promise<RunState>;
  readonly finishRun: (runId: string, status: RunStatus, note: string | null) => Promise<void>;
}

/** Kept beside the gate in the clear: counts, shares and digests, no value of any record. */
export interface GateRunSummary extends GateSummary {
  readonly cohort: { readonly id: string; readonly size: number; readonly population: number };
  readonly control: ControlStatistics;
  readonly yields: readonly LaneYield[];
  readonly vectors: { readonly embedder: string; readonly computed: number; readonly cached: number };
  readonly profile: { readonly digest: string; readonly mode: string; readonly decisions: number };
  readonly results: { readonly size: number; readonly root: string };
}
