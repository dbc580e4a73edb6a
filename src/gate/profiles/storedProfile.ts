import { contentId } from '../../replay/index.js';
import { AppError } from '../../errors/index.js';
import { profileDigest, type NoiseProfile } from '../../drift/index.js';

/** What a noise floor holds for. A change of any of these ends it. */
export interface ProfileBasis {
  /** Digest of the agent version's code: prompts and tools in the code are part of it. */
  readonly code: string;
  readonly embedder: string;
  readonly scorer: string;
  /** What answers live model calls; null where they come from the tape. */
  readonly model: string | null;
  /** Digests over the prompt versions and the tools (name and effect) that the decisions of the cohort name. */
  readonly prompts: string;
  readonly tools: string;
}

export type ExpiryReason = 'age' | keyof ProfileBasis;

/** A noise profile as it is kept: fitted once, signed, valid for a while. */
export interface StoredProfile {
  /** prf_…: also the id of its ledger entry. */
  readonly id: string;
  /** name@version whose re-runs it was fitted from. */
  readonly agent: string;
  readonly type: string;
  readonly digest: string;
  readonly controlRun: string;
  readonly basis: ProfileBasis;
  readonly profile: NoiseProfile;
  readonly fittedAt: Date;
  readonly expiresAt: Date;
  /** Ended before its time, and why. */
  readonly expired: { readonly at: Date; readonly why: ExpiryReason } | null;
}

/** A noise floor, and the control arm behind it, holds this long. */
export const PROFILE_DAYS = 90;
export const PROFILE_AGE_MS = PROFILE_DAYS * 24 * 60 * 60 * 1000;

/** A control arm is shared between gates as long as a noise profile holds. One that is under way is never too old. */
export function isControlTooOld(
  { lane, finishedAt }: { readonly lane: string; readonly finishedAt: Date | null },
  now: Date,
): boolean {
  return lane === 'control' && finishedAt !== null && now.getTime() - finishedAt.getTime() >= PROFILE_AGE_MS;
}

export interface FittedProfile {
  readonly tenant: string;
  readonly controlRun: string;
  /** Of the control arm's end: what is fitted again from old re-runs is as old as they are. */
  readonly measuredAt: Date;
  readonly basis: ProfileBasis;
  readonly profile: NoiseProfile;
  readonly now: Date;
  /** Rises only after it was ended before its time. */
  readonly attempt?: number;
}

/** Named by its content and its control arm: fitted again, it is the same profile. */
export function storedProfile(fitted: FittedProfile): StoredProfile {
  const { tenant, controlRun, measuredAt, basis, profile, now, attempt = 1 } = fitted;
  const digest = profileDigest(profile);
  return {
    id: contentId('prf_', { v: 1, tenant, controlRun, digest, basis }, attempt),
    agent: profile.agent,
    type: profile.type,
    digest,
    controlRun,
    basis,
    profile,
    fittedAt: now,
    expiresAt: new Date(measuredAt.getTime() + PROFILE_AGE_MS),
    expired: null,
  };
}

const BASIS: readonly (keyof ProfileBasis)[] = ['code', 'prompts', 'tools', 'model', 'embedder', 'scorer'];

/** Why it holds no longer, or null. `current`: what is in force now; null asks for its age alone. */
export function whyExpired(
  { basis, expiresAt, expired }: Pick<StoredProfile, 'basis' | 'expiresAt' | 'expired'>,
  current: ProfileBasis | null,
  now: Date,
): ExpiryReason | null {
  if (expired !== null) return expired.why;
  if (now.getTime() >= expiresAt.getTime()) return 'age';
  if (current === null) return null;
  return BASIS.find((part) => basis[part] !== current[part]) ?? null;
}

/**
 * Why a newer profile of the same agent version and type puts an end to this one, or null. Prompts and tools are compared where both were
 * drawn from the same decisions (`sameSource`); a lane with a live model and one from the tape stand side by side.
 */
export function whyReplaced(
  { basis }: Pick<StoredProfile, 'basis'>,
  newer: ProfileBasis,
  sameSource: boolean,
): ExpiryReason | null {
  const parts: readonly (keyof ProfileBasis)[] = sameSource
    ? ['code', 'embedder', 'scorer', 'prompts', 'tools']
    : ['code', 'embedder', 'scorer'];
  return parts.find((part) => basis[part] !== newer[part]) ?? null;
}

/** What was stored must be what was signed. */
export function assertOwnDigest({ id, digest, profile }: Pick<StoredProfile, 'id' | 'digest' | 'profile'>): void {
  const got = profileDigest(profile);
  if (got === digest) return;
  throw new AppError('ledger.disclosure', `noise profile ${id} does not match its digest`, {
    field: '/profile',
    expected: digest,
    got,
    fix: 'run `tenet ledger fsck`; restore the row from a back-up, never by hand',
  });
}
