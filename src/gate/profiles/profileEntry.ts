import type { Json } from '@tenet-ledger/record';
import { PROFILE_DAYS, type ExpiryReason, type StoredProfile } from './storedProfile.js';

export interface ProfileEntry {
  readonly id: string;
  readonly kind: 'profile';
  readonly type: 'profile.fitted' | 'profile.expired';
  readonly links: readonly { readonly rel: string; readonly id: string }[];
  readonly fields: readonly { readonly path: string; readonly value: Json }[];
}

/** Binds the profile by its digest, and says what it was measured on and how long it holds. */
export function fittedEntry(stored: StoredProfile, manifest: string): ProfileEntry {
  const { id, agent, type, digest, controlRun, basis, profile, expiresAt } = stored;
  const { mode, decisions, repeats, alpha, seed, semanticFloor, differentText, differentOutcome, idfDigest } = profile;
  return entry(id, 'profile.fitted', [{ rel: 'manifest', id: manifest }], {
    '/profile': id,
    '/digest': digest,
    '/agent': agent,
    '/type': type,
    '/controlRun': controlRun,
    '/basis': basis,
    '/mode': mode,
    '/decisions': decisions,
    '/repeats': repeats,
    '/alpha': alpha,
    '/seed': seed,
    '/semanticFloor': semanticFloor,
    '/differentText': differentText,
    '/differentOutcome': differentOutcome,
    '/idfDigest': idfDigest,
    '/expiresAt': expiresAt.toISOString(),
    '/validDays': PROFILE_DAYS,
  });
}

export function expiredEntry({ id, digest, agent, type }: StoredProfile, why: ExpiryReason): ProfileEntry {
  const links = [{ rel: 'profile', id }];
  return entry(id.replace(/^prf_/, 'prx_'), 'profile.expired', links, {
    '/profile': id,
    '/digest': digest,
    '/agent': agent,
    '/type': type,
    '/why': why,
  });
}

function entry(
  id: string,
  type: ProfileEntry['type'],
  links: ProfileEntry['links'],
  fields: Readonly<Record<string, unknown>>,
): ProfileEntry {
  return {
    id,
    kind: 'profile',
    type,
    links,
    fields: Object.entries(fields).map(([path, value]) => ({ path, value: value as Json })),
  };
}
