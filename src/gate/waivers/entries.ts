import type { Json } from '@tenet-ledger/record';
import { approvalFields, idBy, personRef, type Approval, type Person } from '../../people/index.js';
import { statementText, type Statement } from './statement.js';
import { termsDigest } from './terms.js';
import type { PersonalSignature, SignStatement, Waiver, WaiverEntry, WaiverTerms } from './types.js';

/** What somebody says and, where they brought a key, signs. */
export interface Spoken {
  readonly person: Person;
  readonly reason: string;
  readonly at: string;
  readonly sign: SignStatement | null;
}

/** The same person asking for the same terms again is the same waiver; another reason, run or end is another. */
export const waiverId = (terms: WaiverTerms, { person, reason }: Spoken): string =>
  idBy('wvr_', [terms, personRef(person), reason]);

export function requestEntry(terms: WaiverTerms, spoken: Spoken): WaiverEntry {
  const id = waiverId(terms, spoken);
  const digest = termsDigest(terms);
  return {
    kind: 'waiver',
    type: 'waiver.requested',
    id,
    links: linksOf({ verdict: terms.verdict, decision: terms.decision }),
    fields: [
      ...Object.entries(terms).map(([name, value]) => ({ path: `/waiver/${name}`, value: value as Json })),
      { path: '/waiver/digest', value: digest },
      ...wordFields('request', spoken, signed('waiver.requested', { id, digest }, spoken)),
    ],
    occurredAt: spoken.at,
  };
}

/** An adjudication: an approval by another name, so that lists of waivers need no second lookup. */
export function adjudicationEntry(waiver: Waiver, approval: Approval, spoken: Spoken): WaiverEntry {
  const type = approval.decision === 'approve' ? 'waiver.accepted' : 'waiver.rejected';
  const signature = signed(type, waiver, spoken);
  return {
    kind: 'waiver',
    type,
    id: approval.id,
    links: [{ rel: 'waiver', id: waiver.id }, ...linksOf(waiver)],
    fields: [...approvalFields(approval, spoken.person), ...signatureField('approval', signature)],
    occurredAt: spoken.at,
  };
}

export function revocationEntry(waiver: Waiver, spoken: Spoken): WaiverEntry {
  return {
    kind: 'waiver',
    type: 'waiver.revoked',
    id: idBy('wvx_', waiver.id),
    links: [{ rel: 'waiver', id: waiver.id }, ...linksOf(waiver)],
    fields: wordFields('revocation', spoken, signed('waiver.revoked', waiver, spoken)),
    occurredAt: spoken.at,
  };
}

const linksOf = ({ verdict, decision }: Pick<WaiverTerms, 'verdict' | 'decision'>): WaiverEntry['links'] => [
  { rel: 'verdict', id: verdict },
  { rel: 'decision', id: decision },
];

function signed(
  says: Statement['says'],
  { id, digest }: { readonly id: string; readonly digest: string },
  { person, reason, at, sign }: Spoken,
): PersonalSignature | null {
  return sign === null
    ? null
    : sign(statementText({ says, waiver: id, terms: digest, by: personRef(person), reason, at }));
}

function wordFields(
  prefix: string,
  { person, reason, at }: Spoken,
  signature: PersonalSignature | null,
): WaiverEntry['fields'] {
  const { issuer, name, role } = person;
  return [
    ...Object.entries({ by: personRef(person), issuer, name, role, reason, at }).map(([key, value]) => ({
      path: `/${prefix}/${key}`,
      value,
    })),
    ...signatureField(prefix, signature),
  ];
}

const signatureField = (prefix: string, signature: PersonalSignature | null): WaiverEntry['fields'] =>
  signature === null ? [] : [{ path: `/${prefix}/signature`, value: { ...signature } }];
