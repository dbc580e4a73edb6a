import { actionSet, modal } from './profile/modal.js';
import type { DecisionRuns } from './types.js';

export interface Outcomes {
  readonly baseline: string | null;
  readonly candidate: string | null;
  readonly flip: boolean;
  readonly actionsChanged: boolean;
  /** The control arm agrees with itself, and neither side is tied. */
  readonly stable: boolean;
}

/** A flip: the candidate's modal outcome, or modal set of proposed actions, is not the control arm's. A tie is no flip. */
export function compareOutcomes({ baseline, candidate }: DecisionRuns): Outcomes {
  const was = modal(baseline.map((run) => run.outcome));
  const is = modal(candidate.map((run) => run.outcome));
  const did = modal(baseline.map((run) => actionSet(run.actions)));
  const does = modal(candidate.map((run) => actionSet(run.actions)));
  const differs = (a: string | null, b: string | null): boolean => a !== null && b !== null && a !== b;
  const actionsChanged = differs(did.value, does.value);
  return {
    baseline: was.value,
    candidate: is.value,
    flip: differs(was.value, is.value) || actionsChanged,
    actionsChanged,
    stable: was.unanimous && did.unanimous && is.value !== null && does.value !== null,
  };
}
