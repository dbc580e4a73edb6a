/**
 * Temporal workflows of the platform: ids in, ids out. Orchestration only: no I/O, no clock, no bodies; domain code runs
 * in activities. `replay` here always means decision replay; Temporal's own is called history replay.
 */
export { alertDeliveryWorkflow } from './alertDelivery.js';
export { driftCompareWorkflow } from './driftCompare.js';
export { driftNightWorkflow, driftScanWorkflow } from './driftScan.js';
export { gateRunWorkflow } from './gateRun.js';
export { inquiryWorkflow } from './inquiry.js';
export { replayOnceWorkflow } from './replayOnce.js';
export { replayRunWorkflow } from './replayRun.js';
export { replayShardWorkflow } from './replayShard.js';
