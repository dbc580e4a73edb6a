import { AppError } from '../../src/errors/index.js';
import {
  APPROVAL_RULE,
  assertHits,
  assertScope,
  caseClock,
  hasPassed,
  parseStep,
  reviewDigest,
  scopeDigest,
  scopeSentence,
  type Delivery,
  type GivenApproval,
} from '../../src/inquiry/index.js';
import { isApproved } from '../../src/people/index.js';
import { collectedItems } from './items.js';
import { act, OPERATOR, type StepContext, type StepWork } from './context.js';
import { releaseAll } from './holds.js';

export async function scope(context: StepContext): Promise<StepWork> {
  const { deps, step } = context;
  const { query, reason } = parseStep('scope', step.body);
  assertScope(query);
  const size = (await deps.platform.ledger.latestCheckpoint())?.size ?? 0;
  const matched = (await deps.stores.scopes.decisions(query, size)).length;
  if (matched === 0) {
    throw new AppError('inquiry.scope_empty', `no decision fits: ${scopeSentence(query)}`, {
      field: 'scope',
      expected: 'at least one logged decision',
      fix: 'see what there is: tenet decision list',
    });
  }
  const digest = scopeDigest(query);
  return {
    outcome: 'done',
    type: 'inquiry.scoped',
    patch: { scope: { ...act(context), query, digest, reason, matched } },
    fields: {
      '/scope/query': query,
      '/scope/digest': digest,
      '/scope/reason': reason,
      '/scope/matched': matched,
    },
    result: { matched, digest },
  };
}

/** Once, before the first date has passed; with a date of its own where the authority granted one. */
export async function extend({ before, step, deps, at }: StepContext): Promise<StepWork> {
  const { reason, statedOn } = parseStep('extend', step.body);
  const { clock, intake } = before;
  if (clock.extended || hasPassed(clock, deps.now())) {
    throw new AppError(
      'inquiry.state',
      clock.extended ? 'it was extended before' : `its time passed on ${clock.dueOn}`,
      {
        field: 'clock',
        fix: 'a date that the authority granted since is a new letter: note it with the delivery',
      },
    );
  }
  const extended = caseClock({
    regime: clock.regime,
    receivedOn: intake.receivedOn,
    statedOn,
    timeZone: clock.timeZone,
    extended: true,
    openedAt: at,
  });
  return {
    outcome: 'done',
    type: 'inquiry.extended',
    patch: { clock: extended, reminded: [] },
    fields: { '/clock/dueOn': extended.dueOn, '/clock/before': clock.dueOn, '/clock/reason': reason },
    result: { dueOn: extended.dueOn },
  };
}

export async function review(context: StepContext): Promise<StepWork> {
  const { before, step } = context;
  const { redactions, note } = parseStep('review', step.body);
  const { collection, scope: saved } = need(context);
  assertHits(redactions, await collectedItems(context.deps, before));
  const digest = reviewDigest({
    inquiry: before.id,
    version: before.version,
    scope: saved.digest,
    collection: collection.digest,
    redactions,
  });
  return {
    outcome: 'done',
    type: 'inquiry.reviewed',
    patch: { review: { ...act(context), digest, redactions } },
    fields: {
      '/review/digest': digest,
      '/review/redactions': redactions,
      '/review/note': note,
    },
    custody: { action: 'reviewed', item: digest, from: OPERATOR, to: OPERATOR, purpose: 'rulings on what is withheld' },
    result: { digest, rulings: redactions.length },
  };
}

/** The approval itself was checked, signed and stored before: here the case takes note of it. */
export async function approve({ deps, before, step }: StepContext): Promise<StepWork> {
  const { approval: id } = parseStep('approve', step.body);
  const digest = before.review?.digest ?? '';
  const all = await deps.stores.approvals.list(before.id);
  const given = all.find((one) => one.id === id);
  if (given === undefined || given.digest !== digest || given.by !== step.by) {
    throw new AppError('approval.other', `approval ${id} is not of this review of ${before.id}`, {
      field: 'approval',
      expected: digest,
      got: given?.digest ?? 'no such approval',
      fix: 'approve the review as it stands now',
    });
  }
  const { by, role, at, decision, reason } = given;
  const noted: GivenApproval = { id, by, role, at, decision, reason };
  const approvals = [...before.approvals.filter((one) => one.id !== id), noted];
  const outcome =
    decision === 'refuse' ? 'refused' : isApproved(all, APPROVAL_RULE, digest, deps.now()) ? 'approved' : 'waiting';
  return {
    outcome,
    type: decision === 'refuse' ? 'inquiry.refused' : 'inquiry.approved',
    patch: outcome === 'refused' ? {} : { approvals },
    fields: { '/approval/entry': id, '/approval/by': by, '/approval/decision': decision, '/review/digest': digest },
    links: [{ rel: 'approval', id }],
    result: { outcome, given: approvals.length, need: APPROVAL_RULE.need },
  };
}

/** A refusal is a fact of the case like a receipt: the package stays, and may be delivered again another way. */
export async function deliver(context: StepContext): Promise<StepWork> {
  const { before, step, deps } = context;
  const { to, channel, outcome, note } = parseStep('deliver', step.body);
  const production = before.productions.at(-1);
  if (production === undefined) throw new Error('packaged, and no production');
  const { version, manifest } = production;
  const delivery: Delivery = { ...act(context), version, manifest, to, channel, outcome, note };
  const isLate = hasPassed(before.clock, deps.now());
  return {
    outcome: outcome === 'refused' ? 'refused' : 'done',
    type: 'inquiry.delivered',
    patch: { deliveries: [...before.deliveries, delivery] },
    fields: {
      '/delivery/outcome': outcome,
      '/delivery/to': to,
      '/delivery/channel': channel,
      '/delivery/note': note,
      '/delivery/version': version,
      '/package/manifest': manifest,
      '/clock/afterDue': isLate,
    },
    custody: {
      action: outcome === 'refused' ? 'delivery refused' : 'delivered',
      item: manifest,
      from: OPERATOR,
      to,
      purpose: channel,
    },
    result: { outcome, version, late: isLate },
  };
}

export const close = (context: StepContext): Promise<StepWork> =>
  end(context, 'closed', parseStep('close', context.step.body));

export const withdraw = (context: StepContext): Promise<StepWork> =>
  end(context, 'withdrawn', parseStep('withdraw', context.step.body));

async function end(
  context: StepContext,
  how: 'closed' | 'withdrawn',
  { reason, keepHold }: { readonly reason: string; readonly keepHold: boolean },
): Promise<StepWork> {
  const { before } = context;
  const { holds, entries, released } = keepHold
    ? { holds: before.holds, entries: [], released: [] }
    : await releaseAll(context, `the case was ${how}`);
  return {
    outcome: 'done',
    type: `inquiry.${how}`,
    patch: { holds, ended: { ...act(context), how, reason } },
    fields: { '/end/reason': reason, '/end/released': released },
    entries,
    result: { released },
  };
}

export async function reopen({ step }: StepContext): Promise<StepWork> {
  const { reason } = parseStep('reopen', step.body);
  return {
    outcome: 'done',
    type: 'inquiry.reopened',
    patch: {},
    fields: { '/reopen/reason': reason },
    result: {},
  };
}

function need({ before }: StepContext) {
  const { scope: saved, collection } = before;
  if (saved === null || collection === null) throw new Error('collected, and no collection');
  return { scope: saved, collection };
}
