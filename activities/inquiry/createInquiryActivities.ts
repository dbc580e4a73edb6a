import {
  hasPassed,
  isOver,
  refusalOf,
  STEP_KINDS,
  type InquiryCase,
  type ReminderId,
} from '../../src/inquiry/index.js';
import type { ActivityDeps } from '../deps.js';
import { applyStep } from './applyStep.js';
import { caseOf } from './context.js';
import { planReplays } from './planReplays.js';
import type { CaseView, InquiryActivities } from './types.js';

export function createInquiryActivities(deps: ActivityDeps): InquiryActivities {
  return {
    inquiryCase: async (inquiryId) => viewOf(await caseOf(deps, inquiryId)),
    inquiryReplays: (stepId) => planReplays(deps, stepId),
    inquiryStep: async (stepId, runs) => viewOf(await applyStep(deps, stepId, runs)),
    inquiryFailed: (stepId, code, message) => deps.stores.inquiries.fail(stepId, { code, message }),
    inquiryReminder: (inquiryId, reminderId) => remind(deps, inquiryId, reminderId as ReminderId),
  };
}

function viewOf({ id, state, rev, version, clock, reminded }: InquiryCase): CaseView {
  const sent = new Set(reminded.map((one) => one.id));
  return {
    id,
    state,
    rev,
    version,
    isOver: isOver(state),
    allowed: STEP_KINDS.filter((kind) => refusalOf(state, kind) === null),
    reminders: clock.reminders.filter((one) => !sent.has(one.id)),
  };
}

/** One entry a reminder, named by case, date and reminder: told once, however often the timer fires. */
async function remind(deps: ActivityDeps, inquiryId: string, reminderId: ReminderId): Promise<CaseView> {
  const before = await caseOf(deps, inquiryId);
  const { clock, reminded, rev } = before;
  const due = clock.reminders.find(({ id }) => id === reminderId);
  if (due === undefined || reminded.some(({ id }) => id === reminderId)) return viewOf(before);
  const entry = `${inquiryId}.${clock.dueOn ?? ''}.${reminderId}`;
  const isPast = reminderId === 'passed' || hasPassed(clock, deps.now());
  await deps.platform.ledger.append([
    {
      kind: 'report',
      type: 'inquiry.reminder',
      id: entry,
      links: [{ rel: 'inquiry', id: inquiryId }],
      fields: [
        { path: '/inquiry/id', value: inquiryId },
        { path: '/inquiry/state', value: before.state },
        { path: '/reminder/id', value: reminderId },
        { path: '/reminder/dueOn', value: clock.dueOn },
        { path: '/reminder/passed', value: isPast },
      ],
      occurredAt: due.at,
    },
  ]);
  // No step: what people were shown is still what stands, so the revision stays.
  const next: InquiryCase = { ...before, reminded: [...reminded, { id: reminderId, at: due.at, entry }] };
  const isWritten = await deps.stores.inquiries.commit({ next, expectedRev: rev, step: null, custody: null });
  // A step got in between: the workflow asks again.
  return viewOf(isWritten ? next : await caseOf(deps, inquiryId));
}
