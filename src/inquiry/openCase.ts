import { canonicalize, sha256, toHex, utf8, type Json } from '@tenet-ledger/record';
import { AppError } from '../errors/index.js';
import { caseClock, requireRegime } from './clock/caseClock.js';
import { custodyDigest, nextEvent } from './custody.js';
import type { AskedStep, InquiryStore, StepRow } from './ports.js';
import { inquiryId, stepId, type OpenRequest } from './requests.js';
import type { StepKind } from './stages.js';
import type { InquiryCase, Intake } from './types.js';

/** The ledger, as far as a case is opened in it. */
export interface CaseLedger {
  append(
    entries: readonly {
      readonly kind: 'report';
      readonly type: string;
      readonly id: string;
      readonly fields: readonly { readonly path: string; readonly value: Json }[];
      readonly occurredAt: string;
    }[],
  ): Promise<unknown>;
}

export interface OpenDeps {
  readonly tenant: string;
  readonly ledger: CaseLedger;
  readonly inquiries: Pick<InquiryStore, 'create' | 'get'>;
}

/** Entry first, then the row. The same letter opened twice is one case, with the clock it was opened with. */
export async function openCase(deps: OpenDeps, request: OpenRequest, by: string, now: Date): Promise<InquiryCase> {
  const id = inquiryId(deps.tenant, request, by);
  const known = await deps.inquiries.get(id);
  if (known !== null) return known;
  const at = now.toISOString();
  const { regime, statedOn, timeZone, ...intake } = request;
  if (requireRegime(regime).clock.unit !== 'business-days-before') assertReceived(intake, now);
  const clock = caseClock({ regime, receivedOn: intake.receivedOn, statedOn, timeZone, extended: false, openedAt: at });
  const opened: InquiryCase = {
    id,
    state: 'opened',
    rev: 0,
    version: 1,
    intake,
    opened: { by, at, entry: id },
    clock,
    reminded: [],
    scope: null,
    collection: null,
    review: null,
    approvals: [],
    holds: [],
    productions: [],
    deliveries: [],
    ended: null,
  };
  const item = toHex(sha256(utf8(canonicalize(intake))));
  const letter = { action: 'received', item, from: intake.authority, to: 'operator', purpose: intake.channel };
  const event = nextEvent([], { ...letter, inquiry: id, actor: by, at });
  const fields: Readonly<Record<string, Json>> = {
    '/inquiry/id': id,
    '/inquiry/by': by,
    '/inquiry/at': at,
    '/inquiry/state': 'opened',
    '/intake': intake,
    '/clock': clock as unknown as Json,
    '/custody': event as unknown as Json,
  };
  await deps.ledger.append([
    {
      kind: 'report',
      type: 'inquiry.opened',
      id,
      fields: Object.entries(fields).map(([path, value]) => ({ path, value })),
      occurredAt: at,
    },
  ]);
  return deps.inquiries.create(opened, { event, digest: custodyDigest(event), entry: id });
}

/** A date that is still to come is a slip of the pen, whatever the time zone. */
function assertReceived({ receivedOn }: Intake, now: Date): void {
  const tomorrow = new Date(now.getTime() + 86_400_000).toISOString().slice(0, 10);
  if (receivedOn <= tomorrow) return;
  throw new AppError('input.invalid', `it cannot have been received on ${receivedOn}`, {
    field: '--received',
    expected: `a day up to ${now.toISOString().slice(0, 10)}`,
    got: receivedOn,
    fix: 'give the day the clock starts from',
  });
}

const MAX_ATTEMPTS = 1_000;

/** The step as it is stored. The same wish again is the same step, unless that one failed: then it is another try. */
export async function askStep(
  inquiries: Pick<InquiryStore, 'ask'>,
  asked: Omit<AskedStep, 'id' | 'kind'> & { readonly kind: StepKind },
): Promise<StepRow> {
  const { inquiry, kind, by, body, rev } = asked;
  for (let attempt = 1; attempt < MAX_ATTEMPTS; attempt += 1) {
    const row = await inquiries.ask({ ...asked, id: stepId({ inquiry, rev, kind, by, body, attempt }) });
    if (row.status !== 'failed') return row;
  }
  throw new AppError('inquiry.state', `${kind} has failed ${MAX_ATTEMPTS} times`, { field: 'step' });
}
