import type { ControlReuse, GateSummary } from '../src/gate/index.js';
import type { CompareRequest, ScanEnd } from '../src/nightly/index.js';
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
  readonly maxTokens?: number;
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
  readonly profile: {
    /** prf_…; absent where it was fitted before profiles were kept. */
    readonly id?: string;
    readonly digest: string;
    readonly mode: string;
    readonly decisions: number;
    readonly expiresAt?: string;
  };
  /** The control arm was there before: which gate had it planned, and what it took then. */
  readonly reused?: ControlReuse | null;
  readonly results: { readonly size: number; readonly root: string };
}

/** One night of one schedule. */
export interface ScanRequest {
  readonly schedule: string;
  /** Scheduled start, RFC 3339. */
  readonly at: string;
  /** Compute it though it has a finding: whether it is the same is told. */
  readonly again: boolean;
}

export interface ScanPlan {
  readonly scanId: string;
  /** null: there is nothing to re-run. */
  readonly controlRun: string | null;
  readonly askCanary: boolean;
  /** Set where the night has its finding already. */
  readonly ended: ScanOutcome | null;
}

export interface ScanOutcome {
  /** Also the id of the signed finding. */
  readonly scanId: string;
  readonly status: ScanEnd;
  /** Of the finding that was computed now. */
  readonly digest: string;
  /** Deliveries of alerts that are to be made. */
  readonly deliveries: readonly string[];
  /** `known`: it was there and was not computed again. */
  readonly computed: 'first' | 'same' | 'different' | 'known';
}

export interface CompareOutcome {
  /** Id of the signed comparison. */
  readonly entry: string;
  readonly verdict: ScanEnd;
}

export interface DriftActivities {
  readonly prepareScan: (request: ScanRequest) => Promise<ScanPlan>;
  readonly observeCanary: (scanId: string) => Promise<void>;
  readonly judgeScan: (scanId: string) => Promise<ScanOutcome>;
  /** Signs an inconclusive finding that says why nothing was re-run. */
  readonly abandonScan: (request: ScanRequest, code: string, reason: string) => Promise<ScanOutcome>;
  readonly compareRuns: (request: CompareRequest) => Promise<CompareOutcome>;
}

export interface AlertActivities {
  /** One try to deliver it. */
  readonly deliverAlert: (deliveryId: string) => Promise<void>;
  /** Gives it up: it is listed until somebody sees to it. */
  readonly deadLetter: (deliveryId: string, reason: string) => Promise<void>;
}
