import { proxyActivities } from '@temporalio/workflow';
import type { InquiryActivities } from '../activities/inquiry/types.js';

const retry = {
  initialInterval: '500 milliseconds',
  backoffCoefficient: 2,
  maximumInterval: '15 seconds',
  maximumAttempts: 10,
} as const;

export const { inquiryCase, inquiryReplays } = proxyActivities<InquiryActivities>({
  startToCloseTimeout: '5 minutes',
  heartbeatTimeout: '30 seconds',
  retry: { ...retry, maximumInterval: '1 minute', maximumAttempts: 60 },
});

/** Packaging reads the whole log: minutes for a large one. It is made anew by the next worker where one dies. */
export const { inquiryStep } = proxyActivities<InquiryActivities>({
  startToCloseTimeout: '2 hours',
  heartbeatTimeout: '30 seconds',
  retry: { ...retry, maximumAttempts: 5 },
});

/** What is to be told is told however long the database is away. */
export const { inquiryReminder, inquiryFailed } = proxyActivities<InquiryActivities>({
  startToCloseTimeout: '60 seconds',
  heartbeatTimeout: '20 seconds',
  retry: { initialInterval: '500 milliseconds', backoffCoefficient: 2, maximumInterval: '5 minutes' },
});
