import { proxyActivities } from '@temporalio/workflow';
import type { AlertActivities, DriftActivities, GateActivities, RunActivities } from '../activities/types.js';

/**
 * Short database work. Bounded: a fault that outlives ten tries is for people. Each activity heartbeats by timer: what a worker that was killed
 * had begun is begun again by the next within the heartbeat time-out.
 */
const SHORT = {
  startToCloseTimeout: '60 seconds',
  heartbeatTimeout: '20 seconds',
  retry: {
    initialInterval: '500 milliseconds',
    backoffCoefficient: 2,
    maximumInterval: '15 seconds',
    maximumAttempts: 10,
  },
} as const;

export const { planRun, laneIsServed, runState, finishRun } = proxyActivities<RunActivities>(SHORT);

/** Reads every decision that may be drawn, and waits for the log. */
export const { prepareRun } = proxyActivities<RunActivities>({ ...SHORT, startToCloseTimeout: '5 minutes' });

export const { prepareGate, signVerdict } = proxyActivities<GateActivities>({
  ...SHORT,
  startToCloseTimeout: '5 minutes',
});

/** The last word of a gate: what fails it has often failed what came before, so it is given the time of an outage. */
export const { abandonGate } = proxyActivities<GateActivities>({
  ...SHORT,
  startToCloseTimeout: '5 minutes',
  retry: { ...SHORT.retry, maximumInterval: '1 minute', maximumAttempts: 60 },
});

/** Scoring heartbeats while it embeds and aligns; it starts over on a new worker, since vectors are cached as they come. */
export const { judgeGate } = proxyActivities<GateActivities>({
  startToCloseTimeout: '2 hours',
  heartbeatTimeout: '30 seconds',
  retry: { initialInterval: '1 second', maximumAttempts: 5 },
});

/** Reads what may be drawn of a night, and waits for the log. */
export const { prepareScan } = proxyActivities<DriftActivities>({ ...SHORT, startToCloseTimeout: '5 minutes' });

/** A model may be slow or away; the night does not wait for it for long. */
export const { observeCanary } = proxyActivities<DriftActivities>({
  ...SHORT,
  startToCloseTimeout: '5 minutes',
  retry: { ...SHORT.retry, maximumAttempts: 3 },
});

/** As `judgeGate`: it starts over on a new worker. */
export const { judgeScan, compareRuns } = proxyActivities<DriftActivities>({
  startToCloseTimeout: '2 hours',
  heartbeatTimeout: '30 seconds',
  retry: { initialInterval: '1 second', maximumAttempts: 5 },
});

/** As `abandonGate`: it is given the time of an outage. */
export const { abandonScan } = proxyActivities<DriftActivities>({
  ...SHORT,
  startToCloseTimeout: '30 minutes',
  retry: { ...SHORT.retry, maximumInterval: '1 minute', maximumAttempts: 60 },
});

/** 5 s, 15 s, 45 s and so on to an hour: four and a half hours in all. A receiver that refuses the message is not asked again. */
export const { deliverAlert } = proxyActivities<AlertActivities>({
  startToCloseTimeout: '3 minutes',
  heartbeatTimeout: '20 seconds',
  retry: { initialInterval: '5 seconds', backoffCoefficient: 3, maximumInterval: '1 hour', maximumAttempts: 11 },
});

export const { deadLetter } = proxyActivities<AlertActivities>({
  ...SHORT,
  retry: { ...SHORT.retry, maximumInterval: '1 minute', maximumAttempts: 60 },
});
