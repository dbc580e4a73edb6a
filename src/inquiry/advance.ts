import { isOver, nextState, type StepKind, type StepOutcome } from './stages.js';
import type { InquiryCase } from './types.js';

export interface StepEffect {
  readonly outcome: StepOutcome;
  /** What the step adds to the case. */
  readonly patch: Partial<Omit<InquiryCase, 'id' | 'state' | 'rev' | 'version' | 'intake' | 'opened'>>;
}

/**
 * The case after a step. Whatever rests on something that was made anew no longer counts: a collection of another scope, a
 * review of another collection, approvals of another review.
 */
export function advance(before: InquiryCase, kind: StepKind, { outcome, patch }: StepEffect): InquiryCase {
  const state = nextState(before.state, kind, outcome, before.scope !== null);
  return {
    ...before,
    ...staleAfter(kind, outcome),
    ...patch,
    state,
    rev: before.rev + 1,
    version: kind === 'reopen' && before.productions.length > 0 ? before.productions.length + 1 : before.version,
    ended: isOver(state) ? (patch.ended ?? before.ended) : null,
  };
}

type Stale = Partial<Pick<InquiryCase, 'collection' | 'review' | 'approvals'>>;

function staleAfter(kind: StepKind, outcome: StepOutcome): Stale {
  if (kind === 'scope' || kind === 'reopen') return { collection: null, review: null, approvals: [] };
  if (kind === 'collect') return { review: null, approvals: [] };
  if (kind === 'review') return { approvals: [] };
  if (kind === 'approve' && outcome === 'refused') return { review: null, approvals: [] };
  return {};
}
