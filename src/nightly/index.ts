/**
 * Nightly drift, the pure part: schedules and their windows in named zones, the draw of a night, the signals (re-runs against the
 * record, outcome mix, overrides, capture coverage, noise, canary), the finding and its entry; and the comparison of two pipeline runs.
 * It starts nothing and reads nothing itself: orchestration is in workflows/, reading in activities/ over ports that src/db implements.
 * Spec: a finding is a function of schedule, scheduled start and log; "no evidence" is never "no drift".
 */
export * from './types.js';
export type * from './ports.js';
export { checkSchedule, SCHEDULE_DEFAULTS, scheduleEntry, scheduleId, type ScheduleAct } from './schedule.js';
export * from './window/index.js';
export * from './signals/index.js';
export { recordedRun } from './recordedRun.js';
export {
  buildFinding,
  findingDigest,
  findingEntry,
  MAY_PASS,
  readFinding,
  scanId,
  summaryOf,
  type FindingFacts,
  type FindingLinks,
} from './finding.js';
export { alertsOf, type NightAlert } from './alertsOf.js';
export * from './compare/index.js';
export { digestOf, nightId } from './ids.js';
