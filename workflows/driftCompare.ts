import { ApplicationFailure } from '@temporalio/workflow';
import type { CompareOutcome } from '../activities/types.js';
import type { CompareRequest } from '../src/nightly/index.js';
import { causeOf } from './failure.js';
import { compareRuns } from './proxies.js';

/** Two pipeline runs over the same cases. What stops it is an ApplicationFailure with a code of ours. */
export async function driftCompareWorkflow(request: CompareRequest): Promise<CompareOutcome> {
  try {
    return await compareRuns(request);
  } catch (error) {
    const { code, message, details } = causeOf(error);
    throw ApplicationFailure.nonRetryable(message, code, ...details);
  }
}
