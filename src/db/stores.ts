import { createAgentStore, type AgentStore } from './agents.js';
import type { AlertStore } from '../alerts/index.js';
import { createAlertStore } from './alerts.js';
import type { ApprovalStore } from '../people/index.js';
import { createApprovalStore } from './approvals.js';
import { createApiKeyStore, type ApiKeyStore, type ApiKeyStoreOptions } from './apiKeys.js';
import { createCohortStore, type CohortStore } from './cohorts.js';
import type { DeploymentStore } from '../gate/index.js';
import { createDeploymentStore } from './deployments.js';
import { createGateStore, type GateStore } from './gates.js';
import { createGateSealStore, type GateSealStore } from './gateSeals.js';
import type { HoldStore, InquiryStore, ScopeReads } from '../inquiry/index.js';
import { createHoldStore } from './holds.js';
import { createInquiryStore, createScopeReads } from './inquiries.js';
import type { NightStore, ScanStore, ScheduleStore } from '../nightly/index.js';
import type { HeldSpanStore } from '../otel/index.js';
import type { ProducerStore } from '../producers/index.js';
import { createScanStore } from './driftScans.js';
import { createScheduleStore } from './driftSchedules.js';
import { createHeldSpanStore, type HeldSpanOptions } from './heldSpans.js';
import { createNightStore } from './nightWindow.js';
import { createProducerStore } from './producers.js';
import { ReplayStore, type ReplayStoreDeps } from './replayStore.js';
import { createProfileStore, type ProfileStore } from './profiles.js';
import { createRunStore, type RunStore } from './runs.js';
import { createVectorStore, type VectorStore } from './vectors.js';

/** Everything replay and gates keep in Postgres, bound to one tenant: no method can name another. */
export interface Stores {
  readonly apiKeys: ApiKeyStore;
  readonly agents: AgentStore;
  readonly cohorts: CohortStore;
  readonly runs: RunStore;
  readonly replay: ReplayStore;
  readonly gates: GateStore;
  readonly gateSeals: GateSealStore;
  readonly profiles: ProfileStore;
  readonly vectors: VectorStore;
  readonly producers: ProducerStore;
  /** Of a receiver of its own at each call. */
  readonly heldSpans: (options?: HeldSpanOptions) => HeldSpanStore;
  readonly schedules: ScheduleStore;
  readonly scans: ScanStore;
  readonly night: NightStore;
  readonly alerts: AlertStore;
  readonly approvals: ApprovalStore;
  readonly deployments: DeploymentStore;
  readonly inquiries: InquiryStore;
  readonly holds: HoldStore;
  readonly scopes: ScopeReads;
}

/** An open platform is what it takes; the stores own nothing and need no closing. */
export function createStores(deps: ReplayStoreDeps & ApiKeyStoreOptions): Stores {
  const { db, tenant, keyStore } = deps;
  return {
    apiKeys: createApiKeyStore(db, tenant, deps),
    agents: createAgentStore(db, tenant),
    cohorts: createCohortStore(db, tenant),
    runs: createRunStore(db, tenant),
    replay: new ReplayStore(deps),
    gates: createGateStore(db, tenant),
    gateSeals: createGateSealStore(db, tenant, keyStore),
    profiles: createProfileStore(db, tenant),
    vectors: createVectorStore(db, tenant),
    producers: createProducerStore(db, tenant),
    heldSpans: (options) => createHeldSpanStore(db, tenant, keyStore, options),
    schedules: createScheduleStore(db, tenant),
    scans: createScanStore(db, tenant),
    night: createNightStore(db, tenant),
    alerts: createAlertStore(db, tenant),
    approvals: createApprovalStore(db, tenant, keyStore),
    deployments: createDeploymentStore(db, tenant),
    inquiries: createInquiryStore(db, tenant),
    holds: createHoldStore(db, tenant),
    scopes: createScopeReads(db, tenant),
  };
}
