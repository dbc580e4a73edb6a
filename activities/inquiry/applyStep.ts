import type { Json } from '@tenet-ledger/record';
import { AppError } from '../../src/errors/index.js';
import {
  advance,
  custodyDigest,
  entryIdOf,
  nextEvent,
  refusalOf,
  type ChainedEvent,
  type InquiryCase,
  type StepKind,
} from '../../src/inquiry/index.js';
import type { NewEntry } from '../../src/ledger/index.js';
import type { ActivityDeps } from '../deps.js';
import { caseOf, stepOf, type StepContext, type StepWork } from './context.js';
import { collect } from './collect.js';
import { approve, close, deliver, extend, reopen, review, scope, withdraw } from './steps.js';
import { hold, release } from './holds.js';
import { packageUp } from './packageUp.js';

const WORK: Readonly<Record<StepKind, (context: StepContext) => Promise<StepWork>>> = {
  hold,
  release,
  extend,
  scope,
  collect,
  review,
  approve,
  package: packageUp,
  deliver,
  close,
  reopen,
  withdraw,
};

/**
 * One step: its work, then its ledger entries, then the case, in this order. Everything is named by the step, so that a crash anywhere
 * is mended by doing it again: entries are found, the case moves on once.
 */
export async function applyStep(deps: ActivityDeps, stepId: string, runs: readonly string[]): Promise<InquiryCase> {
  const step = await stepOf(deps, stepId);
  const before = await caseOf(deps, step.inquiry);
  if (step.status === 'done') return before;
  if (step.rev !== before.rev) throw moved(before);
  const refused = refusalOf(before.state, step.kind);
  if (refused !== null) throw refused;
  const context: StepContext = { deps, before, step, at: step.askedAt.toISOString(), entry: entryIdOf(stepId), runs };
  const work = await WORK[step.kind](context);
  const next = advance(before, step.kind, work);
  const custody = await chained(context, work);
  await deps.platform.ledger.append([...(work.entries ?? []), entryOf(context, work, next, custody)]);
  const result = { entry: context.entry, ...(work.result as object) };
  const change = { next, expectedRev: before.rev, step: { id: stepId, result }, custody };
  if (await deps.stores.inquiries.commit(change)) return next;
  // Another try of this very step may have got there first.
  const after = await stepOf(deps, stepId);
  if (after.status === 'done') return caseOf(deps, step.inquiry);
  throw moved(await caseOf(deps, step.inquiry));
}

const moved = ({ id, state }: InquiryCase): AppError =>
  new AppError('inquiry.state', `${id} has moved on meanwhile: it is ${state}`, {
    field: 'rev',
    fix: `look at it, then ask again: tenet inquiry show ${id}`,
  });

async function chained({ deps, before, step, at, entry }: StepContext, work: StepWork): Promise<ChainedEvent | null> {
  if (work.custody === undefined) return null;
  const chain = await deps.stores.inquiries.custody(before.id);
  const event = nextEvent(chain, { ...work.custody, inquiry: before.id, actor: step.by, at });
  return { event, digest: custodyDigest(event), entry };
}

function entryOf(
  { before, step, at, entry }: StepContext,
  { type, fields, links = [] }: StepWork,
  next: InquiryCase,
  custody: ChainedEvent | null,
): NewEntry {
  const named: Readonly<Record<string, Json>> = {
    '/inquiry/id': before.id,
    '/inquiry/step': step.id,
    '/inquiry/version': next.version,
    '/inquiry/state': next.state,
    '/inquiry/by': step.by,
    '/inquiry/at': at,
    ...(custody === null ? {} : { '/custody': custody.event as unknown as Json }),
    ...fields,
  };
  return {
    kind: 'report',
    type,
    id: entry,
    links: [{ rel: 'inquiry', id: before.id }, ...links],
    fields: Object.entries(named).map(([path, value]) => ({ path, value })),
    occurredAt: at,
  };
}
