import type { Json } from '@tenet-ledger/record';
import { approvalFields, idBy, personRef, type Approval, type Person } from '../../people/index.js';
import { promotionDigest } from './terms.js';
import type { Promotion, PromotionEntry, PromotionTerms } from './types.js';

export interface Said {
  readonly person: Person;
  readonly reason: string;
  readonly at: string;
}

/** The same person asking for the same thing again is the same promotion. */
export const promotionId = (terms: PromotionTerms, { person }: Pick<Said, 'person'>): string =>
  idBy('prm_', [terms, personRef(person)]);

export function promotionRequested(terms: PromotionTerms, said: Said): PromotionEntry {
  const id = promotionId(terms, said);
  return {
    kind: 'approval',
    type: 'promotion.requested',
    id,
    links: [{ rel: 'verdict', id: terms.verdict }],
    fields: [...termFields(terms), ...saidFields(said)],
    occurredAt: said.at,
  };
}

export function promotionMade(promotion: Promotion, approval: Approval, said: Said): PromotionEntry {
  const { id, request, approval: _, refusal: __, digest: ___, ...terms } = promotion;
  return {
    kind: 'approval',
    type: 'promotion.made',
    id: approval.id,
    links: [
      { rel: 'about', id },
      { rel: 'verdict', id: terms.verdict },
      ...terms.waivers.slice(0, 32).map((waiver) => ({ rel: 'waiver', id: waiver })),
    ],
    fields: [
      ...termFields(terms),
      { path: '/promotion/requestedBy', value: request.by },
      ...approvalFields(approval, said.person),
    ],
    occurredAt: said.at,
  };
}

export const bypassEntry = (version: string, change: string, said: Said): PromotionEntry => ({
  kind: 'approval',
  type: 'promotion.bypass',
  id: idBy('byp_', [version, change, personRef(said.person)]),
  links: [],
  fields: [
    { path: '/promotion/version', value: version },
    { path: '/promotion/change', value: change },
    ...saidFields(said),
  ],
  occurredAt: said.at,
});

export const blessingEntry = (version: string, gate: string | null, said: Said): PromotionEntry => ({
  kind: 'approval',
  type: 'baseline.blessed',
  id: idBy('bls_', [version, gate, personRef(said.person), said.at]),
  links: [],
  fields: [{ path: '/baseline/version', value: version }, { path: '/baseline/gate', value: gate }, ...saidFields(said)],
  occurredAt: said.at,
});

const termFields = (terms: PromotionTerms): PromotionEntry['fields'] => [
  ...Object.entries(terms).map(([name, value]) => ({ path: `/promotion/${name}`, value: value as Json })),
  { path: '/promotion/digest', value: promotionDigest(terms) },
];

function saidFields({ person, reason, at }: Said): PromotionEntry['fields'] {
  const { issuer, name, role } = person;
  return Object.entries({ by: personRef(person), issuer, name, role, reason, at }).map(([key, value]) => ({
    path: `/request/${key}`,
    value,
  }));
}
