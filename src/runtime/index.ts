/**
 * What a command runs on, put together: services, our own processes over them, served agent versions, and the client side of
 * gates and runs (ask for one, wait for it, see what its workflows did). It prints nothing and decides nothing: the CLI and
 * benches are its callers, workflows and domains do the work.
 */
export type { ServedAgent, Stack, StackOptions } from './types.js';
export { startStack } from './stack.js';
export { assertWorked, openConnection, type Connection } from './connection.js';
export { describeAgent, type AgentDescription } from './describeAgent.js';
export { assertPriced, type Spending } from './livePrices.js';
export { workerFile } from './workerFile.js';
export { planGateRun, type GatePlanQuestion } from './planGateRun.js';
export { standingWaiverIds } from './standingWaiverIds.js';
export { requestGate, startGate, type GateRequest } from './requestGate.js';
export { createGateStarter, type AskedGate, type GateStarter, type GateStarterDeps } from './gateStarter.js';
export { latestBaseline } from './latestBaseline.js';
export { appErrorOf } from './appErrorOf.js';
export { awaitGate, type GateProgress, type GateWaiting } from './awaitGate.js';
export { traceWorkflow, type WorkflowTrace } from './workflowTrace.js';
export { judgedBy } from './judgedBy.js';
export {
  addSchedule,
  backfillSchedule,
  listSchedules,
  namedSchedule,
  nightOf,
  pauseSchedule,
  removeSchedule,
  resumeSchedule,
  type Backfill,
  type ListedSchedule,
  type ScheduleDeps,
} from './driftSchedules.js';
export { runComparison, runScan } from './driftRuns.js';
export { withTimers } from './withTimers.js';
export { serveInquiry, takeStep } from './inquiries.js';
