import type { ProfileBasis, StoredProfile } from '../../gate/index.js';

/** A stored noise profile as `gate profile` prints it; its scores are in the JSON form of `show`. */
export interface ProfileView {
  readonly id: string;
  readonly agent: string;
  readonly type: string;
  readonly digest: string;
  readonly controlRun: string;
  readonly mode: string;
  readonly decisions: number;
  readonly repeats: number;
  readonly alpha: number;
  readonly seed: string;
  readonly semanticFloor: number;
  readonly differentText: number;
  readonly differentOutcome: number;
  readonly basis: ProfileBasis;
  readonly fittedAt: string;
  readonly expiresAt: string;
  readonly state: 'valid' | 'expired';
  /** What ended it. */
  readonly why: string | null;
  readonly signed: { readonly entry: string; readonly index: number | null } | null;
}

/** `why` and the place in the log are looked up by the caller, so that this file loads nothing. */
export function profileView(stored: StoredProfile, why: string | null, signed: ProfileView['signed']): ProfileView {
  const { id, agent, type, digest, controlRun, basis, profile, fittedAt, expiresAt } = stored;
  const { mode, decisions, repeats, alpha, seed, semanticFloor, differentText, differentOutcome } = profile;
  return {
    id,
    agent,
    type,
    digest,
    controlRun,
    mode,
    decisions,
    repeats,
    alpha,
    seed,
    semanticFloor,
    differentText,
    differentOutcome,
    basis,
    fittedAt: fittedAt.toISOString(),
    expiresAt: expiresAt.toISOString(),
    state: why === null ? 'valid' : 'expired',
    why,
    signed,
  };
}
