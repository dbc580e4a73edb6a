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
import { adjudicationEntry, requestEntry, revocationEntry } from './entries.js';
import { waiverState } from './state.js';
import type { SignStatement, Waiver, WaiverTerms } from './types.js';
import { readWaivers, type WaiverLedger } from './waiverLedger.js';

export interface WaiverDeps {
  readonly ledger: WaiverLedger;
  readonly approvals: ApprovalStore;
}

export interface Speaking {
  readonly person: Person;
  readonly reason: string;
  readonly now: Date;
  /** With the person's own key; null where the platform names who it authenticated. */
  readonly sign: SignStatement | null;
}

/** Who asks is an engineer at least; who decides an approver, and somebody else. */
export const REQUESTS = 'engineer';
export const DECIDES = 'approver';

/** The first of the two people. Nothing changes by it until another one accepts. */
export async function requestWaiver(ledger: WaiverLedger, terms: WaiverTerms, speaking: Speaking): Promise<Waiver> {
  const { person, reason, now, sign } = speaking;
  requireRole(person, REQUESTS);
  const entry = requestEntry(terms, { person, reason: assertReason(reason), at: now.toISOString(), sign });
  await ledger.append([entry]);
  return findWaiver(await readWaivers(ledger), entry.id);
}

/** The second. Two at once: the first word counts, and a rejection outweighs it. */
export async function adjudicateWaiver(
  { ledger, approvals }: WaiverDeps,
  id: string,
  decision: Approval['decision'],
  speaking: Speaking,
): Promise<Waiver> {
  const { person, now, sign } = speaking;
  const reason = assertReason(speaking.reason);
  const waiver = findWaiver(await readWaivers(ledger), id);
  const spoken = { person, reason, at: now.toISOString(), sign };
  await giveApproval(
    { approvals, ledger },
    {
      person,
      about: waiver.id,
      digest: waiver.digest,
      requestedBy: waiver.request.by,
      now,
      decision,
      reason,
      expiresAt: waiver.expiresAt,
      rule: { need: 1, role: DECIDES, notAfter: waiver.expiresAt },
      check: () => alreadyDecided(waiver, now),
      entry: (approval) => adjudicationEntry(waiver, approval, spoken),
    },
  );
  return findWaiver(await readWaivers(ledger), id);
}

/** Takes an accepted waiver back: one approver is enough, who asked for it included. */
export async function revokeWaiver(
  { ledger }: Pick<WaiverDeps, 'ledger'>,
  id: string,
  speaking: Speaking,
): Promise<Waiver> {
  const { person, now, sign } = speaking;
  const waiver = findWaiver(await readWaivers(ledger), id);
  if (personRef(person) !== waiver.request.by) requireRole(person, DECIDES);
  const state = waiverState(waiver, now);
  if (state !== 'accepted' && state !== 'requested') throw closed(waiver, state);
  const spoken = { person, reason: assertReason(speaking.reason), at: now.toISOString(), sign };
  await ledger.append([revocationEntry(waiver, spoken)]);
  return findWaiver(await readWaivers(ledger), id);
}

export function findWaiver(waivers: readonly Waiver[], id: string): Waiver {
  const found = waivers.find((waiver) => waiver.id === id);
  if (found !== undefined) return found;
  const known = waivers.slice(-5).map((waiver) => waiver.id);
  throw new AppError('not_found', `there is no waiver ${id}`, {
    field: 'WAIVER',
    got: id,
    ...(known.length === 0 ? {} : { expected: `one of the latest: ${known.join(' ')}` }),
    fix: 'tenet gate waivers',
  });
}

function alreadyDecided(waiver: Waiver, now: Date): AppError | null {
  const state = waiverState(waiver, now);
  return state === 'accepted' || state === 'rejected' || state === 'revoked' ? closed(waiver, state) : null;
}

function closed(waiver: Waiver, state: string): AppError {
  const word = waiver.revocation ?? waiver.rejection ?? waiver.acceptance;
  const who = word === null ? '' : ` by ${word.name ?? word.by} on ${word.at}`;
  return new AppError('waiver.closed', `waiver ${waiver.id} is ${state}${who}`, {
    field: 'WAIVER',
    got: state,
    expected: 'a waiver that is open',
    fix: 'ask for a new one: tenet gate waive --help',
  });
}
