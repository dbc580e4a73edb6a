export { expiredEntry, fittedEntry, type ProfileEntry } from './profileEntry.js';
export {
  assertOwnDigest,
  isControlTooOld,
  PROFILE_AGE_MS,
  PROFILE_DAYS,
  storedProfile,
  whyExpired,
  whyReplaced,
  type ExpiryReason,
  type FittedProfile,
  type ProfileBasis,
  type StoredProfile,
} from './storedProfile.js';
