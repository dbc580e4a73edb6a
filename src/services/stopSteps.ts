import type { StopStep } from './processIdentity.js';

export type SharedName = 'postgres' | 'temporal';
export const SHARED_NAMES: readonly SharedName[] = ['postgres', 'temporal'];

type Steps = readonly [StopStep, ...StopStep[]];

/** How each kind of process is ended: a signal and its grace, in turn. The first alone is sent when nobody can wait. */
export const STOP_STEPS: Readonly<Record<SharedName | 'process', Steps>> = {
  // Fast shutdown, then immediate (it recovers from its log), then the end. Never SIGTERM: that waits for clients.
  postgres: [
    { signal: 'SIGINT', graceMs: 15_000 },
    { signal: 'SIGQUIT', graceMs: 5_000 },
    { signal: 'SIGKILL', graceMs: 2_000 },
  ],
  temporal: [
    { signal: 'SIGTERM', graceMs: 8_000 },
    { signal: 'SIGKILL', graceMs: 2_000 },
  ],
  process: [
    { signal: 'SIGTERM', graceMs: 10_000 },
    { signal: 'SIGKILL', graceMs: 2_000 },
  ],
};
