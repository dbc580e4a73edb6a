import type { CompletenessReport, CustodyEvent, InquiryCase } from '../../src/inquiry/index.js';
import { hasPassed, isRecomputable, scopeSentence } from '../../src/inquiry/index.js';
import type { CoverFacts } from '../../src/inquiry/cover/facts.js';
import type { ActivityDeps } from '../deps.js';
import type { BundledDecision } from './bundles.js';
import type { CollectedIds } from './items.js';

export interface CoverInput {
  readonly inquiry: InquiryCase;
  readonly collected: CollectedIds;
  readonly report: CompletenessReport;
  readonly decisions: readonly BundledDecision[];
  readonly custody: readonly CustodyEvent[];
  readonly at: string;
}

export async function coverFacts(deps: ActivityDeps, input: CoverInput): Promise<CoverFacts> {
  const { inquiry, collected, report, decisions, custody, at } = input;
  const { scope, collection, review, intake, clock } = inquiry;
  if (scope === null || collection === null || review === null) throw new Error('approved, and not reviewed');
  const withheld = decisions.flatMap((one) => one.withheld);
  const lineage = (what: string): number =>
    decisions.filter(({ lineage: one }) => 'absent' in one && one.absent === what).length;
  const named = [lineage('withheld'), lineage('erased'), lineage('not recorded')] as const;
  const { authority, contact, reference, legalBasis, receivedOn, questions } = intake;
  return {
    v: 1,
    inquiry: inquiry.id,
    version: inquiry.version,
    supplements: inquiry.productions.findLast(({ version }) => version < inquiry.version)?.manifest ?? null,
    intake: { authority, contact, reference, legalBasis, receivedOn, questions },
    clock: {
      rule: clock.rule,
      dueOn: clock.dueOn,
      extended: clock.extended,
      late: hasPassed(clock, new Date(at)),
    },
    log: deps.platform.log,
    scope: { sentence: scopeSentence(scope.query), digest: scope.digest },
    packagedAt: at,
    counts: {
      decisions: decisions.length,
      linked: collection.linked,
      erased: decisions.filter(({ erased }) => erased).length,
      withheld: withheld.length,
      queued: collected.queued,
    },
    tree: {
      origin: report.origin,
      size: report.size,
      leaves: report.leaves,
      decisions: report.decisions,
      kinds: report.kinds,
    },
    producers: report.producers.map(({ producer, verdict, reasons }) => ({ producer, verdict, reasons })),
    answers: answersOf(inquiry, report, decisions),
    runs: collection.runs,
    approvals: await approvalsOf(deps, inquiry),
    rulings: review.redactions.map(({ path, ground, reason }) => ({
      path,
      ground,
      reason,
      fields: withheld.filter((one) => one.path === path && one.ground === ground).length,
    })),
    lineage: {
      recorded: decisions.length - named[0] - named[1] - named[2],
      withheld: named[0],
      erased: named[1],
      notRecorded: named[2],
    },
    custody,
    holds: inquiry.holds.map(({ hold, by, at: placedAt, entries, erased, released }) => ({
      hold,
      by,
      at: placedAt,
      entries,
      erased,
      released: released?.at ?? null,
    })),
    notShown: notShown(inquiry, collected, report),
  };
}

function answersOf(
  { scope }: InquiryCase,
  report: CompletenessReport,
  decisions: readonly BundledDecision[],
): CoverFacts['answers'] {
  const isWitnessed = decisions.length > 0 && decisions.every(({ label }) => label === 'WITNESSED');
  const isWhole = scope !== null && isRecomputable(scope.query);
  return {
    integrity: {
      verdict: 'HOLDS',
      detail: `${report.leaves} log entries and every disclosed value are as they were signed`,
    },
    authenticity: {
      verdict: 'SIGNED',
      detail: `${report.signatures.checked} signatures by keys that the log’s root key vouches for`,
    },
    independence: isWitnessed
      ? { verdict: 'WITNESSED', detail: 'witnesses of the operator’s own policy cosigned' }
      : { verdict: 'SELF-ATTESTED', detail: 'the operator’s key alone signed the checkpoint' },
    completeness: isWhole
      ? { verdict: 'ALL IN THE LOG', detail: `${report.inScope.length} of ${report.decisions} decisions fit the scope` }
      : { verdict: 'BY THE OPERATOR’S WORD', detail: 'the session of a decision is sealed' },
  };
}

function notShown({ collection }: InquiryCase, collected: CollectedIds, report: CompletenessReport): string[] {
  const said: string[] = [];
  const erased = collected.erased.length;
  if (erased > 0)
    said.push(`The values of ${erased} erased decisions are gone; that they were made, when and by whom is shown.`);
  for (const { agent, status, note } of collection?.runs ?? []) {
    if (status !== 'done') said.push(`${agent} was not run again for every decision: ${note ?? status}.`);
  }
  if (collected.queued > 0)
    said.push(`${collected.queued} entries were accepted and not yet in the log when the collection was made.`);
  said.push(...report.notShown);
  if (collection?.runs.length === 0) said.push('No decision was run again for this production.');
  return said;
}

/** A name is what the issuer says; the identity is issuer and subject. */
async function approvalsOf({ platform }: ActivityDeps, { approvals }: InquiryCase): Promise<CoverFacts['approvals']> {
  const given = approvals.filter(({ decision }) => decision === 'approve');
  const entries = await platform.ledger.readDecisions(given.map(({ id }) => id));
  const names = new Map(entries.map(({ id, fields }) => [id, fields.get('/approval/name')]));
  return given.map(({ id, by, role, at }) => {
    const name = names.get(id);
    return { name: typeof name === 'string' ? name : null, by, role, at, entry: id };
  });
}
