import { makeDisclosure } from './disclosure.js';
import { sha256, type Sha256 } from './hash.js';
import type { Field } from './record.js';

export interface DisclosedFields {
  /** For `Entry.fields`. */
  readonly fields: Readonly<Record<string, string>>;
  /** In the order of the given fields. */
  readonly disclosures: readonly string[];
}

/** One salted disclosure per field. `salt` gives 16 fresh random bytes at every call. */
export function discloseFields(list: readonly Field[], salt: () => Uint8Array, hash: Sha256 = sha256): DisclosedFields {
  const fields: Record<string, string> = {};
  const disclosures: string[] = [];
  for (const { path, value } of list) {
    const { disclosure, digest } = makeDisclosure(path, value, salt(), hash);
    fields[path] = digest;
    disclosures.push(disclosure);
  }
  return { fields, disclosures };
}
