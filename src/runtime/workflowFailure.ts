import { AppError } from '../errors/index.js';
import { appErrorOf } from './appErrorOf.js';

/** What ended a workflow without its result: the error as it was where it is one of ours, else what Temporal says. */
export function workflowFailure(workflowId: string, failure: unknown): AppError {
  const own = appErrorOf(failure);
  if (own !== undefined && own.code !== 'interrupted') return own;
  const said = own?.message.replace(/^its workflow/, 'it') ?? messageOf(failure);
  return new AppError(
    'workflow.failed',
    `workflow ${workflowId}: ${said}`,
    { fix: 'run the same command again: it takes up what is stored; the cause is in the log of the platform worker' },
    { cause: failure },
  );
}

/** The innermost failure says it; by name, so that the SDK is not loaded to read an error. */
function messageOf(failure: unknown): string {
  if (failure instanceof Error && failure.name === 'WorkflowNotFoundError') return 'Temporal does not know it';
  let at = failure;
  while (at instanceof Error && at.cause instanceof Error) at = at.cause;
  return at instanceof Error ? at.message : String(at);
}
