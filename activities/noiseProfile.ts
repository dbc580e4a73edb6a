import type { RunRow } from '../src/db/index.js';
import { SCORER_VERSION, type NoiseProfile } from '../src/drift/index.js';
import {
  expiredEntry,
  fittedEntry,
  storedProfile,
  whyExpired,
  whyReplaced,
  type ExpiryReason,
  type ProfileBasis,
  type StoredProfile,
} from '../src/gate/index.js';
import type { RecordedBasis } from '../src/replay/index.js';
import type { ActivityDeps } from './deps.js';

type Deps = Pick<ActivityDeps, 'platform' | 'stores' | 'now'>;

export const profileBasis = (control: RunRow, embedder: string, recorded: RecordedBasis): ProfileBasis => ({
  code: control.digest,
  embedder,
  scorer: SCORER_VERSION,
  model: control.manifest.lane.liveModel ?? null,
  ...recorded,
});

/** Fitted before from this control arm and still in force. */
export async function validProfiles(
  { stores, now }: Deps,
  control: RunRow,
  basis: ProfileBasis,
): Promise<StoredProfile[]> {
  const known = await stores.profiles.ofControl(control.id);
  return known.filter((stored) => whyExpired(stored, basis, now()) === null);
}

/**
 * Signs the profile, then stores it: a crash in between leaves an entry that the next try finds and a row that it writes. Profiles of
 * the same agent version that it replaces are ended, each with an entry that says why.
 */
export async function keepProfile(
  deps: Deps,
  control: RunRow,
  basis: ProfileBasis,
  profile: NoiseProfile,
): Promise<StoredProfile> {
  const { stores, platform, now } = deps;
  const measuredAt = control.finishedAt ?? now();
  const made = { tenant: platform.tenant, controlRun: control.id, measuredAt, basis, profile, now: now() };
  for (let attempt = 1; ; attempt += 1) {
    const stored = storedProfile({ ...made, attempt });
    const known = await stores.profiles.get(stored.id);
    if (known !== null && known.expired !== null) continue;
    await platform.ledger.append([fittedEntry(stored, control.entryId ?? control.id)]);
    const kept = await stores.profiles.save(stored);
    await endReplaced(deps, kept, control);
    return kept;
  }
}

async function endReplaced(deps: Deps, kept: StoredProfile, control: RunRow): Promise<void> {
  const { stores, now } = deps;
  for (const other of await stores.profiles.live(kept.agent, kept.type, now())) {
    if (other.id === kept.id) continue;
    const run = other.controlRun === control.id ? control : await stores.runs.get(other.controlRun);
    const sameSource = run?.manifest.cohort.session === control.manifest.cohort.session;
    const why = whyReplaced(other, kept.basis, sameSource);
    if (why !== null) await endProfile(deps, other, why);
  }
}

/** The entry first: what is ended without one would be ended by nobody. */
async function endProfile({ stores, platform, now }: Deps, stored: StoredProfile, why: ExpiryReason): Promise<void> {
  await platform.ledger.append([expiredEntry(stored, why)]);
  await stores.profiles.expire(stored.id, why, now());
}

/** The control arm is too old to be shared: what was measured on it is too. */
export async function endProfilesOf(deps: Deps, control: RunRow): Promise<void> {
  for (const stored of await deps.stores.profiles.ofControl(control.id)) await endProfile(deps, stored, 'age');
}
