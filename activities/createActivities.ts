import type { ActivityDeps } from './deps.js';
import { asFailure } from './failure.js';
import { createGateActivities } from './gate.js';
import { createRunActivities } from './runs.js';
import type { GateActivities, RunActivities } from './types.js';

/** All activities of the platform's queue. Failures cross into Temporal with their stable code as type. */
export function createActivities(deps: ActivityDeps): GateActivities & RunActivities {
  const { prepareGate, judgeGate, signVerdict, abandonGate } = createGateActivities(deps);
  const { prepareRun, planRun, laneIsServed, runState, finishRun } = createRunActivities(deps);
  return {
    prepareGate: asFailure(prepareGate),
    judgeGate: asFailure(judgeGate),
    signVerdict: asFailure(signVerdict),
    abandonGate: asFailure(abandonGate),
    prepareRun: asFailure(prepareRun),
    planRun: asFailure(planRun),
    laneIsServed: asFailure(laneIsServed),
    runState: asFailure(runState),
    finishRun: asFailure(finishRun),
  };
}
