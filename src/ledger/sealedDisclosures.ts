import type { SubjectKey } from './ports.js';
import { open, seal } from './seal.js';

/**
 * All disclosures of one entry in one sealed row. Disclosures are base64url, so a line break parts them. One seal per
 * record: 40 fields sealed one by one cost some thirty times as much.
 */
export const disclosuresPlaintext = (disclosures: readonly string[]): Buffer =>
  Buffer.from(disclosures.join('\n'), 'latin1');

export function sealDisclosures(
  tenant: string,
  entryId: string,
  { keyId, key }: SubjectKey,
  plaintext: Uint8Array,
): Buffer {
  return seal(key, [tenant, entryId, keyId], plaintext);
}

export function unsealDisclosures(
  tenant: string,
  entryId: string,
  { keyId, key }: SubjectKey,
  sealed: Uint8Array,
): string[] {
  const text = open(key, [tenant, entryId, keyId], sealed).toString('latin1');
  return text === '' ? [] : text.split('\n');
}
