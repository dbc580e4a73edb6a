/**
 * Activities: the only place where domain ports meet the outside. Each is a factory over its dependencies, is safe to run
 * twice, and speaks to workflows in ids and counts. They decide nothing about order or retry: workflows do.
 */
export type { ActivityDeps, AskModel, LaneProbe } from './deps.js';
export type * from './types.js';
export { createActivities } from './createActivities.js';
export { runPlan, type RunPlanRequest } from './runPlan.js';
