import type { Entry, Json } from '@tenet-ledger/record';
import { verifyStatement, type Statement } from './statement.js';
import { termsDigest } from './terms.js';
import type { PersonalSignature, Waiver, WaiverTerms, WaiverWord } from './types.js';

/** An entry of kind `waiver` as the ledger reads it back, each value checked against its digest. */
export interface WaiverView {
  readonly id: string;
  readonly entry: Pick<Entry, 'kind' | 'type' | 'links'>;
  readonly fields: ReadonlyMap<string, Json>;
}

/**
 * Waivers as their entries say, by time of the request. What does not fit together does not count: terms that are not those of their
 * digest, a signature that is not over what was said, a word on a waiver that nobody asked for.
 */
export function foldWaivers(views: readonly WaiverView[]): Waiver[] {
  const waivers = new Map<string, Waiver>();
  for (const view of views) {
    const waiver = view.entry.type === 'waiver.requested' ? requested(view) : null;
    if (waiver !== null) waivers.set(waiver.id, waiver);
  }
  for (const view of views) {
    const id = view.entry.links.find(({ rel }) => rel === 'waiver')?.id;
    const waiver = id === undefined ? undefined : waivers.get(id);
    if (waiver !== undefined) waivers.set(waiver.id, { ...waiver, ...wordOn(waiver, view) });
  }
  return [...waivers.values()].sort((a, b) => compare(a.request.at, b.request.at) || compare(a.id, b.id));
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

function requested(view: WaiverView): Waiver | null {
  const at = (name: keyof WaiverTerms): Json | undefined => view.fields.get(`/waiver/${name}`);
  const names = [
    'gate',
    'verdict',
    'policy',
    'agent',
    'baseline',
    'candidate',
    'decision',
    'risks',
    'change',
    'stake',
    'expiresAt',
  ] as const;
  const terms = Object.fromEntries(names.map((name) => [name, at(name)])) as unknown as WaiverTerms;
  if (names.some((name) => at(name) === undefined)) return null;
  const digest = termsDigest(terms);
  if (view.fields.get('/waiver/digest') !== digest) return null;
  const request = wordOf(view, 'request', { says: 'waiver.requested', waiver: view.id, terms: digest });
  return request && { ...terms, id: view.id, digest, request, acceptance: null, rejection: null, revocation: null };
}

function wordOn(waiver: Waiver, view: WaiverView): Partial<Waiver> {
  const of = { waiver: waiver.id, terms: waiver.digest };
  switch (view.entry.type) {
    case 'waiver.accepted': {
      const word = wordOf(view, 'approval', { says: 'waiver.accepted', ...of });
      const fits = word !== null && view.fields.get('/approval/digest') === waiver.digest;
      return fits && word.by !== waiver.request.by && waiver.acceptance === null ? { acceptance: word } : {};
    }
    case 'waiver.rejected':
      return { rejection: wordOf(view, 'approval', { says: 'waiver.rejected', ...of }) ?? waiver.rejection };
    case 'waiver.revoked':
      return { revocation: wordOf(view, 'revocation', { says: 'waiver.revoked', ...of }) ?? waiver.revocation };
    default:
      return {};
  }
}

function wordOf(
  { id, fields }: WaiverView,
  prefix: string,
  says: Pick<Statement, 'says' | 'waiver' | 'terms'>,
): WaiverWord | null {
  const text = (name: string): string | null => {
    const value = fields.get(`/${prefix}/${name}`);
    return typeof value === 'string' ? value : null;
  };
  const [by, role, reason, at] = [text('by'), text('role'), text('reason'), text('at')];
  if (by === null || role === null || reason === null || at === null) return null;
  const signature = (fields.get(`/${prefix}/signature`) ?? null) as unknown as PersonalSignature | null;
  if (signature !== null && !verifyStatement({ ...says, by, reason, at }, signature)) return null;
  return { by, name: text('name'), role: role as WaiverWord['role'], reason, at, signature, entry: id };
}
