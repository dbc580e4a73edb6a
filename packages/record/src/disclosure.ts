import { fromBase64Url, toBase64Url } from './base64.js';
import { fromUtf8, utf8 } from './bytes.js';
import { RecordError } from './errors.js';
import { sha256, type Sha256 } from './hash.js';
import { canonicalize, parseStrict } from './jcs.js';
import { assertPointer } from './pointer.js';
import type { Json } from './types.js';

// A profile of RFC 9901 §4.2: the disclosure string itself is the preimage, so values need no canonical form to be
// checked. `path` takes the place of the claim name. This is not an SD-JWT.

const SALT_BYTES = 16;
/** {@link SALT_BYTES} in canonical base64url: the last character holds two bits. */
const SALT = /^[A-Za-z0-9_-]{21}[AQgw]$/;

export interface Disclosure {
  /** base64url(UTF-8(JSON [salt, path, value])). */
  readonly disclosure: string;
  /** base64url(SHA-256(ASCII(disclosure))): what the entry's `fields` hold. */
  readonly digest: string;
}

export interface ReadDisclosure {
  readonly salt: string;
  readonly path: string;
  readonly value: Json;
}

/** `salt` must be 16 fresh bytes from a CSPRNG: it alone keeps a short value from being guessed out of its digest. */
export function makeDisclosure(path: string, value: Json, salt: Uint8Array, hash: Sha256 = sha256): Disclosure {
  assertPointer(path);
  if (salt.length !== SALT_BYTES) {
    throw new RecordError('record.disclosure.salt', 'a salt is 16 bytes', { at: path, got: `${salt.length} bytes` });
  }
  const text = canonicalize([toBase64Url(salt), path, value], { safeIntegers: true });
  const disclosure = toBase64Url(utf8(text));
  return { disclosure, digest: digestOf(disclosure, hash) };
}

export function digestOf(disclosure: string, hash: Sha256 = sha256): string {
  return hash.base64UrlOf?.(disclosure) ?? toBase64Url(hash(utf8(disclosure)));
}

/** Reads what any producer wrote: JSON spacing and escapes are free, ambiguity is not. */
export function readDisclosure(disclosure: string): ReadDisclosure {
  const parsed = parseStrict(fromUtf8(fromBase64Url(disclosure)), { safeIntegers: true });
  if (!Array.isArray(parsed) || parsed.length !== 3) {
    throw new RecordError('record.disclosure.shape', 'a disclosure is a JSON array of salt, path and value');
  }
  const [salt, path, value] = parsed as unknown as readonly [Json, Json, Json];
  if (typeof salt !== 'string' || (!SALT.test(salt) && fromBase64Url(salt).length !== SALT_BYTES)) {
    throw new RecordError('record.disclosure.salt', 'the salt of a disclosure is 16 bytes in base64url');
  }
  if (typeof path !== 'string')
    throw new RecordError('record.disclosure.shape', 'the path of a disclosure is a string');
  assertPointer(path);
  return { salt, path, value };
}
