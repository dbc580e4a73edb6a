import { WorkflowFailedError } from '@temporalio/client';
import {
  ActivityFailure,
  ApplicationFailure,
  CancelledFailure,
  ChildWorkflowFailure,
  RetryState,
  TerminatedFailure,
} from '@temporalio/common';
import { describe, expect, it } from 'vitest';
import { AppError, exitCodeOf } from '../../src/errors/index.js';
import { appErrorOf } from '../../src/runtime/index.js';

const details = { field: '--candidate', expected: 'a registered version', fix: 'tenet worker --agent FILE' };
const failure = (type: string, told: unknown[] = [details]): ApplicationFailure =>
  ApplicationFailure.create({ type, message: 'underwriter@9.9.9 was never registered', details: told });
const ofActivity = (cause: Error): ActivityFailure =>
  new ActivityFailure('Activity task failed', 'prepareRun', '1', RetryState.NON_RETRYABLE_FAILURE, 'worker', cause);
const ofWorkflow = (cause: Error): WorkflowFailedError =>
  new WorkflowFailedError('Workflow execution failed', cause, RetryState.RETRY_POLICY_NOT_SET);

describe('the error that a workflow met', () => {
  it.each([
    ['agent.not_registered', 5],
    ['cohort.empty', 1],
    ['budget.exhausted', 5],
    ['ledger.halted', 6],
  ])('%s comes back as itself with its details, exit %i', (code, exit) => {
    const error = appErrorOf(ofWorkflow(ofActivity(failure(code))));
    expect(error).toMatchObject({ code, message: 'underwriter@9.9.9 was never registered', details });
    expect(exitCodeOf(error)).toBe(exit);
  });

  it('is found below a child workflow, and without details', () => {
    const child = new ChildWorkflowFailure(
      'default',
      { workflowId: 'w', runId: 'r' },
      'replayRunWorkflow',
      RetryState.TIMEOUT,
      ofActivity(failure('db.unavailable', [])),
    );
    expect(appErrorOf(ofWorkflow(child))).toMatchObject({ code: 'db.unavailable', details: {} });
  });

  it('is an interruption where somebody ended the workflow', () => {
    for (const cause of [new CancelledFailure('cancelled'), new TerminatedFailure('terminated')])
      expect(exitCodeOf(appErrorOf(ofWorkflow(cause)))).toBe(130);
  });

  it('is the server where nothing answers, and nothing where it is not ours', () => {
    const gone = Object.assign(new Error('14 UNAVAILABLE'), { code: 14 });
    expect(appErrorOf(Object.assign(new Error('service'), { name: 'ServiceError', cause: gone }))).toMatchObject({
      code: 'temporal.unavailable',
    });
    expect(appErrorOf(ofWorkflow(failure('somebody.elses')))).toBeUndefined();
    expect(appErrorOf(new TypeError('x is not a function'))).toBeUndefined();
    const own = new AppError('cohort.empty', 'none');
    expect(appErrorOf(own)).toBe(own);
  });
});
