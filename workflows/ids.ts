/** Queue of the platform's own workflow and activity workers. The number rises with an incompatible change. */
export const PLATFORM_QUEUE = 'tenet-platform-v1';

export const runWorkflowId = (tenant: string, runId: string): string => `${tenant}:${runId}`;
export const shardWorkflowId = (parent: string, repeat: number, shard: number): string =>
  `${parent}:r${repeat}:s${shard}`;
export const gateWorkflowId = (tenant: string, gateId: string): string => `${tenant}:${gateId}`;
export const replayWorkflowId = (tenant: string, requestId: string): string => `${tenant}:once:${requestId}`;
