export { expiredEntry, fittedEntry, type ProfileEntry } from './profileEntry.js';
export {
  assertOwnDigest,
  PROFILE_AGE_MS,
  PROFILE_DAYS,
  storedProfile,
  whyExpired,
  type ExpiryReason,
  type FittedProfile,
  type ProfileBasis,
  type StoredProfile,
} from './storedProfile.js';
