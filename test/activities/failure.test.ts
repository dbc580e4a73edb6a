import {
  ApplicationFailure,
  CancelledFailure,
  DefaultFailureConverter,
  defaultPayloadConverter,
} from '@temporalio/common';
import { MockActivityEnvironment } from '@temporalio/testing';
import { describe, expect, test } from 'vitest';
import { asFailure } from '../../activities/failure.js';
import { AppError } from '../../src/errors/index.js';

/** What an activity throws is kept in the open in Temporal's history. */
const SECRET = 'applicant 4711, income 23,400';

async function thrownBy(error: unknown): Promise<unknown> {
  const activity = asFailure(async () => {
    throw error;
  });
  return new MockActivityEnvironment().run(activity).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
}

/** Everything that crosses: message, details, stack and causes. */
async function inHistory(error: unknown): Promise<string> {
  const thrown = await thrownBy(error);
  const failure = new DefaultFailureConverter().errorToFailure(thrown, defaultPayloadConverter);
  const payloads = failure.applicationFailureInfo?.details?.payloads ?? [];
  return [JSON.stringify(failure), ...payloads.map(({ data }) => Buffer.from(data ?? []).toString('utf8'))].join('\n');
}

const ofDriver = (): Error =>
  Object.assign(new Error(`invalid input syntax for type json: "${SECRET}"`), {
    name: 'DatabaseError',
    code: '22P02',
    detail: SECRET,
  });

describe('a failure of an activity', () => {
  test.each([
    ['a driver', ofDriver()],
    ['a parser', new SyntaxError(`Unexpected token in ${SECRET}`)],
    ['a failure whose cause is one', new Error('wrapped', { cause: ofDriver() })],
    ['something that is no Error', SECRET],
    ['an error with a name of its own', Object.assign(new Error('x'), { name: SECRET, code: SECRET })],
    ['a designed error that got a value', new AppError('record.invalid', 'a field does not fit', { got: SECRET })],
    ['a designed error over a driver’s', new AppError('db.unavailable', 'no answer', {}, { cause: ofDriver() })],
    ['a designed error with more details', new AppError('internal', 'no', { row: SECRET })],
  ])('of %s takes no value into the history', async (_, error) => {
    expect(await inHistory(error)).not.toContain('4711');
  });

  test('that is not ours says what kind it was, and is tried again', async () => {
    const thrown = await thrownBy(ofDriver());
    expect(thrown).toBeInstanceOf(ApplicationFailure);
    expect(thrown).toMatchObject({
      type: 'internal',
      message: 'a fault of ours: DatabaseError 22P02',
      nonRetryable: false,
    });
  });

  test('that was designed keeps its code, its message and what to do', async () => {
    const error = new AppError('cohort.empty', 'no decision fits', {
      field: '/cohort',
      expected: 'some',
      fix: 'record',
    });
    expect(await thrownBy(error)).toMatchObject({
      type: 'cohort.empty',
      message: 'no decision fits',
      nonRetryable: true,
      details: [{ field: '/cohort', expected: 'some', fix: 'record' }],
    });
  });

  test('that is a cancellation stays one', async () => {
    const cancelled = new CancelledFailure('stopped');
    expect(await thrownBy(cancelled)).toBe(cancelled);
    const aborted = Object.assign(new Error('aborted'), { name: 'AbortError' });
    expect(await thrownBy(aborted)).toBe(aborted);
  });
});
