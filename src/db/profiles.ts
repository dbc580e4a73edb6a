import { AppError } from '../errors/index.js';
import type { NoiseProfile } from '../drift/index.js';
import { assertOwnDigest, type ExpiryReason, type ProfileBasis, type StoredProfile } from '../gate/index.js';
import type { RowOf } from './columns.js';
import type { Db } from './database.js';
import { statement } from './statement.js';

const PROFILE_COLUMNS = {
  id: 'text',
  agent: 'text',
  type: 'text',
  digest: 'text',
  control_run: 'text',
  basis: 'jsonb',
  profile: 'jsonb',
  fitted_at: 'timestamptz',
  expires_at: 'timestamptz',
  expired_at: 'timestamptz?',
  expired_why: 'text?',
} as const;
type ProfileSqlRow = RowOf<typeof PROFILE_COLUMNS>;
const PROFILE_LIST = Object.keys(PROFILE_COLUMNS).join(', ');

export const INSERT_PROFILE = statement(
  'insert_profile',
  {},
  `insert into noise_profiles (tenant, id, agent, type, digest, control_run, basis, profile, fitted_at, expires_at)
   values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) on conflict do nothing`,
);

export const SELECT_PROFILE = statement(
  'select_profile',
  PROFILE_COLUMNS,
  `select ${PROFILE_LIST} from noise_profiles where tenant = $1 and id = $2`,
);

export const SELECT_CONTROL_PROFILES = statement(
  'select_control_profiles',
  PROFILE_COLUMNS,
  `select ${PROFILE_LIST} from noise_profiles
   where tenant = $1 and control_run = $2 and expired_at is null order by fitted_at desc, id`,
);

export const SELECT_LIVE_PROFILES = statement(
  'select_live_profiles',
  PROFILE_COLUMNS,
  `select ${PROFILE_LIST} from noise_profiles
   where tenant = $1 and agent = $2 and type = $3 and expired_at is null and expires_at > $4
   order by fitted_at desc, id limit $5`,
);

export const LIST_PROFILES = statement(
  'list_profiles',
  PROFILE_COLUMNS,
  `select ${PROFILE_LIST} from noise_profiles where tenant = $1 order by fitted_at desc, id limit $2`,
);

/** The first reason stays. */
export const EXPIRE_PROFILE = statement(
  'expire_profile',
  {},
  `update noise_profiles set expired_at = $3, expired_why = $4 where tenant = $1 and id = $2 and expired_at is null`,
);

const LIVE_AT_MOST = 50;

export type ProfileStore = ReturnType<typeof createProfileStore>;

/** Fitted noise profiles of one tenant. Each that is read is checked against its digest, which the ledger has signed. */
export function createProfileStore(db: Db, tenant: string) {
  const get = async (id: string): Promise<StoredProfile | null> => {
    const [row] = await db.run(SELECT_PROFILE, [tenant, id]);
    return row ? profileOf(row) : null;
  };
  return {
    get,

    /** What is there afterwards: an earlier one under the same id stays. */
    async save(stored: StoredProfile): Promise<StoredProfile> {
      const { id, agent, type, digest, controlRun, basis, profile, fittedAt, expiresAt } = stored;
      const values = [tenant, id, agent, type, digest, controlRun, basis, profile, fittedAt, expiresAt];
      await db.run(INSERT_PROFILE, values);
      const kept = await get(id);
      if (kept === null) throw new AppError('not_found', `noise profile ${id} does not exist`, { field: '/profile' });
      return kept;
    },

    /** Fitted from this control arm and not ended before its time, newest first. */
    async ofControl(controlRun: string): Promise<StoredProfile[]> {
      return (await db.run(SELECT_CONTROL_PROFILES, [tenant, controlRun])).map(profileOf);
    },

    /** Of this agent version and decision type, valid now, newest first. */
    async live(agent: string, type: string, now: Date): Promise<StoredProfile[]> {
      return (await db.run(SELECT_LIVE_PROFILES, [tenant, agent, type, now, LIVE_AT_MOST])).map(profileOf);
    },

    async list(limit: number): Promise<StoredProfile[]> {
      return (await db.run(LIST_PROFILES, [tenant, limit])).map(profileOf);
    },

    async expire(id: string, why: ExpiryReason, at: Date): Promise<void> {
      await db.run(EXPIRE_PROFILE, [tenant, id, at, why]);
    },
  };
}

function profileOf(row: ProfileSqlRow): StoredProfile {
  const { id, agent, type, digest } = row;
  const stored: StoredProfile = {
    id,
    agent,
    type,
    digest,
    controlRun: row.control_run,
    basis: row.basis as ProfileBasis,
    profile: row.profile as NoiseProfile,
    fittedAt: row.fitted_at,
    expiresAt: row.expires_at,
    expired: row.expired_at === null ? null : { at: row.expired_at, why: row.expired_why as ExpiryReason },
  };
  assertOwnDigest(stored);
  return stored;
}
