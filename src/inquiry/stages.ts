import { AppError } from '../errors/index.js';

/**
 * Where a case stands. What it takes to leave a state is in {@link ALLOWED}; a hold is no state, it may be placed at any time until
 * the case is over.
 */
export type CaseState =
  'opened' | 'scoped' | 'collected' | 'reviewed' | 'approved' | 'packaged' | 'delivered' | 'closed' | 'withdrawn';

export const STEP_KINDS = [
  'hold',
  'release',
  'extend',
  'scope',
  'collect',
  'review',
  'approve',
  'package',
  'deliver',
  'close',
  'reopen',
  'withdraw',
] as const;
export type StepKind = (typeof STEP_KINDS)[number];

const UNDERWAY: readonly CaseState[] = [
  'opened',
  'scoped',
  'collected',
  'reviewed',
  'approved',
  'packaged',
  'delivered',
];

export const ALLOWED: Readonly<Record<StepKind, readonly CaseState[]>> = {
  hold: UNDERWAY,
  release: UNDERWAY,
  extend: UNDERWAY,
  // Narrowed after collection, the collection no longer counts. What went out is narrowed by reopening.
  scope: ['opened', 'scoped', 'collected', 'reviewed'],
  collect: ['scoped', 'collected', 'reviewed'],
  review: ['collected', 'reviewed'],
  // Approved is no end of approving: an approval that expired before packaging is given again.
  approve: ['reviewed', 'approved'],
  package: ['approved', 'packaged'],
  deliver: ['packaged', 'delivered'],
  close: ['delivered'],
  reopen: ['delivered', 'closed', 'withdrawn'],
  withdraw: UNDERWAY,
};

/** How a step came out, as far as the next state depends on it. */
export type StepOutcome = 'done' | 'approved' | 'waiting' | 'refused';

export const isOver = (state: CaseState): boolean => state === 'closed' || state === 'withdrawn';

/** null, or why this step cannot be taken now. */
export function refusalOf(state: CaseState, kind: StepKind): AppError | null {
  const states = ALLOWED[kind];
  if (states.includes(state)) return null;
  return new AppError('inquiry.state', `the inquiry is ${state}: it cannot be ${PAST[kind]} now`, {
    field: 'state',
    expected: states.join(' or '),
    got: state,
    fix: NEXT[state],
  });
}

/** `hasScope` matters to a reopened case alone: it goes on where its scope stands. */
export function nextState(state: CaseState, kind: StepKind, outcome: StepOutcome, hasScope: boolean): CaseState {
  switch (kind) {
    case 'hold':
    case 'release':
    case 'extend':
      return state;
    case 'scope':
      return 'scoped';
    case 'collect':
      return 'collected';
    case 'review':
      return 'reviewed';
    case 'approve':
      return outcome === 'approved' ? 'approved' : outcome === 'refused' ? 'collected' : state;
    case 'package':
      return 'packaged';
    case 'deliver':
      return outcome === 'refused' ? state : 'delivered';
    case 'close':
      return 'closed';
    case 'withdraw':
      return 'withdrawn';
    case 'reopen':
      return hasScope ? 'scoped' : 'opened';
  }
}

const PAST: Readonly<Record<StepKind, string>> = {
  hold: 'put under a hold',
  release: 'released from its hold',
  extend: 'extended',
  scope: 'scoped',
  collect: 'collected',
  review: 'reviewed',
  approve: 'approved',
  package: 'packaged',
  deliver: 'delivered',
  close: 'closed',
  reopen: 'reopened',
  withdraw: 'withdrawn',
};

/** What usually comes next, for people. */
export const NEXT: Readonly<Record<CaseState, string>> = {
  opened: 'next: tenet inquiry scope',
  scoped: 'next: tenet inquiry collect',
  collected: 'next: tenet inquiry review',
  reviewed: 'next: two people run tenet inquiry approve',
  approved: 'next: tenet inquiry package',
  packaged: 'next: tenet inquiry deliver',
  delivered: 'next: tenet inquiry close, or reopen for a supplement',
  closed: 'it is over; tenet inquiry reopen goes on with it',
  withdrawn: 'it is over; tenet inquiry reopen goes on with it',
};
