import {
  ActivityFailure,
  ApplicationFailure,
  CancelledFailure,
  isCancellation,
  TerminatedFailure,
  TimeoutFailure,
} from '@temporalio/workflow';

export interface Cause {
  /** A stable code of ours; `internal` for whatever carries none. */
  readonly code: string;
  readonly message: string;
  /** As the activity gave them: its first says field, what was expected and the fix. */
  readonly details: readonly unknown[];
}

const CODE = /^[a-z_]+(\.[a-z_]+)*$/;

/** Why an activity or a child ended, from the innermost failure that says so. */
export function causeOf(error: unknown): Cause {
  let activity = '';
  let last = error;
  for (let at = error; at instanceof Error; at = at.cause) {
    if (at instanceof ActivityFailure) activity = `${at.activityType}: `;
    if (at instanceof ApplicationFailure) return { code: codeOf(at), message: at.message, details: at.details ?? [] };
    if (at instanceof TimeoutFailure) return plain('internal', `${activity}${timeout(at)}`);
    if (at instanceof TerminatedFailure) return plain('interrupted', 'the workflow was terminated');
    if (at instanceof CancelledFailure && isCancellation(error))
      return plain('interrupted', 'the workflow was cancelled');
    last = at;
  }
  return plain('internal', last instanceof Error ? last.message : String(last));
}

const plain = (code: string, message: string): Cause => ({ code, message, details: [] });

const codeOf = ({ type }: ApplicationFailure): string =>
  typeof type === 'string' && CODE.test(type) ? type : 'internal';

const timeout = ({ timeoutType }: TimeoutFailure): string =>
  `no answer in time (${String(timeoutType ?? 'timeout')
    .toLowerCase()
    .replaceAll('_', ' ')})`;
