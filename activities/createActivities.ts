import { alive } from './alive.js';
import { createAlertActivities } from './alerts.js';
import type { ActivityDeps } from './deps.js';
import { createDriftActivities } from './drift.js';
import { asFailure } from './failure.js';
import { createGateActivities } from './gate.js';
import { createInquiryActivities } from './inquiry/createInquiryActivities.js';
import type { InquiryActivities } from './inquiry/types.js';
import { createRunActivities } from './runs.js';
import type { AlertActivities, DriftActivities, GateActivities, RunActivities } from './types.js';

const served = <A extends unknown[], R>(activity: (...args: A) => Promise<R>): ((...args: A) => Promise<R>) =>
  alive(asFailure(activity));

/** All activities of the platform's queue. Failures cross into Temporal with their stable code as type. */
export function createActivities(
  deps: ActivityDeps,
): GateActivities & RunActivities & DriftActivities & AlertActivities & InquiryActivities {
  const { prepareGate, judgeGate, signVerdict, abandonGate } = createGateActivities(deps);
  const { prepareRun, planRun, laneIsServed, runState, finishRun } = createRunActivities(deps);
  const { prepareScan, observeCanary, judgeScan, abandonScan, compareRuns } = createDriftActivities(deps);
  const { deliverAlert, deadLetter } = createAlertActivities(deps);
  const inquiries = createInquiryActivities(deps);
  return {
    prepareGate: served(prepareGate),
    judgeGate: served(judgeGate),
    signVerdict: served(signVerdict),
    abandonGate: served(abandonGate),
    prepareRun: served(prepareRun),
    planRun: served(planRun),
    laneIsServed: served(laneIsServed),
    runState: served(runState),
    finishRun: served(finishRun),
    prepareScan: served(prepareScan),
    observeCanary: served(observeCanary),
    judgeScan: served(judgeScan),
    abandonScan: served(abandonScan),
    compareRuns: served(compareRuns),
    deliverAlert: served(deliverAlert),
    deadLetter: served(deadLetter),
    inquiryCase: served(inquiries.inquiryCase),
    inquiryReplays: served(inquiries.inquiryReplays),
    inquiryStep: served(inquiries.inquiryStep),
    inquiryFailed: served(inquiries.inquiryFailed),
    inquiryReminder: served(inquiries.inquiryReminder),
  };
}
