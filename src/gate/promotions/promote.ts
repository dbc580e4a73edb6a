import { AppError } from '../../errors/index.js';
import {
  giveApproval,
  personRef,
  requireRole,
  type Approval,
  type ApprovalStore,
  type Person,
} from '../../people/index.js';
import { assertReason } from '../reason.js';
import { blessingEntry, bypassEntry, promotionMade, promotionRequested, type Said } from './entries.js';
import { readPromotions } from './readPromotions.js';
import { promotionDigest } from './terms.js';
import type { Blessing, Bypass, Promotion, PromotionLedger, PromotionTerms, PromotionWord } from './types.js';

export interface Promoting {
  readonly person: Person;
  readonly reason: string;
  readonly now: Date;
}

const said = ({ person, reason, now }: Promoting): Said => ({
  person,
  reason: assertReason(reason),
  at: now.toISOString(),
});

/** The first of two people. Nothing may be deployed by it yet. */
export async function requestPromotion(
  ledger: PromotionLedger,
  terms: PromotionTerms,
  promoting: Promoting,
): Promise<Promotion> {
  requireRole(promoting.person, 'engineer');
  const entry = promotionRequested(terms, said(promoting));
  await ledger.append([entry]);
  return find(await readPromotions(ledger).then(({ promotions }) => promotions), ({ id }) => id === entry.id, terms);
}

export interface PromotionDeps {
  readonly ledger: PromotionLedger;
  readonly approvals: ApprovalStore;
}

/** The second. `terms` are those of now: a request whose gate, code or waivers have changed since is another request. */
export async function decidePromotion(
  { ledger, approvals }: PromotionDeps,
  terms: Omit<PromotionTerms, 'change'>,
  decision: Approval['decision'],
  promoting: Promoting,
): Promise<Promotion> {
  const { person, now } = promoting;
  const words = said(promoting);
  const isOpen = (own: Promotion): boolean =>
    own.version === terms.version && own.gate === terms.gate && own.approval === null && own.refusal === null;
  const { promotions } = await readPromotions(ledger);
  const promotion = find(promotions, isOpen, terms);
  const standing = { about: promotion.id, digest: promotionDigest({ ...terms, change: promotion.change }) };
  await giveApproval(
    { approvals, ledger },
    {
      person,
      about: promotion.id,
      digest: promotion.digest,
      requestedBy: promotion.request.by,
      now,
      standing,
      decision,
      reason: words.reason,
      rule: { need: 1, role: 'approver' },
      ...(decision === 'approve' ? { entry: (approval) => promotionMade(promotion, approval, words) } : {}),
    },
  );
  return find((await readPromotions(ledger)).promotions, ({ id }) => id === promotion.id, terms);
}

/** Without a gate, and so that everybody sees it. */
export async function recordBypass(
  ledger: PromotionLedger,
  version: string,
  change: string,
  promoting: Promoting,
): Promise<Bypass> {
  requireRole(promoting.person, 'approver');
  const words = said(promoting);
  const entry = bypassEntry(version, change, words);
  await ledger.append([entry]);
  return { version, change, word: wordOf(words, entry.id) };
}

/** What later candidates are compared with where no baseline is named. */
export async function blessBaseline(
  ledger: PromotionLedger,
  version: string,
  gate: string | null,
  promoting: Promoting,
): Promise<Blessing> {
  requireRole(promoting.person, 'approver');
  const words = said(promoting);
  const entry = blessingEntry(version, gate, words);
  await ledger.append([entry]);
  return { version, gate, word: wordOf(words, entry.id) };
}

function wordOf({ person, reason, at }: Said, entry: string): PromotionWord {
  return { by: personRef(person), name: person.name, role: person.role, reason, at, entry };
}

function find(
  promotions: readonly Promotion[],
  wanted: (promotion: Promotion) => boolean,
  { version, gate }: Pick<PromotionTerms, 'version' | 'gate'>,
): Promotion {
  const found = promotions.findLast(wanted);
  if (found !== undefined) return found;
  const last = promotions.findLast((own) => own.version === version && own.gate === gate);
  const state =
    last === undefined ? null : last.approval !== null ? 'promoted already' : last.refusal !== null ? 'refused' : null;
  throw new AppError(
    'not_found',
    `there is no open request to promote ${version} by gate ${gate}${state === null ? '' : `: it is ${state}`}`,
    {
      field: 'VERSION',
      got: version,
      fix: `ask for it first: tenet gate promote ${version} --gate ${gate} --change ID --reason "…"`,
    },
  );
}
