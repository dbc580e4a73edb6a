/** Queue of the platform's own workflow and activity workers. The number rises with an incompatible change. */
export const PLATFORM_QUEUE = 'tenet-platform-v1';

export const runWorkflowId = (tenant: string, runId: string): string => `${tenant}:${runId}`;
export const shardWorkflowId = (parent: string, repeat: number, shard: number): string =>
  `${parent}:r${repeat}:s${shard}`;
export const gateWorkflowId = (tenant: string, gateId: string): string => `${tenant}:${gateId}`;
export const replayWorkflowId = (tenant: string, requestId: string): string => `${tenant}:once:${requestId}`;
/** One a night: two scans of one window are one. */
export const driftWorkflowId = (tenant: string, schedule: string, at: string): string =>
  `${tenant}:drift:${schedule}:${at}`;
export const nightWorkflowId = (tenant: string, schedule: string): string => `${tenant}:night:${schedule}`;
export const driftScheduleId = (tenant: string, schedule: string): string => `${tenant}:${schedule}`;
export const compareWorkflowId = (tenant: string, digest: string): string => `${tenant}:compare:${digest}`;
/** `inquiry` is opaque: inq_ and a digest. */
export const inquiryWorkflowId = (tenant: string, inquiry: string): string => `${tenant}:inquiry:${inquiry}`;
export const alertWorkflowId = (tenant: string, delivery: string): string => `${tenant}:alert:${delivery}`;
